import { eachBlock, type PackedMatrix } from './packing.js';

/** The kernel of this name of the graph module. */
export type CopyBlock = (
  to: number,
  from: number,
  toRow: number,
  toCol: number,
  fromRow: number,
  fromCol: number,
  rows: number,
  cols: number,
) => void;

/** A matrix of floats in wasm memory: where it begins, in bytes, and the floats from one row to the next, one column to the next. */
export interface StridedMatrix {
  readonly address: number;
  readonly rowStep: number;
  readonly colStep: number;
}

/**
 * As `packMatrix`, for a float32 matrix and a source that lies in wasm memory too.
 *
 * @param address of the packed matrix, in bytes
 * @param source may not overlap it
 */
export function packStrided(copyBlock: CopyBlock, address: number, matrix: PackedMatrix, source: StridedMatrix): void {
  const { address: start, rowStep, colStep } = source;
  eachBlock(address, matrix, (packed, step, row, col, rows, cols) => {
    const from = start + (row * rowStep + col * colStep) * 4;
    copyBlock(packed * 4, from, 1, step, rowStep, colStep, rows, cols);
  });
}
