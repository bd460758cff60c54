/*
 * Matrix products in plain JavaScript, as fast as V8 was found to run them on PyTorch's row-major weights.
 *
 * An element read costs a bounds check, an address and a float32 → float64 conversion, several times the multiply-add
 * itself. So one read of x serves eight rows, or one read of a weight serves two inputs. Neighbouring rows beat the four
 * gate rows of a unit: they lie close together. Past eight sums V8 runs out of registers.
 *
 * What lost, as time of one LSTM step (I = H) over the time with `affineSum`; Node 20.20, x64, medians of three
 * interleaved runs:
 *                                                        H = 16     64    256    512
 *   one row at a time, one sum                             1.46   2.55   2.77   2.48
 *   the four gate rows of a unit                           1.16   1.42   1.43   1.30
 *   … with the columns unrolled by 4                       1.04   1.14   1.13   1.00
 *   … with two sums for each row                           1.10   1.28   1.27   1.18
 *   the eight gate rows of two units                       1.00   1.16   1.17   1.08
 *   four neighbouring rows, one pass for W and one for U   0.92   1.27   1.26   1.22
 *   four neighbouring rows, the columns unrolled by 4      1.03   1.00   1.01   1.06
 *   eight rows, one pass for W and one for U               1.05   1.04   1.04   1.02
 *   eight rows, the columns unrolled by 2                  1.08   1.07   1.10   1.12
 *   sixteen rows                                           1.12   1.14   1.16   1.15
 *   eight rows, Math.fround around each operation          1.21   1.41   1.51   1.47
 *   eight rows, state kept in a Float64Array               1.01   1.01   1.01   1.00
 *   eight rows, weights copied into a Float64Array         1.09   1.19   1.34   1.18
 *   eight rows, tanh(x) as 2 / (1 + exp(−2x)) − 1          0.94   0.99   1.00   1.02
 *   eight rows, weights repacked so that they interleave   0.99   0.98   0.95   0.90
 *
 * The last is faster by up to a tenth, but is no longer PyTorch's layout: packing is a trick of the library measured here.
 * For many inputs, tiles of four rows × two inputs take 0.8 of the time of eight rows × one; 2 × 4, 2 × 6, 3 × 3, 4 × 3,
 * 4 × 4, 6 × 2 and 8 × 2 are no better throughout. Doing the input products of a sequence first takes 0.85 to 0.95 of the
 * time of stepping.
 */

/**
 * y = initial + W·x, eight rows at a time, rows `from` … `rows` − 1.
 *
 * @param y        f32, written at `yAt` + row
 * @param initial  f32, read at `initialAt` + row: a bias, or sums to go on with; may be y itself
 * @param w        f32[rows, columns], row-major
 * @param x        f32, read from `xAt`
 */
export function affineRows(
  y: Float32Array,
  yAt: number,
  initial: Float32Array,
  initialAt: number,
  w: Float32Array,
  x: Float32Array,
  xAt: number,
  columns: number,
  from: number,
  rows: number,
): void {
  let row = from;
  for (; row + 8 <= rows; row += 8) {
    const i = initialAt + row;
    let s0 = initial[i];
    let s1 = initial[i + 1];
    let s2 = initial[i + 2];
    let s3 = initial[i + 3];
    let s4 = initial[i + 4];
    let s5 = initial[i + 5];
    let s6 = initial[i + 6];
    let s7 = initial[i + 7];
    const w0 = row * columns;
    const w1 = w0 + columns;
    const w2 = w1 + columns;
    const w3 = w2 + columns;
    const w4 = w3 + columns;
    const w5 = w4 + columns;
    const w6 = w5 + columns;
    const w7 = w6 + columns;
    for (let j = 0; j < columns; j++) {
      const value = x[xAt + j];
      s0 += w[w0 + j] * value;
      s1 += w[w1 + j] * value;
      s2 += w[w2 + j] * value;
      s3 += w[w3 + j] * value;
      s4 += w[w4 + j] * value;
      s5 += w[w5 + j] * value;
      s6 += w[w6 + j] * value;
      s7 += w[w7 + j] * value;
    }
    const at = yAt + row;
    y[at] = s0;
    y[at + 1] = s1;
    y[at + 2] = s2;
    y[at + 3] = s3;
    y[at + 4] = s4;
    y[at + 5] = s5;
    y[at + 6] = s6;
    y[at + 7] = s7;
  }
  for (; row < rows; row++) {
    let sum = initial[initialAt + row];
    for (let j = 0; j < columns; j++) {
      sum += w[row * columns + j] * x[xAt + j];
    }
    y[yAt + row] = sum;
  }
}

/**
 * y = bias + W·x + U·h in one pass over the rows, eight at a time: the sums of a streaming step.
 *
 * @param y     f32[rows]
 * @param bias  f32[rows]
 * @param w     f32[rows, x.length], row-major
 * @param u     f32[rows, h.length], row-major
 */
export function affineSum(
  y: Float32Array,
  bias: Float32Array,
  w: Float32Array,
  x: Float32Array,
  u: Float32Array,
  h: Float32Array,
): void {
  const rows = y.length;
  const inputSize = x.length;
  const stateSize = h.length;
  let row = 0;
  for (; row + 8 <= rows; row += 8) {
    let s0 = bias[row];
    let s1 = bias[row + 1];
    let s2 = bias[row + 2];
    let s3 = bias[row + 3];
    let s4 = bias[row + 4];
    let s5 = bias[row + 5];
    let s6 = bias[row + 6];
    let s7 = bias[row + 7];
    let p0 = row * inputSize;
    let p1 = p0 + inputSize;
    let p2 = p1 + inputSize;
    let p3 = p2 + inputSize;
    let p4 = p3 + inputSize;
    let p5 = p4 + inputSize;
    let p6 = p5 + inputSize;
    let p7 = p6 + inputSize;
    for (let j = 0; j < inputSize; j++) {
      const value = x[j];
      s0 += w[p0 + j] * value;
      s1 += w[p1 + j] * value;
      s2 += w[p2 + j] * value;
      s3 += w[p3 + j] * value;
      s4 += w[p4 + j] * value;
      s5 += w[p5 + j] * value;
      s6 += w[p6 + j] * value;
      s7 += w[p7 + j] * value;
    }
    p0 = row * stateSize;
    p1 = p0 + stateSize;
    p2 = p1 + stateSize;
    p3 = p2 + stateSize;
    p4 = p3 + stateSize;
    p5 = p4 + stateSize;
    p6 = p5 + stateSize;
    p7 = p6 + stateSize;
    for (let j = 0; j < stateSize; j++) {
      const value = h[j];
      s0 += u[p0 + j] * value;
      s1 += u[p1 + j] * value;
      s2 += u[p2 + j] * value;
      s3 += u[p3 + j] * value;
      s4 += u[p4 + j] * value;
      s5 += u[p5 + j] * value;
      s6 += u[p6 + j] * value;
      s7 += u[p7 + j] * value;
    }
    y[row] = s0;
    y[row + 1] = s1;
    y[row + 2] = s2;
    y[row + 3] = s3;
    y[row + 4] = s4;
    y[row + 5] = s5;
    y[row + 6] = s6;
    y[row + 7] = s7;
  }
  affineRows(y, 0, bias, 0, w, x, 0, inputSize, row, rows);
  affineRows(y, 0, y, 0, u, h, 0, stateSize, row, rows);
}

/**
 * y[n] = initial[n] + W·x[n] for `count` vectors x, in tiles of four rows × two vectors.
 *
 * @param y        f32[count, rows]
 * @param initial  f32, read at `initialAt` + n · `initialStride` + row: stride 0 for one bias, `rows` for sums of each n
 * @param w        f32[rows, columns], row-major
 * @param x        f32[count, columns]
 */
export function affineMany(
  y: Float32Array,
  initial: Float32Array,
  initialAt: number,
  initialStride: number,
  w: Float32Array,
  x: Float32Array,
  columns: number,
  rows: number,
  count: number,
): void {
  const tiledRows = rows - (rows % 4);
  let n = 0;
  for (; n + 2 <= count; n += 2) {
    const x0 = n * columns;
    const x1 = x0 + columns;
    const i0 = initialAt + n * initialStride;
    const i1 = i0 + initialStride;
    const y0 = n * rows;
    const y1 = y0 + rows;
    for (let row = 0; row < tiledRows; row += 4) {
      let s00 = initial[i0 + row];
      let s01 = initial[i0 + row + 1];
      let s02 = initial[i0 + row + 2];
      let s03 = initial[i0 + row + 3];
      let s10 = initial[i1 + row];
      let s11 = initial[i1 + row + 1];
      let s12 = initial[i1 + row + 2];
      let s13 = initial[i1 + row + 3];
      const w0 = row * columns;
      const w1 = w0 + columns;
      const w2 = w1 + columns;
      const w3 = w2 + columns;
      for (let j = 0; j < columns; j++) {
        const value0 = x[x0 + j];
        const value1 = x[x1 + j];
        const weight0 = w[w0 + j];
        s00 += weight0 * value0;
        s10 += weight0 * value1;
        const weight1 = w[w1 + j];
        s01 += weight1 * value0;
        s11 += weight1 * value1;
        const weight2 = w[w2 + j];
        s02 += weight2 * value0;
        s12 += weight2 * value1;
        const weight3 = w[w3 + j];
        s03 += weight3 * value0;
        s13 += weight3 * value1;
      }
      y[y0 + row] = s00;
      y[y0 + row + 1] = s01;
      y[y0 + row + 2] = s02;
      y[y0 + row + 3] = s03;
      y[y1 + row] = s10;
      y[y1 + row + 1] = s11;
      y[y1 + row + 2] = s12;
      y[y1 + row + 3] = s13;
    }
    affineRows(y, y0, initial, i0, w, x, x0, columns, tiledRows, rows);
    affineRows(y, y1, initial, i1, w, x, x1, columns, tiledRows, rows);
  }
  if (n < count) {
    affineRows(y, n * rows, initial, initialAt + n * initialStride, w, x, n * columns, columns, 0, rows);
  }
}
