import { aligned, floats, padToLanes } from '../abi';

/** 1.5 · 2²³: added to a number below 2²², it leaves the nearest integer in the low bits of the sum, ties to even. */
const ROUND: f32 = 12582912.0;

/** The smallest and the greatest float32 above 0. */
const TINY: f32 = 1.401298464324817e-45;
const HUGE: f32 = 3.4028234663852886e38;

/** Bytes of one quantised row: its scale in four lanes, then `cols` int16, or upper and lower halves of four by turns. */
export function quantizedBytes(cols: i32): usize {
  return 16 + floats(padToLanes(cols >> 1));
}

/** The greatest magnitude of a quantised element of 16 bits, or of 14: cols products with an int8 sum up to less than 2³¹. */
export function quantizedLimit(cols: i32, split: bool): i32 {
  return min(split ? 8191 : 32767, 0x7fffffff / (128 * cols));
}

/**
 * Rounds every row to integers of at most `quantizedLimit(cols, split)` and a scale of its own: x ≈ scale · q.
 * Error: half a scale, |x|max / 2¹⁶ of a row of up to 512, |x|max · cols / 2²⁵ of a longer one; where x is split, |x|max / 2¹⁴
 * up to 2048.
 *
 * A row with a NaN has the scale NaN, which any product takes on. A row with infinities has the scale ∞, the limit at
 * the infinities and 0 elsewhere, so that a product with it is ∞ of the right sign, and NaN where the weight is 0.
 *
 * @param q     quantised rows   batch × quantizedBytes(cols)
 * @param x     f32[batch × cols]   rows `xStride` floats apart
 * @param cols  multiple of 4
 * @param split whether elements are written as halves, for `dot-int8`
 */
export function quantizeRows(q: usize, x: usize, batch: i32, cols: i32, xStride: i32, split: bool): void {
  assert(aligned(q) && aligned(x), 'quantizeRows: pointers must be 16-byte aligned');
  assert(cols > 0 && cols <= 65536, 'quantizeRows: cols must be from 1 to 65536');
  assert(((cols | xStride) & 3) == 0, 'quantizeRows: cols and strides must be multiples of 4');
  const limit = <f32>quantizedLimit(cols, split);
  for (let b = 0; b < batch; ++b) {
    const greatest = greatestMagnitude(x, cols);
    // A row of zeros gets a scale that does not make denormal numbers of its products with those of the weights.
    const inverse = greatest == 0 ? <f32>1 : max<f32>(min<f32>(limit / greatest, HUGE), TINY);
    v128.store(q, f32x4.splat(1 / inverse));
    scaleRow(q + 16, x, cols, inverse, limit, split);
    q += quantizedBytes(cols);
    x += floats(xStride);
  }
}

/** max |x|, NaN if there is one: without their signs, the bits of floats are ordered as integers, NaN above infinity. */
function greatestMagnitude(x: usize, cols: i32): f32 {
  let greatest = i32x4.splat(0);
  for (const end = x + floats(cols); x < end; x += 16) {
    greatest = i32x4.max_s(greatest, v128.and(v128.load(x), i32x4.splat(0x7fffffff)));
  }
  greatest = i32x4.max_s(greatest, v128.shuffle<i32>(greatest, greatest, 2, 3, 0, 1));
  greatest = i32x4.max_s(greatest, v128.shuffle<i32>(greatest, greatest, 1, 0, 3, 2));
  return reinterpret<f32>(i32x4.extract_lane(greatest, 0));
}

/** round(x · inverse) as int16 or halves; the clamp is for infinities. */
function scaleRow(q: usize, x: usize, cols: i32, inverse: f32, limit: f32, split: bool): void {
  for (const end = x + floats(cols); x < end; x += 16, q += 8) {
    const t = f32x4.mul(v128.load(x), f32x4.splat(inverse));
    const clamped = f32x4.pmin(f32x4.pmax(t, f32x4.splat(-limit)), f32x4.splat(limit));
    const integers = i32x4.sub(f32x4.add(clamped, f32x4.splat(ROUND)), f32x4.splat(ROUND));
    v128.store_lane<i64>(q, split ? halves(integers) : i16x8.narrow_i32x4_s(integers, integers), 0);
  }
}

/** x + 2¹³, which is positive, as two times seven bits: four upper halves, four lower ones. */
function halves(integers: v128): v128 {
  const positive = i32x4.add(integers, i32x4.splat(1 << 13));
  const words = i16x8.narrow_i32x4_s(i32x4.shr_s(positive, 7), v128.and(positive, i32x4.splat(127)));
  return i8x16.narrow_i16x8_u(words, words);
}
