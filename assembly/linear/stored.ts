import { floats } from '../abi';
import { gemmBytes } from './dot-int8';
import { gemm } from './gemm';
import { gemmInt8 } from './gemm-int8';
import { packedBytes } from './packed';
import { quantizeRows } from './quantize';

/**
 * The functions of `packed` for a matrix that is kept one way or the other. An int8 matrix is its bias and the scales of
 * its rows (rows floats each), then its panels, two columns at a time, or what `gemmBytes` wants. It is told by `q`, the
 * workspace in which x is quantised on its way: batch × quantizedBytes(cols) for int8, the same address + 1 for the layout of
 * `gemmBytes`, 0 for float32.
 */

/** out[b] = W · x[b] + bias; the other parameters as in `affine`. */
// @ts-ignore: decorator
@inline
export function storedAffine(
  out: usize, w: usize, x: usize, q: usize, batch: i32, rows: i32, cols: i32, outStride: i32, xStride: i32,
): void {
  storedProduct(out, w, w, x, q, batch, rows, cols, outStride, 0, xStride);
}

/** out[b] += W · x[b]; the other parameters as in `accumulate`. */
// @ts-ignore: decorator
@inline
export function storedAccumulate(
  out: usize, w: usize, x: usize, q: usize, batch: i32, rows: i32, cols: i32, outStride: i32, xStride: i32,
): void {
  storedProduct(out, out, w, x, q, batch, rows, cols, outStride, outStride, xStride);
}

/** Bytes of a packed matrix. */
export function storedBytes(rows: i32, cols: i32, q: usize): usize {
  return q ? (inBytes(q) ? 3 : 2) * floats(rows) + rows * cols : packedBytes(rows, cols);
}

function inBytes(q: usize): bool {
  return ASC_FEATURE_RELAXED_SIMD && (q & 1) != 0;
}

function storedProduct(
  out: usize, init: usize, w: usize, x: usize, q: usize,
  batch: i32, rows: i32, cols: i32, outStride: i32, initStride: i32, xStride: i32,
): void {
  if (q) int8Product(out, init, w, x, q, batch, rows, cols, outStride, initStride, xStride);
  else gemm(out, init, w + floats(rows), x, batch, rows, cols, outStride, initStride, xStride);
}

function int8Product(
  out: usize, init: usize, w: usize, x: usize, q: usize,
  batch: i32, rows: i32, cols: i32, outStride: i32, initStride: i32, xStride: i32,
): void {
  const block = floats(rows);
  const split = inBytes(q);
  if (split) q -= 1;
  quantizeRows(q, x, batch, cols, xStride, split);
  if (split) gemmBytes(out, init, w + block, w + 2 * block, q, batch, rows, cols, outStride, initStride);
  else gemmInt8(out, init, w + block, w + 2 * block, q, batch, rows, cols, outStride, initStride);
}
