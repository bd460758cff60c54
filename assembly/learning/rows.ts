import { floats } from '../abi';

/** Adds one padded row of floats to another. */
export function addRow(out: usize, row: usize, padded: i32): void {
  for (const end = row + floats(padded); row < end; row += 16, out += 16) {
    v128.store(out, f32x4.add(v128.load(out), v128.load(row)));
  }
}
