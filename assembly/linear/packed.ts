import { floats } from '../abi';
import { gemm } from './gemm';

/**
 * out[b] = W · x[b] + bias, W a packed matrix (bias first, then its panels).
 *
 * @param out     f32[batch × rows]           rows `outStride` floats apart, outStride ≥ rows
 * @param w       packed matrix               f32[rows × (1 + cols)]
 * @param x       f32[batch × cols]           rows `xStride` floats apart; may not overlap out
 * @param rows    padded to whole tiles
 * @param cols    padded to 4
 */
export function affine(
  out: usize, w: usize, x: usize, batch: i32, rows: i32, cols: i32, outStride: i32, xStride: i32,
): void {
  gemm(out, w, w + floats(rows), x, batch, rows, cols, outStride, 0, xStride);
}

/** out[b] += W · x[b]: as `affine`, with out in place of the bias, which is not read. */
export function accumulate(
  out: usize, w: usize, x: usize, batch: i32, rows: i32, cols: i32, outStride: i32, xStride: i32,
): void {
  gemm(out, out, w + floats(rows), x, batch, rows, cols, outStride, outStride, xStride);
}

/** Bytes of a packed matrix. */
export function packedBytes(rows: i32, cols: i32): usize {
  return floats(rows * (1 + cols));
}
