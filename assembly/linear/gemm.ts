import { Size, aligned, floats, panelRows } from '../abi';
import { madd } from '../lanes/madd';

/**
 * out[b] = init[b] + W · x[b] for every row b of a batch, W in packed panels.
 *
 * Every tile adds the columns one by one in the same order, so a row's result does not depend on the batch it came in:
 * a sequence equals its repeated steps bit for bit. The tiles' shapes are a matter of registers: V8 on x64 has fifteen
 * and loads a loop body's operands before it computes, so accumulators, loads and splats must fit together. One row
 * against 32 keeps eight sums in flight, which hides the latency of a fused addition, and reads x least often; two against
 * 16 (8 + 4 + 2) and four against 8 (8 + 2 + 4) read each weight once for all of them.
 *
 * @param out         f32[batch × rows]  rows `outStride` floats apart; may be init
 * @param init        f32[batch × rows]  rows `initStride` floats apart; 0 uses one row (a bias) for the whole batch
 * @param panels      packed panels      f32[rows × cols]
 * @param x           f32[batch × cols]  rows `xStride` floats apart, zero from the true width to cols
 * @param rows        multiple of 8
 * @param cols        multiple of 4
 */
export function gemm(
  out: usize, init: usize, panels: usize, x: usize,
  batch: i32, rows: i32, cols: i32, outStride: i32, initStride: i32, xStride: i32,
): void {
  assert(aligned(out) && aligned(init) && aligned(panels) && aligned(x), 'gemm: pointers must be 16-byte aligned');
  assert(rows % Size.TILE == 0, 'gemm: rows must be a multiple of 8');
  assert(((cols | outStride | initStride | xStride) & 3) == 0, 'gemm: cols and strides must be multiples of 4');
  const xBytes = floats(cols);
  if (batch == 1) {
    gemv(out, init, panels, x, rows, xBytes);
    return;
  }
  while (rows > 0) {
    const width = panelRows(rows);
    panelTimesBatch(out, init, panels, x, batch, width, xBytes, floats(outStride), floats(initStride), floats(xStride));
    panels += floats(width * cols);
    out += floats(width);
    init += floats(width);
    rows -= width;
  }
}

/**
 * All panels against one row. A function of its own with everything in sight, because what a loop does not need to
 * remember is not spilled: `w` walks through all the weights in one go.
 *
 * The exit in the middle of the widest loop is never taken, since no panel lies at address 0. It keeps Node 20's V8 from
 * loading all eight weights before the first product, which would be 8 + 8 + 1 registers: behind an exit that could read
 * the sums, the first four products have to be done.
 */
function gemv(out: usize, init: usize, w: usize, x: usize, rows: i32, xBytes: usize): void {
  const end = x + xBytes;
  for (; panelRows(rows) == 3 * Size.TILE; rows -= 3 * Size.TILE, out += 96, init += 96) {
    let a0 = v128.load(init);
    let a1 = v128.load(init, 16);
    let a2 = v128.load(init, 32);
    let a3 = v128.load(init, 48);
    let a4 = v128.load(init, 64);
    let a5 = v128.load(init, 80);
    for (let q = x; q < end; q += 4, w += 96) {
      const s = v128.load32_splat(q);
      a0 = madd(v128.load(w), s, a0);
      a1 = madd(v128.load(w, 16), s, a1);
      a2 = madd(v128.load(w, 32), s, a2);
      a3 = madd(v128.load(w, 48), s, a3);
      a4 = madd(v128.load(w, 64), s, a4);
      a5 = madd(v128.load(w, 80), s, a5);
    }
    v128.store(out, a0);
    v128.store(out, a1, 16);
    v128.store(out, a2, 32);
    v128.store(out, a3, 48);
    v128.store(out, a4, 64);
    v128.store(out, a5, 80);
  }
  for (; rows >= Size.PANEL; rows -= Size.PANEL, out += 128, init += 128) {
    let a0 = v128.load(init);
    let a1 = v128.load(init, 16);
    let a2 = v128.load(init, 32);
    let a3 = v128.load(init, 48);
    let a4 = v128.load(init, 64);
    let a5 = v128.load(init, 80);
    let a6 = v128.load(init, 96);
    let a7 = v128.load(init, 112);
    for (let q = x; q < end; q += 4, w += 128) {
      const s = v128.load32_splat(q);
      a0 = madd(v128.load(w), s, a0);
      a1 = madd(v128.load(w, 16), s, a1);
      a2 = madd(v128.load(w, 32), s, a2);
      a3 = madd(v128.load(w, 48), s, a3);
      if (!w) break;
      a4 = madd(v128.load(w, 64), s, a4);
      a5 = madd(v128.load(w, 80), s, a5);
      a6 = madd(v128.load(w, 96), s, a6);
      a7 = madd(v128.load(w, 112), s, a7);
    }
    v128.store(out, a0);
    v128.store(out, a1, 16);
    v128.store(out, a2, 32);
    v128.store(out, a3, 48);
    v128.store(out, a4, 64);
    v128.store(out, a5, 80);
    v128.store(out, a6, 96);
    v128.store(out, a7, 112);
  }
  if (rows == 2 * Size.TILE) {
    let a0 = v128.load(init);
    let a1 = v128.load(init, 16);
    let a2 = v128.load(init, 32);
    let a3 = v128.load(init, 48);
    for (let q = x; q < end; q += 4, w += 64) {
      const s = v128.load32_splat(q);
      a0 = madd(v128.load(w), s, a0);
      a1 = madd(v128.load(w, 16), s, a1);
      a2 = madd(v128.load(w, 32), s, a2);
      a3 = madd(v128.load(w, 48), s, a3);
    }
    v128.store(out, a0);
    v128.store(out, a1, 16);
    v128.store(out, a2, 32);
    v128.store(out, a3, 48);
  }
  if (rows == Size.TILE) {
    let a0 = v128.load(init);
    let a1 = v128.load(init, 16);
    for (let q = x; q < end; q += 4, w += 32) {
      const s = v128.load32_splat(q);
      a0 = madd(v128.load(w), s, a0);
      a1 = madd(v128.load(w, 16), s, a1);
    }
    v128.store(out, a0);
    v128.store(out, a1, 16);
  }
}

/**
 * One panel against many rows: sixteen of its rows at a time with two batch rows, and the eight that may remain with four.
 * Where the batch ends within a tile, the last row is computed again in the place of those that are missing, with the
 * same result.
 */
function panelTimesBatch(
  out: usize, init: usize, w: usize, x: usize, batch: i32, width: i32,
  xBytes: usize, outStep: usize, initStep: usize, xStep: usize,
): void {
  const wStep = floats(width);
  const last = batch - 1;
  for (; width >= 2 * Size.TILE; width -= 2 * Size.TILE, out += 64, init += 64, w += 64) {
    for (let b = 0; b < batch; b += 2) {
      const b0 = <usize>b;
      const b1 = <usize>min(b + 1, last);
      tile2x16(
        out + b0 * outStep, out + b1 * outStep, init + b0 * initStep, init + b1 * initStep,
        w, x + b0 * xStep, x + b1 * xStep, xBytes, wStep,
      );
    }
  }
  if (!width) return;
  for (let b = 0; b < batch; b += 4) {
    const b0 = <usize>b;
    const b1 = <usize>min(b + 1, last);
    const b2 = <usize>min(b + 2, last);
    const b3 = <usize>min(b + 3, last);
    tile4x8(
      out + b0 * outStep, out + b1 * outStep, out + b2 * outStep, out + b3 * outStep,
      init + b0 * initStep, init + b1 * initStep, init + b2 * initStep, init + b3 * initStep,
      w, x + b0 * xStep, x + b1 * xStep, x + b2 * xStep, x + b3 * xStep, xBytes, wStep,
    );
  }
}

/** `wStep`: bytes from one column of the panel to the next. */
function tile2x16(
  outA: usize, outB: usize, initA: usize, initB: usize, w: usize, xA: usize, xB: usize, xBytes: usize, wStep: usize,
): void {
  let a0 = v128.load(initA);
  let a1 = v128.load(initA, 16);
  let a2 = v128.load(initA, 32);
  let a3 = v128.load(initA, 48);
  let b0 = v128.load(initB);
  let b1 = v128.load(initB, 16);
  let b2 = v128.load(initB, 32);
  let b3 = v128.load(initB, 48);
  for (const end = xA + xBytes; xA < end; xA += 4, xB += 4, w += wStep) {
    const a = v128.load32_splat(xA);
    const b = v128.load32_splat(xB);
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    const w2 = v128.load(w, 32);
    const w3 = v128.load(w, 48);
    a0 = madd(w0, a, a0);
    b0 = madd(w0, b, b0);
    a1 = madd(w1, a, a1);
    b1 = madd(w1, b, b1);
    a2 = madd(w2, a, a2);
    b2 = madd(w2, b, b2);
    a3 = madd(w3, a, a3);
    b3 = madd(w3, b, b3);
  }
  v128.store(outA, a0);
  v128.store(outA, a1, 16);
  v128.store(outA, a2, 32);
  v128.store(outA, a3, 48);
  v128.store(outB, b0);
  v128.store(outB, b1, 16);
  v128.store(outB, b2, 32);
  v128.store(outB, b3, 48);
}

function tile4x8(
  outA: usize, outB: usize, outC: usize, outD: usize, initA: usize, initB: usize, initC: usize, initD: usize,
  w: usize, xA: usize, xB: usize, xC: usize, xD: usize, xBytes: usize, wStep: usize,
): void {
  let a0 = v128.load(initA);
  let a1 = v128.load(initA, 16);
  let b0 = v128.load(initB);
  let b1 = v128.load(initB, 16);
  let c0 = v128.load(initC);
  let c1 = v128.load(initC, 16);
  let d0 = v128.load(initD);
  let d1 = v128.load(initD, 16);
  for (const end = xA + xBytes; xA < end; xA += 4, xB += 4, xC += 4, xD += 4, w += wStep) {
    const a = v128.load32_splat(xA);
    const b = v128.load32_splat(xB);
    const c = v128.load32_splat(xC);
    const d = v128.load32_splat(xD);
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    a0 = madd(w0, a, a0);
    a1 = madd(w1, a, a1);
    b0 = madd(w0, b, b0);
    b1 = madd(w1, b, b1);
    c0 = madd(w0, c, c0);
    c1 = madd(w1, c, c1);
    d0 = madd(w0, d, d0);
    d1 = madd(w1, d, d1);
  }
  v128.store(outA, a0);
  v128.store(outA, a1, 16);
  v128.store(outB, b0);
  v128.store(outB, b1, 16);
  v128.store(outC, c0);
  v128.store(outC, c1, 16);
  v128.store(outD, d0);
  v128.store(outD, d1, 16);
}
