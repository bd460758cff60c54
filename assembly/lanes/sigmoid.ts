import { highSigmoid4, low4, minusLog2E4, one4 } from './constants';
import { biased4, clamp4, fraction4, power4, remainder4 } from './exp2';

/**
 * Logistic sigmoid 1 / (1 + e^−x) in four lanes; 0 and 1 exactly at the infinities, NaN stays NaN.
 * Error: 1.05e-7 absolute, at x = 1.78859: every float32 was tried; test/kernels/lanes.test.ts tries a few million.
 */
export function sigmoid4(x: v128): v128 {
  const t = clamp4(f32x4.mul(x, minusLog2E4()), low4(), highSigmoid4());
  const biased = biased4(t);
  const one = one4();
  const e = f32x4.mul(power4(biased), f32x4.add(fraction4(remainder4(t, biased)), one));
  return f32x4.div(one, f32x4.add(one, e));
}
