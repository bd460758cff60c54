import type { Kernels } from '../engine/abi.js';
import type { QuantizedRows } from '../weights/quantized.js';
import type { CellWeights } from './weights.js';

/** The steps of a batch of sequences, as `packSteps` sorts them. */
export interface StepRows {
  /** Rows of each step, never rising. */
  readonly counts: ArrayLike<number>;
  readonly steps: number;
  /** Rows of all steps together. */
  readonly rows: number;
}

/** The workspace of one cell's run over a sequence. */
export interface SequenceWorkspace {
  /** i32[T], the rows of each step. */
  readonly counts: number;
  readonly gates: number;
  readonly scratch: number;
  /** Quantised rows; 0 for float32 weights. */
  readonly q: QuantizedRows;
  /** Rows whose gates fit. */
  readonly gateCapacity: number;
}

/** Where a run over a sequence reads and writes: addresses, and floats between output rows. */
export interface SequencePlace {
  readonly x: number;
  readonly out: number;
  readonly h: number;
  /** 0 for a cell without c. */
  readonly c: number;
  readonly outStride: number;
  readonly reverse: boolean;
}

/**
 * Floats of input products kept at a time, half a megabyte: all steps of a short sequence in one product, but never more
 * than stays in a second-level cache, however long the sequence.
 */
const GATE_FLOATS = 1 << 17;

/**
 * How many rows of input products a run keeps at a time.
 *
 * @param rows of the whole sequence
 * @param batch the most rows of one step
 */
export function gateRowsAtOnce(rows: number, batch: number, gateRows: number): number {
  return Math.min(rows, Math.max(batch, Math.floor(GATE_FLOATS / gateRows)));
}

/**
 * One time step of a batch, in place. Every step of a layer, a stream or a graph comes through here.
 *
 * @param h address of f32[B × P], read and written
 * @param c address of f32[B × H], read and written; unused by a cell without c
 * @param x address of f32[B × I]
 * @param scratch address of one row of gates for each sequence, then `stepScratch` floats
 * @param q where int8 products quantise their rows
 */
export function stepCell(
  weights: CellWeights,
  h: number,
  c: number,
  x: number,
  scratch: number,
  q: QuantizedRows,
  batch: number,
): void {
  const { engine, wx, wh, wr, layout } = weights;
  const { kind, inputSize, hiddenSize, projSize } = layout.shape;
  engine.kernels.cellStep(h, c, x, wx, wh, wr, scratch, q, kind.cell, batch, inputSize, hiddenSize, projSize);
}

/** What runs the recurrence of a sequence: the kernels, or those of cells with other activations. */
export type SequenceKernel = Pick<Kernels, 'cellSequence'>;

/** One cell over all steps, as many at a time as the gates' memory holds. */
export function runCell(
  { engine, layout, wx, wh, wr }: CellWeights,
  workspace: SequenceWorkspace,
  { counts, steps, rows }: StepRows,
  at: SequencePlace,
  kernel: SequenceKernel = engine.kernels,
): void {
  const { kernels } = engine;
  const { kind, hiddenSize, projSize } = layout.shape;
  const { gateRows, inputStride } = layout;
  const { gates, scratch, q, gateCapacity } = workspace;
  const { reverse, outStride } = at;
  let row = reverse ? rows : 0;
  for (let done = 0; done < steps; ) {
    const begin = done;
    let taken = 0;
    for (; done < steps; done++) {
      const count = counts[reverse ? steps - 1 - done : done];
      if (taken > 0 && taken + count > gateCapacity) break;
      taken += count;
    }
    const first = reverse ? row - taken : row;
    const step = reverse ? steps - done : begin;
    const x = at.x + first * inputStride * 4;
    kernels.flushTiny(x, taken * inputStride);
    kernels.storedAffine(gates, wx, x, q, taken, gateRows, inputStride, gateRows, inputStride);
    kernel.cellSequence(
      at.out + first * outStride * 4,
      at.h,
      at.c,
      gates,
      wh,
      wr,
      scratch,
      q,
      workspace.counts + step * 4,
      kind.cell,
      done - begin,
      hiddenSize,
      projSize,
      outStride,
      reverse ? 1 : 0,
    );
    row = reverse ? first : first + taken;
  }
}
