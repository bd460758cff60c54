import { padToLanes } from '../engine/abi.js';
import { gateRowsAtOnce } from '../layers/forward.js';
import type { RecurrentWeights } from '../layers/recurrent-weights.js';
import { recurrentScratch } from '../weights/cell-kind.js';

/** What a run over so many steps and sequences keeps in its workspace: offsets in bytes, and what they were made for. */
export interface CellLayout {
  readonly steps: number;
  readonly batch: number;
  /** Rows of x padded to whole vectors, step by step. */
  readonly x: number;
  /** Rows of h of every step, for the sequence kernel. */
  readonly outputs: number;
  /** The running state, and what it was before a step that not every sequence takes. */
  readonly h: number;
  readonly c: number;
  readonly keptH: number;
  readonly keptC: number;
  readonly counts: number;
  readonly gates: number;
  readonly scratch: number;
  readonly gateCapacity: number;
  readonly bytes: number;
  /** One count for each step, all `batch`. */
  readonly stepCounts: Int32Array;
}

/**
 * Lays a workspace out.
 *
 * @param cell whether it has a cell state, and whether a kernel computes all of it
 * @param stepScratch floats that a single step needs
 */
export function cellLayout(
  { hasCellState, fast }: { readonly hasCellState: boolean; readonly fast: boolean },
  weights: RecurrentWeights,
  stepScratch: number,
  steps: number,
  batch: number,
): CellLayout {
  const { gateRows, inputStride, shape } = weights;
  const hidden = padToLanes(shape.hiddenSize);
  const rows = steps * batch;
  const gateCapacity = fast ? gateRowsAtOnce(rows, batch, gateRows) : 0;
  let bytes = 0;
  const take = (floats: number): number => {
    const at = bytes;
    bytes += padToLanes(floats) * 4;
    return at;
  };
  const x = take(rows * inputStride);
  const outputs = take(fast ? rows * hidden : 0);
  const h = take(batch * hidden);
  const c = take(hasCellState ? batch * hidden : 0);
  const keptH = take(batch * hidden);
  const keptC = take(hasCellState ? batch * hidden : 0);
  const counts = take(steps);
  const gates = take(Math.max(gateCapacity * gateRows, stepScratch));
  const scratch = take(fast ? recurrentScratch(shape.kind, batch, gateRows, shape.hiddenSize, 0) : 0);
  const stepCounts = new Int32Array(steps).fill(batch);
  return { steps, batch, x, outputs, h, c, keptH, keptC, counts, gates, scratch, gateCapacity, bytes, stepCounts };
}
