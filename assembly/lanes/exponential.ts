import { minusLog2E4, one4, sigmoidLow4 } from './constants';
import { biased4, clamp4, middle4, power4, remainder4 } from './exp2';
import { madd } from './madd';

/** Coefficients of log(1 + y) = s · (2 + …), s = y / (2 + y): of 1, s², s⁴, s⁶, s⁸. Error: 8.3e-9 (minimax), before rounding. */
const LOG = memory.data<f32>([2.0, 0.666663169861, 0.400248527527, 0.279614180326, 0.281746566296], 16);

/**
 * 2^t − 1 for t ≤ 0 in four lanes; −1 exactly at −∞, NaN stays NaN. With 2^r = (c + r) / (c − r) it is
 * ((power − 1) · c + (power + 1) · r) / (c − r), which keeps its digits near zero, where power is 1.
 */
export function exp2MinusOne4(t: v128): v128 {
  const bounded = f32x4.pmax(t, sigmoidLow4());
  const biased = biased4(bounded);
  const r = remainder4(bounded, biased);
  const c = middle4(r);
  const power = power4(biased);
  const one = one4();
  return f32x4.div(madd(f32x4.sub(power, one), c, f32x4.mul(f32x4.add(power, one), r)), f32x4.sub(c, r));
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^−|x|) in four lanes; NaN stays NaN. Error: 2e-7 relative to max(1, |x|). */
export function softplus4(x: v128): v128 {
  const t = clamp4(f32x4.mul(f32x4.abs(x), minusLog2E4()), sigmoidLow4(), f32x4.splat(0.0));
  const biased = biased4(t);
  const r = remainder4(t, biased);
  const c = middle4(r);
  const above = f32x4.mul(power4(biased), f32x4.add(c, r));
  const below = f32x4.sub(c, r);
  // s = y / (2 + y), the quotient of y = above / below left undone.
  const s = f32x4.div(above, f32x4.add(f32x4.add(below, below), above));
  const square = f32x4.mul(s, s);
  let sum = madd(v128.load32_splat(LOG, 16), square, v128.load32_splat(LOG, 12));
  sum = madd(sum, square, v128.load32_splat(LOG, 8));
  sum = madd(sum, square, v128.load32_splat(LOG, 4));
  sum = madd(sum, square, v128.load32_splat(LOG));
  return madd(s, sum, f32x4.pmax(x, f32x4.splat(0.0)));
}
