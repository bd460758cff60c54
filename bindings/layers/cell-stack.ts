import { quantizedScratch } from '../cells/layout.js';
import type { CellWeights } from '../cells/weights.js';
import type { Engine } from '../engine/engine.js';
import type { WeightFormat } from '../weights/quantized.js';
import type { StateShape } from './state.js';
import type { Workspace } from './workspace.js';

/** What a run and a stream need of a recurrent layer: its cells, layer after layer, and the memory they work in. */
export interface CellStack {
  readonly engine: Engine;
  readonly type: string;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly numLayers: number;
  readonly directions: number;
  readonly weights: WeightFormat;
  readonly cells: readonly CellWeights[];
  readonly workspace: Workspace;
  readonly disposed: boolean;
  assertAlive(method: string): void;
  /** How the states of a batch lie in memory. */
  stateShape(batch: number): StateShape;
}

/** Floats of workspace for the quantised rows of any of a stack's products; 0 for float32. */
export function stackQuantized({ cells }: CellStack, inputs: number, batch: number): number {
  // Cells above the first layer are all alike, and so are those of the first.
  return Math.max(
    quantizedScratch(cells[0].layout, inputs, batch),
    quantizedScratch(cells[cells.length - 1].layout, inputs, batch),
  );
}
