import { tiny4 } from './constants';

/**
 * x, or 0 where |x| < 1e-30 (flush to zero); NaN stays NaN. Wasm has no such mode, and on many processors each operation on a
 * denormal number (below 1.2e-38) takes a hundred times as long. A bound this far above the denormal numbers keeps the
 * products with weights out of them too. Bits of positive floats are in the order of the floats; integers compare sooner.
 */
// @ts-ignore: decorator
@inline
export function flush4(x: v128): v128 {
  return v128.andnot(x, i32x4.lt_s(f32x4.abs(x), tiny4()));
}
