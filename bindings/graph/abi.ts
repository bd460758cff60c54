/** What `combine` does with two elements: the mirror of assembly/tensors/elements.ts. */
export const Pair = {
  ADD: 0,
  SUB: 1,
  MUL: 2,
  DIV: 3,
  SQUARE: 4,
  MIN: 5,
  MAX: 6,
  PRELU: 7,
} as const;

/** One of the values of `Pair`. */
export type Pair = (typeof Pair)[keyof typeof Pair];

/** The exports of the graph module: the mirror of assembly/graph.ts, where each is documented. A test compares the two. */
export interface GraphKernels {
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
  // biome-ignore format: one line for pointers, one for counts, one for numbers, as in assembly/
  copyBlock(
    to: number, from: number,
    toRow: number, toCol: number, fromRow: number, fromCol: number, rows: number, cols: number,
  ): void;
  // biome-ignore format: as above
  convolve(
    out: number, x: number, w: number, bias: number, offsets: number, tile: number,
    groups: number, filters: number, taps: number, rows: number, width: number,
    outFilter: number, outRow: number, xGroup: number, xRow: number,
  ): void;
  combine(out: number, a: number, b: number, pair: Pair, aStep: number, bStep: number, size: number): void;
  // biome-ignore format: as above
  normalize(
    out: number, x: number, scale: number, bias: number, means: number, inverses: number,
    rows: number, runs: number, run: number, channels: number, each: number, centers: number, epsilon: number,
  ): void;
  scaleRuns(out: number, x: number, scale: number, bias: number, count: number, run: number, channels: number): void;
  sqrtMap(out: number, x: number, size: number): void;
  // biome-ignore format: as above
  slide(
    out: number, x: number, taps: number,
    count: number, kernel: number, stride: number, dilation: number,
    start: number,
  ): void;
  // biome-ignore format: one line for pointers, one for counts, as in assembly/
  winogradInput(
    to: number, x: number,
    channels: number, extent: number, before: number, tiles: number, matrix: number, toStep: number, xStep: number,
  ): void;
  // biome-ignore format: as above
  winogradOutput(
    out: number, m: number, bias: number,
    filters: number, count: number, tiles: number, matrix: number, step: number, outStep: number,
  ): void;
}
