import { aligned, floats } from '../abi';

/**
 * Sum of squares, in float64: a gradient of millions of elements loses nothing, and its squares cannot overflow.
 *
 * @param out   f64        receives the sum
 * @param x     f32[size]
 * @param size  padded count of floats, a multiple of 4
 */
export function sumOfSquares(out: usize, x: usize, size: i32): void {
  assert(aligned(out) && aligned(x) && (size & 3) == 0, 'sumOfSquares: out and x must be aligned');
  let low = f64x2.splat(0.0);
  let high = f64x2.splat(0.0);
  for (const end = x + floats(size); x < end; x += 16) {
    const four = v128.load(x);
    const a = f64x2.promote_low_f32x4(four);
    const b = f64x2.promote_low_f32x4(v128.shuffle<i64>(four, four, 1, 0));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sum = f64x2.add(low, high);
  store<f64>(out, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
}

/**
 * x ← x · factor.
 *
 * @param x     f32[size]  read and written
 * @param size  padded count of floats, a multiple of 4
 */
export function scale(x: usize, size: i32, factor: f32): void {
  assert(aligned(x) && (size & 3) == 0, 'scale: x must be aligned, size a multiple of 4');
  for (const end = x + floats(size); x < end; x += 16) v128.store(x, f32x4.mul(v128.load(x), f32x4.splat(factor)));
}

/** x ← x restricted to ±limit, NaN as it is; parameters as in `scale`. */
export function clamp(x: usize, size: i32, limit: f32): void {
  assert(aligned(x) && (size & 3) == 0, 'clamp: x must be aligned, size a multiple of 4');
  for (const end = x + floats(size); x < end; x += 16) {
    const high = f32x4.pmin(v128.load(x), f32x4.splat(limit));
    v128.store(x, f32x4.pmax(high, f32x4.splat(-limit)));
  }
}
