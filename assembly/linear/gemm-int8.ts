import { Size, aligned, floats, panelRows } from '../abi';
import { madd } from '../lanes/madd';
import { quantizedBytes } from './quantize';

/**
 * out[b] = init[b] + scales ∘ (W · q[b]) · scale of q[b], W int8 in packed panels, q int16.
 *
 * The sums are integers and exact, so a row's result does not depend on the tile or the batch it came in. A vector of
 * weights is eight: two columns of four rows, widened as they are loaded, multiplied and added in pairs by one
 * instruction. Panels and registers as in `gemm`; a batch goes four rows against 8 throughout, since what is shared there
 * is the widening too.
 *
 * @param out     f32[batch × rows]   rows `outStride` floats apart; may be init
 * @param init    f32[batch × rows]   rows `initStride` floats apart; 0 uses one row (a bias) for the whole batch
 * @param scales  f32[rows]           of the rows of W
 * @param panels  packed panels       i8[rows × cols], two columns at a time
 * @param q       quantised rows      as `quantizeRows` writes them
 * @param rows    multiple of 8
 * @param cols    multiple of 4
 */
export function gemmInt8(
  out: usize, init: usize, scales: usize, panels: usize, q: usize,
  batch: i32, rows: i32, cols: i32, outStride: i32, initStride: i32,
): void {
  assert(aligned(out) && aligned(init) && aligned(panels) && aligned(q), 'gemmInt8: pointers must be 16-byte aligned');
  assert(rows % Size.TILE == 0, 'gemmInt8: rows must be a multiple of 8');
  assert(((cols | outStride | initStride) & 3) == 0, 'gemmInt8: cols and strides must be multiples of 4');
  if (batch == 1) {
    // What is left, 16 rows or 8, goes the way of a batch, its one row four times.
    gemv(out, init, scales, panels, q, rows, cols);
    let wide = 0;
    while (rows - wide >= 3 * Size.TILE) wide += panelRows(rows - wide);
    out += floats(wide);
    init += floats(wide);
    scales += floats(wide);
    panels += wide * cols;
    rows -= wide;
  }
  const qStep = quantizedBytes(cols);
  const outStep = floats(outStride);
  const initStep = floats(initStride);
  const last = batch - 1;
  while (rows > 0) {
    const width = panelRows(rows);
    for (let tile = 0; tile < width; tile += Size.TILE) {
      const w = panels + 2 * tile;
      for (let b = 0; b < batch; b += 4) {
        const b0 = <usize>b;
        const b1 = <usize>min(b + 1, last);
        const b2 = <usize>min(b + 2, last);
        const b3 = <usize>min(b + 3, last);
        tile4x8(
          out + b0 * outStep, out + b1 * outStep, out + b2 * outStep, out + b3 * outStep,
          init + b0 * initStep, init + b1 * initStep, init + b2 * initStep, init + b3 * initStep,
          scales, w, q + b0 * qStep, q + b1 * qStep, q + b2 * qStep, q + b3 * qStep, <usize>(2 * cols), <usize>(2 * width),
        );
      }
      out += floats(Size.TILE);
      init += floats(Size.TILE);
      scales += floats(Size.TILE);
    }
    panels += width * cols;
    rows -= width;
  }
}

/** a + two columns of four rows times two elements of x, `s` holding them four times. */
// @ts-ignore: decorator
@inline
function dot(a: v128, w: usize, s: v128): v128 {
  return i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(w), s));
}

/** init + four integer sums as floats. */
// @ts-ignore: decorator
@inline
export function finish(init: usize, scales: usize, scale: v128, sums: v128): v128 {
  return madd(f32x4.convert_i32x4_s(sums), f32x4.mul(v128.load(scales), scale), v128.load(init));
}

/** All panels of 24 and 32 rows against one row; the exit that is never taken is explained in `gemm`. */
function gemv(out: usize, init: usize, scales: usize, w: usize, q: usize, rows: i32, cols: i32): void {
  const scale = v128.load(q);
  const first = q + 16;
  const end = first + 2 * cols;
  for (; panelRows(rows) == 3 * Size.TILE; rows -= 3 * Size.TILE, out += 96, init += 96, scales += 96) {
    let a0 = i32x4.splat(0);
    let a1 = i32x4.splat(0);
    let a2 = i32x4.splat(0);
    let a3 = i32x4.splat(0);
    let a4 = i32x4.splat(0);
    let a5 = i32x4.splat(0);
    for (let p = first; p < end; p += 4, w += 48) {
      const s = v128.load32_splat(p);
      a0 = dot(a0, w, s);
      a1 = dot(a1, w + 8, s);
      a2 = dot(a2, w + 16, s);
      a3 = dot(a3, w + 24, s);
      a4 = dot(a4, w + 32, s);
      a5 = dot(a5, w + 40, s);
    }
    v128.store(out, finish(init, scales, scale, a0));
    v128.store(out, finish(init + 16, scales + 16, scale, a1), 16);
    v128.store(out, finish(init + 32, scales + 32, scale, a2), 32);
    v128.store(out, finish(init + 48, scales + 48, scale, a3), 48);
    v128.store(out, finish(init + 64, scales + 64, scale, a4), 64);
    v128.store(out, finish(init + 80, scales + 80, scale, a5), 80);
  }
  for (; rows >= Size.PANEL; rows -= Size.PANEL, out += 128, init += 128, scales += 128) {
    let a0 = i32x4.splat(0);
    let a1 = i32x4.splat(0);
    let a2 = i32x4.splat(0);
    let a3 = i32x4.splat(0);
    let a4 = i32x4.splat(0);
    let a5 = i32x4.splat(0);
    let a6 = i32x4.splat(0);
    let a7 = i32x4.splat(0);
    for (let p = first; p < end; p += 4, w += 64) {
      const s = v128.load32_splat(p);
      a0 = dot(a0, w, s);
      a1 = dot(a1, w + 8, s);
      a2 = dot(a2, w + 16, s);
      a3 = dot(a3, w + 24, s);
      if (!w) break;
      a4 = dot(a4, w + 32, s);
      a5 = dot(a5, w + 40, s);
      a6 = dot(a6, w + 48, s);
      a7 = dot(a7, w + 56, s);
    }
    v128.store(out, finish(init, scales, scale, a0));
    v128.store(out, finish(init + 16, scales + 16, scale, a1), 16);
    v128.store(out, finish(init + 32, scales + 32, scale, a2), 32);
    v128.store(out, finish(init + 48, scales + 48, scale, a3), 48);
    v128.store(out, finish(init + 64, scales + 64, scale, a4), 64);
    v128.store(out, finish(init + 80, scales + 80, scale, a5), 80);
    v128.store(out, finish(init + 96, scales + 96, scale, a6), 96);
    v128.store(out, finish(init + 112, scales + 112, scale, a7), 112);
  }
}

/** `wStep`: bytes from one pair of columns of the panel to the next. */
function tile4x8(
  outA: usize, outB: usize, outC: usize, outD: usize, initA: usize, initB: usize, initC: usize, initD: usize,
  scales: usize, w: usize, a: usize, b: usize, c: usize, d: usize, qBytes: usize, wStep: usize,
): void {
  let a0 = i32x4.splat(0);
  let a1 = i32x4.splat(0);
  let b0 = i32x4.splat(0);
  let b1 = i32x4.splat(0);
  let c0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let d0 = i32x4.splat(0);
  let d1 = i32x4.splat(0);
  for (let p: usize = 16, end: usize = 16 + qBytes; p < end; p += 4, w += wStep) {
    const w0 = v128.load_ext<i8>(w);
    const w1 = v128.load_ext<i8>(w, 8);
    const sa = v128.load32_splat(a + p);
    const sb = v128.load32_splat(b + p);
    const sc = v128.load32_splat(c + p);
    const sd = v128.load32_splat(d + p);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(w0, sa));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(w1, sa));
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(w0, sb));
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(w1, sb));
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(w0, sc));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(w1, sc));
    d0 = i32x4.add(d0, i32x4.dot_i16x8_s(w0, sd));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(w1, sd));
  }
  // Rows may be one and the same: all are read before one is written.
  a0 = finish(initA, scales, v128.load(a), a0);
  a1 = finish(initA + 16, scales + 16, v128.load(a), a1);
  b0 = finish(initB, scales, v128.load(b), b0);
  b1 = finish(initB + 16, scales + 16, v128.load(b), b1);
  c0 = finish(initC, scales, v128.load(c), c0);
  c1 = finish(initC + 16, scales + 16, v128.load(c), c1);
  d0 = finish(initD, scales, v128.load(d), d0);
  d1 = finish(initD + 16, scales + 16, v128.load(d), d1);
  v128.store(outA, a0);
  v128.store(outA, a1, 16);
  v128.store(outB, b0);
  v128.store(outB, b1, 16);
  v128.store(outC, c0);
  v128.store(outC, c1, 16);
  v128.store(outD, d0);
  v128.store(outD, d1, 16);
}
