import { Size, aligned, floats } from '../abi';
import { madd } from '../lanes/madd';

/**
 * out[b] = init[b] + W · x[b] for every row b of a batch, W in packed panels.
 *
 * Both tiles add the columns one by one in the same order, so a row's result does not depend on the batch it came in:
 * on the baseline build a sequence equals its repeated steps bit for bit.
 *
 * @param out         f32[batch × rows]  rows `outStride` floats apart; may be init
 * @param init        f32[batch × rows]  rows `initStride` floats apart; 0 uses one row (a bias) for the whole batch
 * @param panels      packed panels      f32[rows × cols]
 * @param x           f32[batch × cols]  rows `xStride` floats apart, zero from the true width to cols
 * @param rows        multiple of the panel width
 * @param cols        multiple of 4
 */
export function gemm(
  out: usize, init: usize, panels: usize, x: usize,
  batch: i32, rows: i32, cols: i32, outStride: i32, initStride: i32, xStride: i32,
): void {
  assert(aligned(out) && aligned(init) && aligned(panels) && aligned(x), 'gemm: pointers must be 16-byte aligned');
  assert(rows % Size.PANEL == 0, 'gemm: rows must be a multiple of 16');
  assert(((cols | outStride | initStride | xStride) & 3) == 0, 'gemm: cols and strides must be multiples of 4');
  const outStep = floats(outStride);
  const initStep = floats(initStride);
  const xStep = floats(xStride);
  const width = floats(cols);
  const panelBytes = floats(cols * Size.PANEL);
  for (let row = 0; row < rows; row += Size.PANEL) {
    let o = out;
    let i = init;
    let xb = x;
    let left = batch;
    for (; left > 1; left -= 2) {
      tile2(o, i, panels, xb, outStep, initStep, xStep, width);
      o += outStep << 1;
      i += initStep << 1;
      xb += xStep << 1;
    }
    if (left) tile1(o, i, panels, xb, width);
    panels += panelBytes;
    out += floats(Size.PANEL);
    init += floats(Size.PANEL);
  }
}

/** One batch row against one panel: four accumulators, five loads a column. */
function tile1(out: usize, init: usize, w: usize, x: usize, width: usize): void {
  let a0 = v128.load(init);
  let a1 = v128.load(init, 16);
  let a2 = v128.load(init, 32);
  let a3 = v128.load(init, 48);
  for (const end = x + width; x < end; x += 8, w += 128) {
    const x0 = v128.load32_splat(x);
    const x1 = v128.load32_splat(x, 4);
    a0 = madd(v128.load(w), x0, a0);
    a1 = madd(v128.load(w, 16), x0, a1);
    a2 = madd(v128.load(w, 32), x0, a2);
    a3 = madd(v128.load(w, 48), x0, a3);
    a0 = madd(v128.load(w, 64), x1, a0);
    a1 = madd(v128.load(w, 80), x1, a1);
    a2 = madd(v128.load(w, 96), x1, a2);
    a3 = madd(v128.load(w, 112), x1, a3);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
}

/** Two batch rows against one panel: eight accumulators, six loads a column, fourteen registers. */
function tile2(
  out: usize, init: usize, w: usize, x: usize, outStep: usize, initStep: usize, xStep: usize, width: usize,
): void {
  const initB = init + initStep;
  const outB = out + outStep;
  let a0 = v128.load(init);
  let a1 = v128.load(init, 16);
  let a2 = v128.load(init, 32);
  let a3 = v128.load(init, 48);
  let b0 = v128.load(initB);
  let b1 = v128.load(initB, 16);
  let b2 = v128.load(initB, 32);
  let b3 = v128.load(initB, 48);
  let xB = x + xStep;
  for (const end = x + width; x < end; x += 4, xB += 4, w += 64) {
    const xa = v128.load32_splat(x);
    const xb = v128.load32_splat(xB);
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    const w2 = v128.load(w, 32);
    const w3 = v128.load(w, 48);
    a0 = madd(w0, xa, a0);
    b0 = madd(w0, xb, b0);
    a1 = madd(w1, xa, a1);
    b1 = madd(w1, xb, b1);
    a2 = madd(w2, xa, a2);
    b2 = madd(w2, xb, b2);
    a3 = madd(w3, xa, a3);
    b3 = madd(w3, xb, b3);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
  v128.store(outB, b0);
  v128.store(outB, b1, 16);
  v128.store(outB, b2, 32);
  v128.store(outB, b3, 48);
}
