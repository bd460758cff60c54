import { one4, tanhHigh4, tanhLow4, twoLog2E4 } from './constants';
import { biased4, clamp4, middle4, power4, remainder4 } from './exp2';
import { madd } from './madd';

/**
 * Hyperbolic tangent (e^2x − 1) / (e^2x + 1) in four lanes; ±1 exactly at the infinities, NaN stays NaN.
 *
 * With u = c + r and c − r = u − 2r it is ((power − 1) · u + 2r) / (power · u + u − 2r): the numerator keeps its digits near
 * zero, where power is 1, and the product below is exact.
 * Error: 1.56e-7 absolute, at x = 0.860496 (1.37e-7 in the relaxed build), and 2.3e-7 relative below 0.1: every float32 from 2^-23 to 96 was tried; test/kernels/lanes.test.ts tries a few million.
 */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const t = clamp4(f32x4.mul(x, twoLog2E4()), tanhLow4(), tanhHigh4());
  const biased = biased4(t);
  const r = remainder4(t, biased);
  const u = f32x4.add(middle4(r), r);
  const twice = f32x4.add(r, r);
  const power = power4(biased);
  return f32x4.div(madd(f32x4.sub(power, one4()), u, twice), madd(power, u, f32x4.sub(u, twice)));
}
