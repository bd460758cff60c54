import { FLOAT32_ROWS } from '../../weights/quantized.js';
import { stepCell } from '../run.js';
import type { CellWeights } from '../weights.js';
import type { CellStep } from './step.js';

/** The step of a cell that a kernel computes as it is. */
export class KernelStep implements CellStep {
  constructor(private readonly weights: CellWeights) {}

  step(h: number, c: number, x: number, scratch: number, batch: number): void {
    stepCell(this.weights, h, c, x, scratch, FLOAT32_ROWS, batch);
  }
}
