import { aligned, floats, padToLanes, padToTile, panelRows } from '../abi';

/**
 * Packs the transpose of a row-major matrix into panels, the form in which `gemm` takes its left operand: a row of x is a
 * column of every panel, so rows are copied a panel's width at a time. What x leaves of the last panel is zero, and so
 * are the columns behind its last row: gaps between runs of rows fill with zeros when runs come in rising order.
 *
 * @param out     panels              f32[width × total]  width padded to whole tiles
 * @param x       f32[count × width]  rows `xStride` floats apart, of any alignment
 * @param first   the column of the panels that receives the first row of x
 * @param count   rows of x
 * @param total   columns of the panels
 */
export function packTransposed(
  out: usize, x: usize, first: i32, count: i32, total: i32, width: i32, xStride: i32,
): void {
  assert(aligned(out), 'packTransposed: out must be 16-byte aligned');
  assert(first + count <= total, 'packTransposed: first + count must be at most total');
  for (let left = padToTile(width); left > 0; ) {
    const panel = panelRows(left);
    const whole = floats(min(panel, width & ~3));
    let to = out + floats(first * panel);
    let from = x;
    for (let k = 0; k < count; ++k) {
      let j: usize = 0;
      for (; j < whole; j += 16) v128.store(to + j, v128.load(from + j));
      for (; j < floats(min(panel, width)); j += 4) store<f32>(to + j, load<f32>(from + j));
      for (; j < floats(panel); j += 4) store<f32>(to + j, 0);
      to += floats(panel);
      from += floats(xStride);
    }
    for (const end = out + floats(panel * total); to < end; to += 16) v128.store(to, f32x4.splat(0.0));
    out += floats(panel * total);
    x += floats(panel);
    width -= panel;
    left -= panel;
  }
}

/**
 * Transposes a block of rows, four by four: out[c][k] = x[k][c], zero for k from count to outStride.
 *
 * @param out    f32[width × outStride]  width padded to 4
 * @param x      f32[count × width]      rows `xStride` floats apart
 * @param count  rows of x, at most outStride
 */
export function transpose(out: usize, x: usize, count: i32, width: i32, outStride: i32, xStride: i32): void {
  assert(aligned(out) && aligned(x), 'transpose: out and x must be 16-byte aligned');
  assert(((outStride | xStride) & 3) == 0 && count <= outStride, 'transpose: strides must be multiples of 4');
  const step = floats(xStride);
  const whole = count & ~3;
  for (let c = 0; c < width; c += 4) {
    let from = x + floats(c);
    const a = out + floats(c * outStride);
    const b = a + floats(outStride);
    const d = b + floats(outStride);
    const e = d + floats(outStride);
    for (let k: usize = 0; k < floats(whole); k += 16) {
      const r0 = v128.load(from);
      const r1 = v128.load(from + step);
      const r2 = v128.load(from + 2 * step);
      const r3 = v128.load(from + 3 * step);
      from += 4 * step;
      const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
      const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
      const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
      v128.store(a + k, v128.shuffle<i64>(low01, low23, 0, 2));
      v128.store(b + k, v128.shuffle<i64>(low01, low23, 1, 3));
      v128.store(d + k, v128.shuffle<i64>(high01, high23, 0, 2));
      v128.store(e + k, v128.shuffle<i64>(high01, high23, 1, 3));
    }
    for (let k = whole; k < outStride; ++k) {
      for (let i = 0; i < 4; ++i) {
        const value = k < count ? load<f32>(x + floats(k * xStride + c + i)) : <f32>0;
        store<f32>(out + floats((c + i) * outStride + k), value);
      }
    }
  }
}

/**
 * Adds a transposed matrix to one of any alignment: out[r][c] += x[c][r].
 *
 * @param out  f32[rows × cols]  rows `outStride` floats apart
 * @param x    f32[cols × rows]  rows `xStride` floats apart, a multiple of 4
 */
export function addTransposed(out: usize, x: usize, rows: i32, cols: i32, outStride: i32, xStride: i32): void {
  assert(aligned(x) && (xStride & 3) == 0, 'addTransposed: x must be aligned, its stride a multiple of 4');
  const step = floats(xStride);
  const outStep = floats(outStride);
  const wholeRows = rows & ~3;
  const wholeCols = cols & ~3;
  for (let r = 0; r < wholeRows; r += 4) {
    for (let c = 0; c < wholeCols; c += 4) {
      const from = x + floats(c * xStride + r);
      const to = out + floats(r * outStride + c);
      const x0 = v128.load(from);
      const x1 = v128.load(from + step);
      const x2 = v128.load(from + 2 * step);
      const x3 = v128.load(from + 3 * step);
      const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
      const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
      const low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
      const high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
      addTo(to, v128.shuffle<i64>(low01, low23, 0, 2));
      addTo(to + outStep, v128.shuffle<i64>(low01, low23, 1, 3));
      addTo(to + 2 * outStep, v128.shuffle<i64>(high01, high23, 0, 2));
      addTo(to + 3 * outStep, v128.shuffle<i64>(high01, high23, 1, 3));
    }
  }
  for (let r = 0; r < rows; ++r) {
    for (let c = r < wholeRows ? wholeCols : 0; c < cols; ++c) {
      const to = out + floats(r * outStride + c);
      store<f32>(to, load<f32>(to) + load<f32>(x + floats(c * xStride + r)));
    }
  }
}

function addTo(out: usize, x: v128): void {
  v128.store(out, f32x4.add(v128.load(out), x));
}

/**
 * Adds the sum of all rows of x to out: the gradient of a bias.
 *
 * @param out    f32[width]          padded to 4
 * @param x      f32[count × width]  rows `xStride` floats apart
 */
export function addColumnSums(out: usize, x: usize, count: i32, width: i32, xStride: i32): void {
  assert(aligned(out) && aligned(x) && (xStride & 3) == 0, 'addColumnSums: out and x must be aligned');
  const step = floats(xStride);
  let left = padToLanes(width);
  // Sixteen columns at a time: a cache line of every row.
  for (; left >= 16; left -= 16, out += 64, x += 64) {
    let a0 = f32x4.splat(0.0);
    let a1 = f32x4.splat(0.0);
    let a2 = f32x4.splat(0.0);
    let a3 = f32x4.splat(0.0);
    let from = x;
    for (let k = 0; k < count; ++k, from += step) {
      a0 = f32x4.add(a0, v128.load(from));
      a1 = f32x4.add(a1, v128.load(from, 16));
      a2 = f32x4.add(a2, v128.load(from, 32));
      a3 = f32x4.add(a3, v128.load(from, 48));
    }
    v128.store(out, f32x4.add(v128.load(out), a0));
    v128.store(out, f32x4.add(v128.load(out, 16), a1), 16);
    v128.store(out, f32x4.add(v128.load(out, 32), a2), 32);
    v128.store(out, f32x4.add(v128.load(out, 48), a3), 48);
  }
  for (; left > 0; left -= 4, out += 16, x += 16) {
    let sum = f32x4.splat(0.0);
    let from = x;
    for (let k = 0; k < count; ++k, from += step) sum = f32x4.add(sum, v128.load(from));
    v128.store(out, f32x4.add(v128.load(out), sum));
  }
}

/**
 * Adds a vector of any alignment to another.
 *
 * @param out, x  f32[size]
 */
export function addVector(out: usize, x: usize, size: i32): void {
  for (const end = out + floats(size); out < end; out += 4, x += 4) store<f32>(out, load<f32>(out) + load<f32>(x));
}
