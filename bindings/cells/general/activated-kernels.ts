import type { Kernels } from '../../engine/abi.js';
import type { SequenceKernel } from '../run.js';
import type { CellWeights } from '../weights.js';
import type { CellStep } from './step.js';

/** Kernels of cells with activations of any kind, as the graph module has them. */
export interface ActivatedCells {
  // biome-ignore format: one line for pointers, one for counts, as in assembly/
  activatedStep(
    h: number, c: number, x: number, wx: number, wh: number, scratch: number, activations: number,
    cell: number, batch: number, inputSize: number, hiddenSize: number,
  ): void;
  // biome-ignore format: as above
  activatedSequence(
    out: number, h: number, c: number, gates: number, wh: number, scratch: number, activations: number, counts: number,
    cell: number, steps: number, hiddenSize: number, outStride: number, reverse: number,
  ): void;
}

/** A cell whose activations lie in memory, as `activationRecords` writes them. */
export class ActivatedKernel implements CellStep, SequenceKernel {
  /** Address of the records; to be set before each run. */
  activations = 0;

  constructor(
    private readonly weights: CellWeights,
    private readonly kernels: ActivatedCells,
  ) {}

  step(h: number, c: number, x: number, scratch: number, batch: number): void {
    const { wx, wh, layout } = this.weights;
    const { kind, inputSize, hiddenSize } = layout.shape;
    const { activations } = this;
    this.kernels.activatedStep(h, c, x, wx, wh, scratch, activations, kind.cell, batch, inputSize, hiddenSize);
  }

  readonly cellSequence: Kernels['cellSequence'] = (
    out,
    h,
    c,
    gates,
    wh,
    _wr,
    scratch,
    _q,
    counts,
    cell,
    steps,
    hiddenSize,
    _projSize,
    outStride,
    reverse,
  ) => {
    const { activations } = this;
    this.kernels.activatedSequence(
      out,
      h,
      c,
      gates,
      wh,
      scratch,
      activations,
      counts,
      cell,
      steps,
      hiddenSize,
      outStride,
      reverse,
    );
  };
}
