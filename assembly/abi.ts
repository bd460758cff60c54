/**
 * What the kernels and their TypeScript bindings agree on; bindings/engine/abi.ts mirrors it and a test compares the two.
 *
 * Every vector starts on a 16-byte boundary and is padded with zeros to a multiple of LANES floats; the rows of a packed
 * matrix are padded to a multiple of TILE. A packed matrix is its bias (rows floats), then panels of PANEL rows and one or
 * two of the 8, 16 or 32 that remain, each panel stored column by column, so that one pointer walks the weights in the order in
 * which they are used.
 */
export const enum Size {
  /** Floats in a v128. */
  LANES = 4,
  /** Rows are padded to whole tiles. */
  TILE = 8,
  /** Rows of a panel of weights, the last ones apart: three tiles. */
  PANEL = 24,
}

/** Which gates a recurrent step runs. */
export const enum Cell {
  RNN_TANH = 0,
  RNN_RELU = 1,
  LSTM = 2,
  /** Reset after the recurrent product (PyTorch, cuDNN, Keras' default). */
  GRU = 3,
  /** Reset before the recurrent product (Cho et al. 2014, ONNX's default). */
  GRU_RESET_BEFORE = 4,
}

/** A count of floats rounded up to whole vectors. */
export function padToLanes(size: i32): i32 {
  return (size + (Size.LANES - 1)) & ~(Size.LANES - 1);
}

/** A count of rows rounded up to whole tiles. */
export function padToTile(size: i32): i32 {
  return (size + (Size.TILE - 1)) & ~(Size.TILE - 1);
}

/** Rows of the next panel when so many are left: 24, but 16 twice where 24 would leave 8, which keep few sums in flight. */
export function panelRows(left: i32): i32 {
  if (left >= Size.PANEL && left != 4 * Size.TILE) return Size.PANEL;
  return left >= 2 * Size.TILE ? 2 * Size.TILE : left;
}

/** Bytes of `size` floats. */
export function floats(size: i32): usize {
  return (<usize>size) << 2;
}

/** Whether a pointer is on a 16-byte boundary. */
export function aligned(pointer: usize): bool {
  return (pointer & 15) == 0;
}
