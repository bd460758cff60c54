import { rangeError } from '../errors.js';
import { assertBoolean, assertOptions, assertSeed, assertSize } from '../options.js';
import { seededUniform } from '../random.js';
import { assertTensor, formatDims, type Tensor } from '../tensor.js';
import type { Parameter } from '../weights/state-dict.js';
import { type ForwardOptions, Module, type ModuleConfig, type ModuleOptions, type ModuleResult } from './module.js';
import { packSteps } from './packed-sequence.js';
import { PoolStage } from './pool-stage.js';
import { refuseState } from './row-module.js';
import { openStream, type Stream, type StreamOptions } from './stream.js';

/** Options of every pool. */
export interface PoolOptions extends ModuleOptions {
  /** Whether batches are [B, T, F] instead of [T, B, F]: as the recurrent layer before it. Default false. */
  batchFirst?: boolean;
}

/** Where the rows of one sequence begin in an array, its valid steps in order. */
export type RowPlaces = ArrayLike<number>;

/**
 * What makes one row of a sequence of rows, to be followed by a Linear that tells classes apart. Steps past the length of a
 * sequence do not count.
 */
export abstract class Pool extends Module {
  abstract override readonly inputSize: number;
  abstract override readonly outputSize: number;
  readonly batchFirst: boolean;
  abstract override readonly config: ModuleConfig;
  /** @internal */
  readonly parameters: readonly Parameter[] = [];

  /** @internal */
  constructor({ batchFirst = false, ...options }: PoolOptions, type: string) {
    assertBoolean(batchFirst, `${type}: batchFirst`);
    super(options, type);
    this.batchFirst = batchFirst;
  }

  /**
   * Pools whole sequences.
   *
   * @param input [T, B, F], [B, T, F] with `batchFirst`, or one sequence [T, F]; stays the caller's
   * @param options `lengths`: valid steps of each sequence
   * @returns [B, F], or [F]; a tensor of its own
   * @throws {TypeError | RangeError} if an argument does not fit
   * @throws {Error} after `dispose()`
   */
  forward(input: Tensor, options: { lengths?: ArrayLike<number> } = {}): Tensor {
    const who = `${this.type}.forward`;
    this.assertAlive('forward');
    assertTensor(input, `${who}: input`);
    assertOptions(options, ['lengths'], who);
    const { dims, data } = input;
    const batched = dims.length === 3;
    const width = dims.at(-1) ?? 0;
    const [steps, batch] = batched ? (this.batchFirst ? [dims[1], dims[0]] : dims) : [dims[0], 1];
    if (
      dims.length < 2 ||
      dims.length > 3 ||
      !steps ||
      !batch ||
      !width ||
      (this.inputSize && width !== this.inputSize)
    ) {
      const layout = this.batchFirst ? 'B, T' : 'T, B';
      throw rangeError(
        `${who}: input: got dims ${formatDims(dims)}, expected [${layout}, ${this.inputSize || 'F'}] or [T, ${this.inputSize || 'F'}], none of them 0`,
      );
    }
    const { lengths } = options;
    if (lengths !== undefined) packSteps(steps, batch, lengths, who);
    const out = new Float32Array(batch * width);
    for (let b = 0; b < batch; b++) {
      const count = lengths ? lengths[b] : steps;
      const places = Int32Array.from({ length: count }, (_, t) =>
        batched && this.batchFirst ? (b * steps + t) * width : (t * batch + b) * width,
      );
      this.poolRows(data, places, width, out, b * width);
    }
    return { data: out, dims: batched ? [batch, width] : [width] };
  }

  /** Opens a stream: each step gives the pool of all steps so far. */
  stream(options: StreamOptions<unknown> = {}): Stream<unknown> {
    return openStream(this, options);
  }

  /** @internal */
  override run(input: Tensor, { state, lengths }: ForwardOptions<unknown> = {}): ModuleResult {
    refuseState(state, `${this.type}.forward`);
    return { output: this.forward(input, { ...(lengths && { lengths }) }) };
  }

  /** @internal */
  override openStage(batch: number, width: number): PoolStage {
    return new PoolStage(this, batch, width);
  }

  /** @internal Pools the rows of one sequence. */
  abstract poolRows(x: Float32Array, places: RowPlaces, width: number, out: Float32Array, to: number): void;

  /**
   * Takes the gradient of one pooled row back to the rows of its sequence, which it writes.
   *
   * @param weight where the gradient of the pool's weight is added, if it has one
   * @internal
   */
  abstract backRows(
    x: Float32Array,
    places: RowPlaces,
    width: number,
    d: Float32Array,
    from: number,
    dx: (step: number) => number,
    weight: number,
  ): void;

  /**
   * Takes one more row in.
   *
   * @param value what is pooled so far, `width` floats from `at` on
   * @param weights two numbers from `2·lane` on: what the value stands for; 0 at the beginning
   * @internal
   */
  abstract advanceRow(
    x: Float32Array,
    from: number,
    width: number,
    value: Float32Array,
    at: number,
    weights: Float32Array,
    lane: number,
  ): void;
}

/** Options of `LastStep`. */
export interface LastStepOptions extends PoolOptions {
  /**
   * Whether the rows are those of a bidirectional layer: the second half is then taken from the first step, where its
   * direction ends. Default false.
   */
  bidirectional?: boolean;
}

/** The last valid step of each sequence: what a recurrent layer ends with. */
export class LastStep extends Pool {
  readonly inputSize = 0;
  readonly outputSize = 0;
  readonly bidirectional: boolean;
  override readonly config: ModuleConfig;

  /** @throws {TypeError} if an option has the wrong kind */
  constructor(options: LastStepOptions = {}) {
    assertOptions(options, ['batchFirst', 'bidirectional', 'engine'], 'LastStep');
    const { bidirectional = false, ...rest } = options;
    assertBoolean(bidirectional, 'LastStep: bidirectional');
    super(rest, 'LastStep');
    this.bidirectional = bidirectional;
    this.config = { type: 'LastStep', batchFirst: this.batchFirst, bidirectional };
  }

  /** @internal */
  override poolRows(x: Float32Array, places: RowPlaces, width: number, out: Float32Array, to: number): void {
    for (let i = 0; i < width; i++) out[to + i] = x[places[this.stepOf(i, width, places.length)] + i];
  }

  /** @internal */
  override backRows(
    _x: Float32Array,
    places: RowPlaces,
    width: number,
    d: Float32Array,
    from: number,
    dx: (step: number) => number,
  ): void {
    for (let t = 0; t < places.length; t++) d.fill(0, dx(t), dx(t) + width);
    for (let i = 0; i < width; i++) d[dx(this.stepOf(i, width, places.length)) + i] = d[from + i];
  }

  /** @internal */
  override advanceRow(x: Float32Array, from: number, width: number, value: Float32Array, at: number): void {
    for (let i = 0; i < width; i++) value[at + i] = x[from + i];
  }

  /** @internal */
  override openStage(batch: number, width: number): PoolStage {
    if (this.bidirectional) {
      throw rangeError('LastStep.stream: got a bidirectional one, expected one direction: the other begins at the end');
    }
    return super.openStage(batch, width);
  }

  private stepOf(i: number, width: number, steps: number): number {
    return this.bidirectional && 2 * i >= width ? 0 : steps - 1;
  }
}

/** The mean of the valid steps of each sequence. */
export class MeanPool extends Pool {
  readonly inputSize = 0;
  readonly outputSize = 0;
  override readonly config: ModuleConfig;

  /** @throws {TypeError} if an option has the wrong kind */
  constructor(options: PoolOptions = {}) {
    assertOptions(options, ['batchFirst', 'engine'], 'MeanPool');
    super(options, 'MeanPool');
    this.config = { type: 'MeanPool', batchFirst: this.batchFirst };
  }

  /** @internal */
  override poolRows(x: Float32Array, places: RowPlaces, width: number, out: Float32Array, to: number): void {
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let t = 0; t < places.length; t++) sum += x[places[t] + i];
      out[to + i] = sum / places.length;
    }
  }

  /** @internal */
  override backRows(
    _x: Float32Array,
    places: RowPlaces,
    width: number,
    d: Float32Array,
    from: number,
    dx: (step: number) => number,
  ): void {
    for (let t = 0; t < places.length; t++) {
      for (let i = 0; i < width; i++) d[dx(t) + i] = d[from + i] / places.length;
    }
  }

  /** @internal */
  override advanceRow(
    x: Float32Array,
    from: number,
    width: number,
    value: Float32Array,
    at: number,
    weights: Float32Array,
    lane: number,
  ): void {
    const count = ++weights[2 * lane];
    for (let i = 0; i < width; i++) value[at + i] += (x[from + i] - value[at + i]) / count;
  }
}

/** The greatest value of each feature over the valid steps; its gradient goes to the first step that has it. */
export class MaxPool extends Pool {
  readonly inputSize = 0;
  readonly outputSize = 0;
  override readonly config: ModuleConfig;

  /** @throws {TypeError} if an option has the wrong kind */
  constructor(options: PoolOptions = {}) {
    assertOptions(options, ['batchFirst', 'engine'], 'MaxPool');
    super(options, 'MaxPool');
    this.config = { type: 'MaxPool', batchFirst: this.batchFirst };
  }

  /** @internal */
  override poolRows(x: Float32Array, places: RowPlaces, width: number, out: Float32Array, to: number): void {
    for (let i = 0; i < width; i++) out[to + i] = x[places[firstGreatest(x, places, i)] + i];
  }

  /** @internal */
  override backRows(
    x: Float32Array,
    places: RowPlaces,
    width: number,
    d: Float32Array,
    from: number,
    dx: (step: number) => number,
  ): void {
    for (let t = 0; t < places.length; t++) d.fill(0, dx(t), dx(t) + width);
    for (let i = 0; i < width; i++) d[dx(firstGreatest(x, places, i)) + i] = d[from + i];
  }

  /** @internal */
  override advanceRow(
    x: Float32Array,
    from: number,
    width: number,
    value: Float32Array,
    at: number,
    weights: Float32Array,
    lane: number,
  ): void {
    const isFirst = weights[2 * lane]++ === 0;
    for (let i = 0; i < width; i++) value[at + i] = isFirst ? x[from + i] : Math.max(value[at + i], x[from + i]);
  }
}

function firstGreatest(x: Float32Array, places: RowPlaces, i: number): number {
  let best = 0;
  // A NaN stays the greatest, as in PyTorch: it must not vanish.
  for (let t = 1; t < places.length; t++) {
    const [value, most] = [x[places[t] + i], x[places[best] + i]];
    if (value > most || (Number.isNaN(value) && !Number.isNaN(most))) best = t;
  }
  return best;
}

/** Options of `AttentionPool`. */
export interface AttentionPoolOptions extends PoolOptions {
  /** F: features of a row. */
  inputSize: number;
  /** Seed of the initial weight, uniform in ±1/√F; a fresh one unless given. `null` leaves it zero: a mean. */
  seed?: number | null;
}

/**
 * The weighted mean of the valid steps, each weighted by softmax over time of w·x: the model learns where to look. One weight
 * vector, `weight` [1, F], as a torch.nn.Linear(F, 1) without bias.
 */
export class AttentionPool extends Pool {
  readonly inputSize: number;
  override readonly config: ModuleConfig;
  /** @internal */
  override readonly parameters: readonly Parameter[];
  private readonly weight: Float32Array;

  /** @throws {TypeError | RangeError} if an option has the wrong kind or value */
  constructor(options: AttentionPoolOptions) {
    assertOptions(options, ['inputSize', 'batchFirst', 'seed', 'engine'], 'AttentionPool');
    const { inputSize, seed = Math.random() * 2 ** 32, ...rest } = options;
    assertSize(inputSize, 'AttentionPool: inputSize');
    assertSeed(seed, 'AttentionPool: seed');
    super(rest, 'AttentionPool');
    this.inputSize = inputSize;
    this.config = { type: 'AttentionPool', inputSize, batchFirst: this.batchFirst };
    this.weight = new Float32Array(inputSize);
    const dims = [1, inputSize];
    this.parameters = this.guarded([
      {
        name: 'weight',
        dims,
        read: () => this.weight.slice(),
        write: (data) => this.weight.set(data),
      },
    ]);
    if (seed !== null) this.weight.set(seededUniform(seed)(dims, 1 / Math.sqrt(inputSize)));
  }

  get outputSize(): number {
    return this.inputSize;
  }

  /** @internal */
  override poolRows(x: Float32Array, places: RowPlaces, width: number, out: Float32Array, to: number): void {
    const shares = this.shares(x, places, width);
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let t = 0; t < places.length; t++) sum += shares[t] * x[places[t] + i];
      out[to + i] = sum;
    }
  }

  /** @internal */
  override backRows(
    x: Float32Array,
    places: RowPlaces,
    width: number,
    d: Float32Array,
    from: number,
    dx: (step: number) => number,
    weight: number,
  ): void {
    const shares = this.shares(x, places, width);
    const dot = (t: number) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += d[from + i] * x[places[t] + i];
      return sum;
    };
    const dots = Float64Array.from(shares, (_, t) => dot(t));
    const mean = dots.reduce((sum, value, t) => sum + shares[t] * value, 0);
    for (let t = 0; t < places.length; t++) {
      const score = shares[t] * (dots[t] - mean);
      for (let i = 0; i < width; i++) {
        d[weight + i] += score * x[places[t] + i];
        d[dx(t) + i] = shares[t] * d[from + i] + score * this.weight[i];
      }
    }
  }

  /** @internal The softmax of a growing sequence: its greatest score and the sum of its terms are kept. */
  override advanceRow(
    x: Float32Array,
    from: number,
    width: number,
    value: Float32Array,
    at: number,
    weights: Float32Array,
    lane: number,
  ): void {
    let score = 0;
    for (let i = 0; i < width; i++) score += this.weight[i] * x[from + i];
    const before = weights[2 * lane + 1];
    const most = before === 0 ? score : Math.max(weights[2 * lane], score);
    const kept = before === 0 ? 0 : before * Math.exp(weights[2 * lane] - most);
    const own = Math.exp(score - most);
    const share = own / (kept + own);
    for (let i = 0; i < width; i++) value[at + i] += share * (x[from + i] - value[at + i]);
    weights[2 * lane] = most;
    weights[2 * lane + 1] = kept + own;
  }

  private shares(x: Float32Array, places: RowPlaces, width: number): Float64Array {
    const scores = Float64Array.from({ length: places.length }, (_, t) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += this.weight[i] * x[places[t] + i];
      return sum;
    });
    const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const terms = scores.map((score) => Math.exp(score - most));
    const total = terms.reduce((a, b) => a + b, 0);
    return terms.map((term) => term / total);
  }
}
