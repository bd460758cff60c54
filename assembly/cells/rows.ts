import { floats } from '../abi';
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
 * Zeroes a row from its true size to its padded one. Zero is a fixed point of every cell, so this changes something only
 * after an infinite or NaN input, whose product with a padding row of zero weights is NaN and must not stay in the state.
 */
export function clearPadding(row: usize, size: i32, padded: i32): void {
  for (; size < padded; ++size) store<f32>(row + floats(size), 0);
}
