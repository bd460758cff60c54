import { floats, padToLanes } from '../abi';
import { flush4 } from '../lanes/flush';

/** Copies one padded row of floats. */
export function copyRow(out: usize, row: usize, padded: i32): void {
  for (const end = row + floats(padded); row < end; row += 16, out += 16) v128.store(out, v128.load(row));
}

/** Copies one padded row of floats, those below 1e-30 as 0. */
export function flushRow(out: usize, row: usize, padded: i32): void {
  for (const end = row + floats(padded); row < end; row += 16, out += 16) v128.store(out, flush4(v128.load(row)));
}

/**
 * Zeroes rows from their true size to their padded one. Zero is a fixed point of every cell, so this changes something only
 * after an infinite or NaN input, whose product with a padding row of zero weights is NaN and must not stay in the state.
 *
 * @param rows    f32[batch × size]  rows `stride` floats apart
 * @param stride  size padded to 4, or more
 */
// Inline, for most sizes need nothing, and the call would be felt in the step of a small cell.
// @ts-ignore: decorator
@inline
export function clearPadding(rows: usize, batch: i32, size: i32, stride: i32): void {
  if (size != padToLanes(size)) clearRows(rows, batch, size, stride);
}

function clearRows(rows: usize, batch: i32, size: i32, stride: i32): void {
  const padded = padToLanes(size);
  for (; batch > 0; --batch, rows += floats(stride)) {
    for (let i = size; i < padded; ++i) store<f32>(rows + floats(i), 0);
  }
}

/**
 * Copies rows that lie apart into rows one after the other, or back: the states of some sequences of a batch.
 *
 * @param tight  f32[count × width]
 * @param all    f32[… × width]
 * @param lanes  i32[count]         which rows of `all`
 * @param width  padded to 4
 * @param back   1 copies from `tight` to `all`
 */
export function moveRows(tight: usize, all: usize, lanes: usize, count: i32, width: i32, back: i32): void {
  for (const end = lanes + floats(count); lanes < end; lanes += 4, tight += floats(width)) {
    const row = all + floats(load<i32>(lanes) * width);
    if (back) copyRow(row, tight, width);
    else copyRow(tight, row, width);
  }
}
