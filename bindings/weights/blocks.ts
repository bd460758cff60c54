/**
 * Puts equal blocks in another order.
 *
 * @param from the source, its blocks beginning at `start`
 * @param block elements of one
 * @param order which block comes first, second …
 */
export function reorderBlocks(
  from: Float32Array,
  start: number,
  block: number,
  order: readonly number[],
): Float32Array {
  const to = new Float32Array(order.length * block);
  order.forEach((source, k) => {
    to.set(from.subarray(start + source * block, start + (source + 1) * block), k * block);
  });
  return to;
}

/** The transpose of a row-major matrix. */
export function transposed(matrix: Float32Array, rows: number, cols: number): Float32Array {
  const turned = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) turned[c * rows + r] = matrix[r * cols + c];
  return turned;
}
