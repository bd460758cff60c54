import type { CellLayout } from '../layout.js';
import type { CellWeights } from '../weights.js';
import type { ActivatedCells, ActivatedKernel } from './activated-kernels.js';
import type { CellDescription } from './description.js';
import type { CellStep } from './step.js';

/**
 * What computes cells that none of the core's kernels does. Handed to a layout, not imported by it: nearly every model has usual
 * cells, and loads without.
 */
export interface UnusualCells {
  /** Parameters of the cell's activations for the kernels that are told them; `undefined` where no kernel computes the cell. */
  activationRecords(cell: CellDescription): Float32Array | undefined;
  /** The kernel that reads these records. */
  activated(weights: CellWeights, kernels: ActivatedCells): ActivatedKernel;
  /** Floats that one step of a composed cell needs. */
  composedScratch(layout: CellLayout, batch: number): number;
  /** The step of any cell. */
  composed(weights: CellWeights, cell: CellDescription): CellStep;
}
