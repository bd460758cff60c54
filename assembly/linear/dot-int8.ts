import { Size, aligned, floats } from '../abi';
import { finish } from './gemm-int8';
import { quantizedBytes } from './quantize';

/**
 * The int8 products of relaxed SIMD: 16 weights, four columns of four rows, times unsigned halves of x of seven bits each, in
 * one instruction, the sums of either half apart. The instruction is implementation-defined where the
 * second operand exceeds seven bits; with halves of seven bits the sums are exact. They are the sums for x + 2¹³: the excess,
 * 2¹³ times the sum of a row's weights, is subtracted, and those sums are stored beside the weights.
 */

/**
 * 1 if the host multiplies bytes and sums four products in one instruction, told by what it makes of a byte beyond seven
 * bits: unsigned (AVX-VNNI) or signed (ARM). Others sum int16 in pairs, which saturate, and are slower than `gemm-int8`.
 *
 * The sum goes through the instruction twice, the second time on top of the first: Node 20, before it optimises, drops what it
 * should add to. To be asked once, when an engine is made: then the compiler answers that is fast at compiling.
 */
export function hasByteDots(): i32 {
  if (!ASC_FEATURE_RELAXED_SIMD) return 0;
  const w = i8x16.splat(127);
  const x = i8x16.splat(-1);
  const sum = i32x4.extract_lane(dot(w, x, dot(w, x, i32x4.splat(1))), 0);
  return i32(sum == 1 + 8 * 127 * 255 || sum == 1 - 8 * 127);
}

/**
 * out[b] = init[b] + scales ∘ (W · q[b]) · scale of q[b], as `gemmInt8` but for the layouts of W and q.
 *
 * A batch goes row by row: eight sums in flight keep the multipliers busy, and a panel stays in the first-level cache.
 *
 * @param w     the sums of the rows of W, i32[rows], then its panels, i8[rows × cols], four columns at a time, of 16 rows but
 *              for a last one of 8
 * @param q     as `quantizeRows` splits them
 */
export function gemmBytes(
  out: usize, init: usize, scales: usize, w: usize, q: usize,
  batch: i32, rows: i32, cols: i32, outStride: i32, initStride: i32,
): void {
  assert(aligned(out) && aligned(init) && aligned(w) && aligned(q), 'gemmBytes: pointers must be 16-byte aligned');
  assert(rows % Size.TILE == 0, 'gemmBytes: rows must be a multiple of 8');
  assert(((cols | outStride | initStride) & 3) == 0, 'gemmBytes: cols and strides must be multiples of 4');
  for (let panel = w + floats(rows); rows > 0; rows -= 2 * Size.TILE) {
    const half: usize = rows == Size.TILE ? 0 : floats(Size.TILE);
    for (let b: usize = 0; b < <usize>batch; b++) {
      const to = out + b * floats(outStride);
      const from = init + b * floats(initStride);
      panelTimesRow(to, from, scales, w, panel, q + b * quantizedBytes(cols), cols, half);
    }
    panel += 2 * Size.TILE * cols;
    out += floats(2 * Size.TILE);
    init += floats(2 * Size.TILE);
    scales += floats(2 * Size.TILE);
    w += floats(2 * Size.TILE);
  }
}

function dot(w: v128, x: v128, a: v128): v128 {
  if (!ASC_FEATURE_RELAXED_SIMD) return a;
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, a);
}

/** Σ w · x from the sums of the halves of x + 2¹³, modulo 2³². */
function signed(high: v128, low: v128, sums: usize): v128 {
  return i32x4.sub(i32x4.add(i32x4.shl(high, 7), low), i32x4.shl(v128.load(sums), 13));
}

/** A panel against one row. One of 8 rows is worked twice over, as both halves of 16: `half` is 0 then, not 8 rows. */
function panelTimesRow(
  out: usize, init: usize, scales: usize, sums: usize, w: usize, q: usize, cols: i32, half: usize,
): void {
  let h0 = i32x4.splat(0);
  let l0 = i32x4.splat(0);
  let h1 = i32x4.splat(0);
  let l1 = i32x4.splat(0);
  let h2 = i32x4.splat(0);
  let l2 = i32x4.splat(0);
  let h3 = i32x4.splat(0);
  let l3 = i32x4.splat(0);
  for (let p = q + 16, end = p + 2 * cols; p < end; p += 8, w += half + 32) {
    const high = v128.load32_splat(p);
    const low = v128.load32_splat(p, 4);
    const w0 = v128.load(w);
    h0 = dot(w0, high, h0);
    l0 = dot(w0, low, l0);
    const w1 = v128.load(w, 16);
    h1 = dot(w1, high, h1);
    l1 = dot(w1, low, l1);
    const w2 = v128.load(w + half);
    h2 = dot(w2, high, h2);
    l2 = dot(w2, low, l2);
    const w3 = v128.load(w + half, 16);
    h3 = dot(w3, high, h3);
    l3 = dot(w3, low, l3);
  }
  const scale = v128.load(q);
  // Where both halves are one, and where out is init: all is read before any is written.
  h0 = finish(init, scales, scale, signed(h0, l0, sums));
  h1 = finish(init + 16, scales + 16, scale, signed(h1, l1, sums + 16));
  init += half;
  scales += half;
  sums += half;
  h2 = finish(init, scales, scale, signed(h2, l2, sums));
  h3 = finish(init + 16, scales + 16, scale, signed(h3, l3, sums + 16));
  v128.store(out, h0);
  v128.store(out, h1, 16);
  v128.store(out + half, h2);
  v128.store(out + half, h3, 16);
}
