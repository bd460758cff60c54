import { rangeError } from '../errors.js';
import { assertBoolean, assertOptions } from '../options.js';
import type { ModuleConfig } from './module.js';
import { Pool, type PoolOptions, type RowPlaces } from './pool.js';
import type { PoolStage } from './pool-stage.js';

/** Options of `LastStep`. */
export interface LastStepOptions extends PoolOptions {
  /**
   * Whether the rows are those of a bidirectional layer: the second half is then taken from the first step, where its
   * direction ends. Default false.
   */
  bidirectional?: boolean;
}

/**
 * The last valid step of each sequence: what a recurrent layer ends with.
 *
 * @example
 * ```ts
 * import { GRU, LastStep, Linear, Sequential } from 'hiddenstate';
 *
 * const head = [new LastStep(), new Linear({ inFeatures: 8, outFeatures: 3 })];
 * const model = new Sequential([new GRU({ inputSize: 4, hiddenSize: 8 }), ...head]);
 * const input = { data: new Float32Array(40), dims: [5, 2, 4] };
 * const { output } = model.forward(input, { lengths: [5, 3] }); // the second sequence has three steps
 * console.log(output.dims); // [ 2, 3 ]
 * ```
 */
export class LastStep extends Pool {
  readonly inputSize = 0;
  readonly outputSize = 0;
  /** Whether the second half of a row comes from the first step. */
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

/**
 * The mean of the valid steps of each sequence.
 *
 * @example
 * ```ts
 * import { MeanPool } from 'hiddenstate';
 *
 * const input = { data: Float32Array.of(1, 10, 3, 30), dims: [2, 2, 1] }; // two steps of two sequences
 * const { data } = new MeanPool().forward(input, { lengths: [2, 1] });
 * console.log(data.join(' ')); // 2 10
 * ```
 */
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

/**
 * The greatest value of each feature over the valid steps; its gradient goes to the first step that has it.
 *
 * @example
 * ```ts
 * import { MaxPool } from 'hiddenstate';
 *
 * const { data } = new MaxPool().forward({ data: Float32Array.of(1, 30, 3, 10), dims: [2, 2] });
 * console.log(data.join(' ')); // 3 30
 * ```
 */
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
