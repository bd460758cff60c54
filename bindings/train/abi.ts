/** The exports of a train module: the mirror of assembly/train.ts, where each is documented. A test compares the two. */
export interface TrainKernels {
  isRelaxed(): number;
  // biome-ignore format: one line for pointers, one for counts, one for numbers, as in assembly/
  cellRecord(
    out: number, h: number, c: number, gates: number, hBefore: number, cBefore: number, kept: number,
    wh: number, wr: number, scratch: number, counts: number,
    cell: number, steps: number, hiddenSize: number, projSize: number, outStride: number, reverse: number,
  ): void;
  // biome-ignore format: as above
  cellBackward(
    gates: number, recurrent: number, dh: number, dc: number, dout: number, hBefore: number, cBefore: number, kept: number,
    whT: number, wrT: number, scratch: number, counts: number,
    cell: number, steps: number, hiddenSize: number, projSize: number, outStride: number, reverse: number,
  ): void;
  reluSlope(d: number, y: number, size: number): void;
  sigmoidSlope(d: number, y: number, size: number): void;
  tanhSlope(d: number, y: number, size: number): void;
  dropout(out: number, x: number, size: number, seed: number, threshold: number, scale: number): void;
  // biome-ignore format: as above
  gatherRows(
    out: number, table: number, indices: number,
    count: number, padded: number, outStride: number,
  ): void;
  scatterAddRows(out: number, x: number, indices: number, count: number, width: number, xStride: number): void;
  // biome-ignore format: as above
  accumulate(
    out: number, w: number, x: number,
    batch: number, rows: number, cols: number, outStride: number, xStride: number,
  ): void;
  // biome-ignore format: as above
  packTransposed(
    out: number, x: number,
    first: number, count: number, total: number, width: number, xStride: number,
  ): void;
  transpose(out: number, x: number, count: number, width: number, outStride: number, xStride: number): void;
  addTransposed(out: number, x: number, rows: number, cols: number, outStride: number, xStride: number): void;
  addColumnSums(out: number, x: number, count: number, width: number, xStride: number): void;
  addVector(out: number, x: number, size: number): void;
  // biome-ignore format: as above
  sgdStep(
    w: number, m: number, g: number,
    size: number, nesterov: number,
    rate: number, weightDecay: number, momentum: number, share: number,
  ): void;
  // biome-ignore format: as above
  adamStep(
    w: number, m: number, v: number, g: number,
    size: number,
    keep: number, weightDecay: number, meanShare: number, varianceKeep: number, varianceShare: number,
    rate: number, correction: number, epsilon: number,
  ): void;
  softmaxLoss(x: number, figures: number, base: number, rows: number, width: number): void;
  sumOfSquares(out: number, x: number, size: number): void;
  scale(x: number, size: number, factor: number): void;
  clamp(x: number, size: number, limit: number): void;
}
