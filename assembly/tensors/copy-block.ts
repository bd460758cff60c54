import { floats } from '../abi';

/**
 * Copies a block of rows of 4-byte elements, any distance apart on either side: how weights go into their panels, and how
 * matrices are transposed.
 *
 * @param to, from      the first elements of the blocks, which may not overlap
 * @param toRow, toCol  elements from a row to the next, from a column to the next
 * @param rows, cols    of both blocks
 */
export function copyBlock(
  to: usize, from: usize, toRow: i32, toCol: i32, fromRow: i32, fromCol: i32, rows: i32, cols: i32,
): void {
  for (let r = 0; r < rows; ++r) {
    let a = to;
    let b = from;
    let c = 0;
    if (toCol == 1 && fromCol == 1) {
      for (; c < (cols & ~3); c += 4, a += 16, b += 16) v128.store(a, v128.load(b));
    }
    for (; c < cols; ++c) {
      store<i32>(a, load<i32>(b));
      a += floats(toCol);
      b += floats(fromCol);
    }
    to += floats(toRow);
    from += floats(fromRow);
  }
}
