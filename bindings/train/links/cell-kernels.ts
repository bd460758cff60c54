import type { TrainKernels } from '../abi.js';

/** What both directions of a recorded run name alike: addresses, then counts, as assembly/learning/recurrence.ts says. */
interface RecordedRun {
  readonly gates: number;
  readonly hBefore: number;
  readonly cBefore: number;
  readonly kept: number;
  readonly scratch: number;
  readonly counts: number;
  readonly cell: number;
  readonly steps: number;
  readonly hiddenSize: number;
  readonly projSize: number;
  readonly outStride: number;
  readonly reverse: boolean;
}

/** A run that is recorded. */
export interface RecordCall extends RecordedRun {
  readonly out: number;
  readonly h: number;
  readonly c: number;
  readonly wh: number;
  readonly wr: number;
}

/** The way back through a recorded run. */
export interface BackwardCall extends RecordedRun {
  readonly recurrent: number;
  readonly dh: number;
  readonly dc: number;
  readonly dout: number;
  readonly whT: number;
  readonly wrT: number;
}

/** `cellRecord` by names: one call runs hundreds of steps, so the object costs nothing that can be measured. */
export function recordCell(kernels: TrainKernels, call: RecordCall): void {
  const { out, h, c, gates, hBefore, cBefore, kept, wh, wr, scratch, counts } = call;
  const { cell, steps, hiddenSize, projSize, outStride, reverse } = call;
  kernels.cellRecord(
    ...([out, h, c, gates, hBefore, cBefore, kept, wh, wr, scratch, counts] as const),
    ...([cell, steps, hiddenSize, projSize, outStride, reverse ? 1 : 0] as const),
  );
}

/** `cellBackward` by names. */
export function backwardCell(kernels: TrainKernels, call: BackwardCall): void {
  const { gates, recurrent, dh, dc, dout, hBefore, cBefore, kept, whT, wrT, scratch, counts } = call;
  const { cell, steps, hiddenSize, projSize, outStride, reverse } = call;
  kernels.cellBackward(
    ...([gates, recurrent, dh, dc, dout, hBefore, cBefore, kept, whT, wrT, scratch, counts] as const),
    ...([cell, steps, hiddenSize, projSize, outStride, reverse ? 1 : 0] as const),
  );
}
