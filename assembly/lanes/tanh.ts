import { biased4, clamp4, fraction4, power4, remainder4 } from './exp2';
import { madd } from './madd';

const TWO_LOG2_E: f32 = 2.88539008177792681;

/**
 * Hyperbolic tangent (e^2x − 1) / (e^2x + 1) in four lanes; ±1 exactly at the infinities, NaN stays NaN.
 * Error: 1.60e-7 absolute, at x = −1.58844, and 9.6e-7 relative below 0.1: every float32 was tried;
 * test/kernels/lanes.test.ts tries a few million.
 */
export function tanh4(x: v128): v128 {
  const t = clamp4(f32x4.mul(x, f32x4.splat(TWO_LOG2_E)), -127.0, 127.0);
  const biased = biased4(t);
  const power = power4(biased);
  const expm1 = madd(power, fraction4(remainder4(t, biased)), f32x4.sub(power, f32x4.splat(1.0)));
  return f32x4.div(expm1, f32x4.add(expm1, f32x4.splat(2.0)));
}
