import { aligned, floats } from '../abi';

/**
 * Looks rows of a packed table up.
 *
 * @param out      f32[count × width]      rows `outStride` floats apart, padded with the table's zeros
 * @param table    f32[entries × width]    rows padded to 4
 * @param indices  i32[count]              each less than entries
 */
export function gatherRows(out: usize, table: usize, indices: usize, count: i32, padded: i32, outStride: i32): void {
  assert(aligned(out) && aligned(table) && (padded & 3) == 0, 'gatherRows: out and table must be aligned');
  for (let k = 0; k < count; ++k) {
    const from = table + floats(load<i32>(indices + floats(k)) * padded);
    const to = out + floats(k * outStride);
    for (let j: usize = 0; j < floats(padded); j += 16) v128.store(to + j, v128.load(from + j));
  }
}

/**
 * Adds rows to the rows of a table: the gradient of a look-up.
 *
 * @param out      f32[entries × width]  tight, of any alignment
 * @param x        f32[count × width]    rows `xStride` floats apart
 * @param indices  i32[count]            each less than entries
 */
export function scatterAddRows(out: usize, x: usize, indices: usize, count: i32, width: i32, xStride: i32): void {
  assert(aligned(x) && (xStride & 3) == 0, 'scatterAddRows: x must be aligned');
  for (let k = 0; k < count; ++k) {
    const to = out + floats(load<i32>(indices + floats(k)) * width);
    const from = x + floats(k * xStride);
    let j: usize = 0;
    for (; j < floats(width & ~3); j += 16) v128.store(to + j, f32x4.add(v128.load(to + j), v128.load(from + j)));
    for (; j < floats(width); j += 4) store<f32>(to + j, load<f32>(to + j) + load<f32>(from + j));
  }
}
