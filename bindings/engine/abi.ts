/**
 * The kernels' contract as TypeScript sees it: the mirror of assembly/abi.ts and assembly/index.ts, which a test compares
 * with both. Pointers are byte addresses, sizes and strides count floats.
 */

/** Floats in a vector; every vector in wasm memory starts on a 16-byte boundary and is padded with zeros to a multiple. */
export const LANES = 4;

/** The rows of a packed matrix are padded to a multiple. */
export const TILE = 8;

/** Rows of a panel of weights; the first ones of a matrix may have 24, a small matrix has 8 or 16. */
export const PANEL = 32;

/** The exports of a kernel module; each is documented where it is defined, in assembly/. */
export interface Kernels {
  isRelaxed(): number;
  hasByteDots(): number;
  // biome-ignore format: one line for pointers, one for counts, as in assembly/
  cellStep(
    h: number, c: number, x: number, wx: number, wh: number, wr: number, scratch: number, q: number,
    cell: number, batch: number, inputSize: number, hiddenSize: number, projSize: number,
  ): void;
  // biome-ignore format: as above
  cellSequence(
    out: number, h: number, c: number, gates: number, wh: number, wr: number, scratch: number, q: number, counts: number,
    cell: number, steps: number, hiddenSize: number, projSize: number, outStride: number, reverse: number,
  ): void;
  moveRows(tight: number, all: number, lanes: number, count: number, width: number, back: number): void;
  flushTiny(x: number, size: number): void;
  reluMap(out: number, x: number, size: number): void;
  sigmoidMap(out: number, x: number, size: number): void;
  tanhMap(out: number, x: number, size: number): void;
  // biome-ignore format: as above
  drawUniform(
    out: number, step: number, rows: number, cols: number, width: number,
    seed: number, first: number, scale: number,
  ): void;
  // biome-ignore format: as above
  affine(
    out: number, w: number, x: number,
    batch: number, rows: number, cols: number, outStride: number, xStride: number,
  ): void;
  // biome-ignore format: as above
  storedAffine(
    out: number, w: number, x: number, q: number,
    batch: number, rows: number, cols: number, outStride: number, xStride: number,
  ): void;
}

/**
 * Rounds a count of floats up to whole vectors.
 *
 * @param size floats
 * @returns the next multiple of `LANES`, exact up to 2^53
 */
export function padToLanes(size: number): number {
  return Math.ceil(size / LANES) * LANES;
}

/**
 * Rounds a count of rows up to whole tiles.
 *
 * @param size rows
 * @returns the next multiple of `TILE`, exact up to 2^53
 */
export function padToTile(size: number): number {
  return Math.ceil(size / TILE) * TILE;
}

/**
 * Floats of workspace that one input row of an int8 product takes.
 *
 * @param cols padded to `LANES`
 */
export function quantizedSize(cols: number): number {
  return LANES + padToLanes(cols / 2);
}

/**
 * Says how many rows the next panel of a packed matrix has.
 *
 * @param left rows not yet in a panel, a multiple of `TILE`, at least 1
 */
export function panelRows(left: number): number {
  if (left < 3 * TILE) return left;
  return left % PANEL ? 3 * TILE : PANEL;
}
