/**
 * What the kernels and their TypeScript bindings agree on; bindings/engine/abi.ts mirrors it and a test compares the two.
 *
 * Every vector starts on a 16-byte boundary and is padded with zeros to a multiple of LANES floats; the rows of a packed
 * matrix are padded to a multiple of TILE. A packed matrix is its bias (rows floats), then panels of 24 rows until those that
 * are left fill panels of PANEL rows or are fewer (40 rows are 24 + 16), each panel stored column by column, so that one
 * pointer walks the weights in the order in which they are used.
 */
export const enum Size {
  /** Floats in a v128. */
  LANES = 4,
  /** Rows are padded to whole tiles. */
  TILE = 8,
  /** Rows of a panel of weights, the first ones apart: four tiles. */
  PANEL = 32,
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

/** Rows of the next panel when so many are left: 24 until whole panels of 32 are left, so that few rows end in a narrower one. */
// @ts-ignore: decorator
@inline
export function panelRows(left: i32): i32 {
  if (left < 3 * Size.TILE) return left;
  return left & (Size.PANEL - 1) ? 3 * Size.TILE : Size.PANEL;
}

/** Bytes of `size` floats. */
export function floats(size: i32): usize {
  return (<usize>size) << 2;
}

/** Whether a pointer is on a 16-byte boundary. */
export function aligned(pointer: usize): bool {
  return (pointer & 15) == 0;
}
