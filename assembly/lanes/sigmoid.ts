import { biased4, clamp4, fraction4, power4, remainder4 } from './exp2';

const MINUS_LOG2_E: f32 = -1.44269504088896341;

/**
 * Logistic sigmoid 1 / (1 + e^−x) in four lanes; 0 and 1 exactly at the infinities, NaN stays NaN.
 * Error: 1.05e-7 absolute, at x = 1.78859: every float32 was tried; test/kernels/lanes.test.ts tries a few million.
 */
export function sigmoid4(x: v128): v128 {
  const t = clamp4(f32x4.mul(x, f32x4.splat(MINUS_LOG2_E)), -127.0, 128.0);
  const biased = biased4(t);
  const one = f32x4.splat(1.0);
  const e = f32x4.mul(power4(biased), f32x4.add(fraction4(remainder4(t, biased)), one));
  return f32x4.div(one, f32x4.add(one, e));
}
