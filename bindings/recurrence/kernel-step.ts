import type { RecurrentWeights } from '../layers/recurrent-weights.js';
import { recurrentScratch } from '../weights/cell-kind.js';
import type { CellStep } from './cell-step.js';

/** The step of a cell that a kernel computes as it is. */
export class KernelStep implements CellStep {
  constructor(private readonly weights: RecurrentWeights) {}

  scratchSize(batch: number): number {
    const { gateRows, shape } = this.weights;
    return batch * gateRows + recurrentScratch(shape.kind, batch, gateRows, shape.hiddenSize, 0);
  }

  step(h: number, c: number, x: number, scratch: number, batch: number): void {
    const { engine, shape, wx, wh } = this.weights;
    const { kind, inputSize, hiddenSize } = shape;
    engine.kernels.cellStep(h, c, x, wx, wh, 0, scratch, 0, kind.cell, batch, inputSize, hiddenSize, 0);
  }
}
