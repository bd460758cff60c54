/** The gates of a framework's weights, and where they lie in the matrices and vectors of a file. */

/** Block k of PyTorch's is block ORDER[k] of ONNX's: LSTM i f g o from i o f c, GRU r z n from z r h. */
export const ONNX_ORDER = { RNN: [0], LSTM: [0, 2, 3, 1], GRU: [1, 0, 2] } as const;

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
