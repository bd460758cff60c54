import { minusLog2E4, sigmoidHigh4, sigmoidLow4 } from './constants';
import { biased4, clamp4, middle4, power4, remainder4 } from './exp2';
import { madd } from './madd';

/**
 * Logistic sigmoid 1 / (1 + e^−x) in four lanes, as (c − r) / (c − r + power · (c + r)); 0 and 1 exactly at the infinities,
 * NaN stays NaN.
 * Error: 9.62e-8 absolute, at x = 0.904973: every float32 from 2^-23 to 96 was tried; test/kernels/lanes.test.ts tries a few million.
 */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const t = clamp4(f32x4.mul(x, minusLog2E4()), sigmoidLow4(), sigmoidHigh4());
  const biased = biased4(t);
  const r = remainder4(t, biased);
  const c = middle4(r);
  const below = f32x4.sub(c, r);
  return f32x4.div(below, madd(power4(biased), f32x4.add(c, r), below));
}
