import { rangeError } from '../errors.js';
import { assertBoolean, assertOptions } from '../options.js';
import { assertTensor, formatDims, type Tensor } from '../tensor.js';
import type { Parameter } from '../weights/state-dict.js';
import { type ForwardOptions, Module, type ModuleConfig, type ModuleOptions, type ModuleResult } from './module.js';
import { openStream } from './open-stream.js';
import { packSteps } from './packed-sequence.js';
import { PoolStage } from './pool-stage.js';
import { refuseState } from './row-module.js';
import type { Stream, StreamOptions } from './stream.js';

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
 *
 * @example
 * ```ts
 * import { LastStep, MaxPool, MeanPool, type Pool } from 'hiddenstate';
 *
 * const rows = { data: Float32Array.of(1, 5, 3), dims: [3, 1] }; // three steps of one feature
 * const pools: Pool[] = [new LastStep(), new MeanPool(), new MaxPool()];
 * console.log(pools.map((pool) => pool.forward(rows).data[0])); // [ 3, 3, 5 ]
 * ```
 */
export abstract class Pool extends Module {
  abstract override readonly inputSize: number;
  abstract override readonly outputSize: number;
  /** Whether batches are [B, T, F]. */
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

  /**
   * Opens a stream: each step gives the pool of all steps so far.
   *
   * @throws {TypeError | RangeError} if an option does not fit, or the pool begins at the end: a bidirectional `LastStep`
   * @throws {Error} after `dispose()`
   */
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
