import { floats } from '../abi';

/**
 * A convolution of three taps by six products for four places where it takes twelve: F(4, 3) of Winograd (Lavin and Gray,
 * "Fast Algorithms for Convolutional Neural Networks", 2015). These are Bᵀ·d, from the elements under four places to what is
 * multiplied, and Aᵀ·m, from the products to the places; the weights are G·g, computed when they are packed.
 */

/**
 * Elements of one row of one sample under its places, four places a tile, transformed.
 *
 * @param to       six matrices `matrix` floats apart, each with a row for every tile, `toStep` floats apart; to may not overlap x
 * @param x        a row of `extent` floats for each channel, `xStep` floats apart; an extent of 0 is a row of padding
 * @param before   elements of padding before the first
 * @param toStep   at least the channels, rounded up to whole vectors; what is beyond them are copies of the last one, for weights of 0
 */
export function winogradInput(
  to: usize, x: usize, channels: i32, extent: i32, before: i32, tiles: i32, matrix: i32, toStep: i32, xStep: i32,
): void {
  const apart = floats(matrix);
  for (let i = 0; i < tiles; ++i) {
    const first = 4 * i - before;
    for (let c = 0; c < channels; c += 4) {
      const x0 = x + floats(c * xStep);
      const x1 = x + floats(min(c + 1, channels - 1) * xStep);
      const x2 = x + floats(min(c + 2, channels - 1) * xStep);
      const x3 = x + floats(min(c + 3, channels - 1) * xStep);
      const d0 = across(x0, x1, x2, x3, first, extent);
      const d1 = across(x0, x1, x2, x3, first + 1, extent);
      const d2 = across(x0, x1, x2, x3, first + 2, extent);
      const d3 = across(x0, x1, x2, x3, first + 3, extent);
      const d4 = across(x0, x1, x2, x3, first + 4, extent);
      const d5 = across(x0, x1, x2, x3, first + 5, extent);
      const two = f32x4.splat(2);
      const four = f32x4.splat(4);
      const five = f32x4.splat(5);
      // d4 − 4·d2, d3 − 4·d1; d4 − d2, 2·(d3 − d1).
      const even = f32x4.sub(d4, f32x4.mul(four, d2));
      const odd = f32x4.sub(d3, f32x4.mul(four, d1));
      const even2 = f32x4.sub(d4, d2);
      const odd2 = f32x4.mul(two, f32x4.sub(d3, d1));
      const at = to + floats(i * toStep + c);
      v128.store(at, f32x4.add(f32x4.sub(f32x4.mul(four, d0), f32x4.mul(five, d2)), d4));
      v128.store(at + apart, f32x4.add(even, odd));
      v128.store(at + 2 * apart, f32x4.sub(even, odd));
      v128.store(at + 3 * apart, f32x4.add(even2, odd2));
      v128.store(at + 4 * apart, f32x4.sub(even2, odd2));
      v128.store(at + 5 * apart, f32x4.add(f32x4.sub(f32x4.mul(four, d1), f32x4.mul(five, d3)), d5));
    }
  }
}

/**
 * Products of one row of one sample, transformed to its places.
 *
 * @param out      a row of `count` floats for each filter, `outStep` floats apart
 * @param m        six matrices `matrix` floats apart, each with a row for every tile of four places, `step` floats apart
 * @param bias     f32[filters], rounded up to whole vectors as the rows of m are
 */
export function winogradOutput(
  out: usize, m: usize, bias: usize, filters: i32, count: i32, tiles: i32, matrix: i32, step: i32, outStep: i32,
): void {
  const apart = floats(matrix);
  for (let i = 0; i < tiles; ++i) {
    const places = min(count - 4 * i, 4);
    for (let f = 0; f < filters; f += 4) {
      const at = m + floats(i * step + f);
      const m1 = v128.load(at + apart);
      const m2 = v128.load(at + 2 * apart);
      const m3 = v128.load(at + 3 * apart);
      const m4 = v128.load(at + 4 * apart);
      const sum = f32x4.add(m1, m2);
      const dif = f32x4.sub(m1, m2);
      const sum2 = f32x4.add(m3, m4);
      const dif2 = f32x4.sub(m3, m4);
      const b = v128.load(bias + floats(f));
      const y0 = f32x4.add(b, f32x4.add(v128.load(at), f32x4.add(sum, sum2)));
      const y1 = f32x4.add(b, f32x4.add(dif, f32x4.mul(f32x4.splat(2), dif2)));
      const y2 = f32x4.add(b, f32x4.add(sum, f32x4.mul(f32x4.splat(4), sum2)));
      const y3 = f32x4.add(
        b, f32x4.add(v128.load(at + 5 * apart), f32x4.add(dif, f32x4.mul(f32x4.splat(8), dif2))),
      );
      const to = out + floats(f * outStep + 4 * i);
      const lanes = min(filters - f, 4);
      put(to, y0, lanes, outStep);
      if (places > 1) put(to + 4, y1, lanes, outStep);
      if (places > 2) put(to + 8, y2, lanes, outStep);
      if (places > 3) put(to + 12, y3, lanes, outStep);
    }
  }
}

/** Element `n` of four channels; 0 where there is none. */
// @ts-ignore: decorator
@inline
function across(x0: usize, x1: usize, x2: usize, x3: usize, n: i32, extent: i32): v128 {
  if (<u32>n >= <u32>extent) return f32x4.splat(0);
  const at = floats(n);
  let v = v128.load32_splat(x0 + at);
  v = v128.load32_lane(x1 + at, v, 1);
  v = v128.load32_lane(x2 + at, v, 2);
  return v128.load32_lane(x3 + at, v, 3);
}

/** Stores the first lanes, `step` floats apart. */
// @ts-ignore: decorator
@inline
function put(to: usize, v: v128, lanes: i32, step: i32): void {
  v128.store32_lane(to, v, 0);
  if (lanes > 1) v128.store32_lane(to + floats(step), v, 1);
  if (lanes > 2) v128.store32_lane(to + 2 * floats(step), v, 2);
  if (lanes > 3) v128.store32_lane(to + 3 * floats(step), v, 3);
}
