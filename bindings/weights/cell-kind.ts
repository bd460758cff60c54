import { Cell, padToLanes, padToTile } from '../engine/abi.js';
import { blockRuns, type PackedMatrix, packedSize, type Run } from './packing.js';
import type { PackedFormat } from './quantized.js';

/**
 * What sets a recurrent cell apart from the others: how many gates, how their blocks lie in memory, what state it keeps.
 * The three cells differ in nothing else on this side of the boundary.
 */
export interface CellKind {
  readonly cell: Cell;
  /** Blocks of H rows in each weight matrix, in PyTorch's order: LSTM i f g o, GRU r z n. */
  readonly gates: number;
  /** Whether a cell state c is kept beside h. */
  readonly hasCellState: boolean;
  /**
   * Which gate blocks share one recurrent matrix. One group for all, except where the candidate's product needs the
   * reset gate first.
   */
  readonly recurrentGroups: readonly (readonly number[])[];
  /** Whether b_hh stays with the recurrent product (reset-after GRU: r multiplies it) or joins b_ih. */
  readonly recurrentBias: boolean;
}

/** Every cell the kernels run. */
export const CELL_KINDS = {
  rnnTanh: { cell: Cell.RNN_TANH, gates: 1, hasCellState: false, recurrentGroups: [[0]], recurrentBias: false },
  rnnRelu: { cell: Cell.RNN_RELU, gates: 1, hasCellState: false, recurrentGroups: [[0]], recurrentBias: false },
  lstm: { cell: Cell.LSTM, gates: 4, hasCellState: true, recurrentGroups: [[0, 1, 2, 3]], recurrentBias: false },
  gru: { cell: Cell.GRU, gates: 3, hasCellState: false, recurrentGroups: [[0, 1, 2]], recurrentBias: true },
  gruResetBefore: {
    cell: Cell.GRU_RESET_BEFORE,
    gates: 3,
    hasCellState: false,
    recurrentGroups: [[0, 1], [2]],
    recurrentBias: false,
  },
} as const satisfies Record<string, CellKind>;

/**
 * The input matrix W_ih: every gate's rows, group after group, each group padded to whole tiles.
 *
 * @param colRuns where the columns of the input lie
 */
export function inputMatrix(
  kind: CellKind,
  hiddenSize: number,
  cols: number,
  colRuns: readonly Run[],
  format: PackedFormat = 'float32',
): PackedMatrix {
  const rowRuns: Run[] = [];
  let rows = 0;
  for (const group of kind.recurrentGroups) {
    rowRuns.push(...blockRuns(hiddenSize, padToLanes(hiddenSize), group, rows));
    rows += padToTile(group.length * padToLanes(hiddenSize));
  }
  return { format, rows, cols, rowRuns, colRuns };
}

/** The recurrent matrix W_hh, one packed matrix for each group of gates. */
export function recurrentMatrices(
  kind: CellKind,
  hiddenSize: number,
  outputSize: number,
  format: PackedFormat = 'float32',
): PackedMatrix[] {
  const hidden = padToLanes(hiddenSize);
  return kind.recurrentGroups.map((group) => ({
    format,
    rows: padToTile(group.length * hidden),
    cols: padToLanes(outputSize),
    rowRuns: blockRuns(hiddenSize, hidden, group),
    colRuns: [{ from: 0, to: 0, count: outputSize }],
  }));
}

/**
 * Floats of workspace a batch of `batch` recurrent steps needs beside its gates.
 *
 * @param gateRows rows of the input matrix
 */
export function recurrentScratch(
  kind: CellKind,
  batch: number,
  gateRows: number,
  hiddenSize: number,
  projSize: number,
): number {
  const hidden = padToLanes(hiddenSize);
  if (projSize) return batch * (hidden + padToTile(padToLanes(projSize)));
  if (kind.cell === Cell.GRU) return batch * gateRows;
  if (kind.cell === Cell.GRU_RESET_BEFORE) return batch * hidden;
  return 0;
}

/** Floats of the recurrent matrices together. */
export function recurrentSize(matrices: readonly PackedMatrix[]): number {
  return matrices.reduce((sum, matrix) => sum + packedSize(matrix), 0);
}
