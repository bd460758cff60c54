import { disposeSymbol } from '../../dispose-symbol.js';
import { rangeError } from '../../errors.js';
import type { Feeds, GraphModel, GraphStream, GraphTensor, ValueInfo } from '../../graph/index.js';
import { assertOptions, assertSize } from '../../options.js';
import type { LaneOptions, Streaming } from '../../streaming.js';
import { describeValue } from '../../tensor.js';
import type { CarriedState } from './state-pool.js';

/** Options of `stream`. */
export interface KerasStreamOptions {
  /** How many independent sequences advance together. Default 1. */
  batch?: number;
}

/** The states of a stream by name, f32[batch, units] each: `lstm/0/h/state`. */
export type KerasState = Readonly<Record<string, GraphTensor>>;

/**
 * A Keras model that advances one time step a call; the states of its recurrent layers stay in wasm memory between calls.
 *
 * @example
 * ```ts
 * import { type KerasStream, loadKeras } from 'hiddenstate/keras';
 *
 * const model = await loadKeras('model.keras');
 * const stream: KerasStream = model.stream();
 * const out = new Float32Array(stream.outputSize);
 * for (let t = 0; t < 5; t++) stream.step(new Float32Array(3), out);
 * stream.reset(); // a new sequence
 * ```
 */
export class KerasStream implements Streaming<KerasState> {
  /** Sequences that advance together. */
  readonly batch: number;
  /** Numbers of one input of one sequence. */
  readonly inputSize: number;
  /** Numbers of one output of one sequence. */
  readonly outputSize: number;
  private readonly stream: GraphStream;

  /**
   * @internal
   * @param model one step of the sequence, with its states as inputs and outputs
   */
  constructor(model: GraphModel, carried: readonly CarriedState[], options: KerasStreamOptions) {
    const who = 'Keras model.stream';
    assertOptions(options, ['batch'], who);
    const { batch = 1 } = options;
    assertSize(batch, `${who}: batch`);
    const inner = new Set(carried.flatMap(({ input, output }) => [input, output]));
    const inputs = model.inputs.filter(({ name }) => !inner.has(name));
    const outputs = model.outputs.filter(({ name }) => !inner.has(name));
    if (inputs.length !== 1 || outputs.length !== 1 || carried.length === 0) {
      throw rangeError(
        `${who}: got a model of ${inputs.length} inputs, ${outputs.length} outputs and ${carried.length} states, ` +
          'expected one input, one output and a recurrent layer',
      );
    }
    const dims = new Map(carried.map(({ input, size }) => [input, [batch, size]]));
    dims.set(inputs[0].name, stepDims(inputs[0], batch, who));
    const parts = {
      states: Object.fromEntries(carried.map(({ input, output }) => [input, output])),
      input: inputs[0].name,
      output: outputs[0].name,
      dims: Object.fromEntries(dims),
      batch,
    };
    this.stream = model.stream(parts, BATCH_AXIS);
    this.batch = batch;
    this.inputSize = this.stream.inputSize;
    this.outputSize = this.stream.outputSize;
  }

  /**
   * Advances by one step.
   *
   * @param x batch × inputSize numbers, one row after the other; copied
   * @param out where the batch × outputSize outputs go; a new array unless given. With it the call allocates nothing.
   * @returns `out`
   * @throws {TypeError} if x or out is not a Float32Array
   * @throws {RangeError} if x or out has another length; the state is unchanged
   * @throws {Error} after `dispose()` of the stream or its model
   */
  step(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array {
    return this.stream.step(x, out, options);
  }

  /**
   * Advances by as many steps as x holds, with the bits of as many calls of `step`.
   *
   * @param x T × batch × inputSize numbers, step after step; copied
   * @param out where the T × batch × outputSize outputs go; a new array unless given. With it the call allocates nothing.
   * @returns `out`
   * @throws as `step`
   */
  steps(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array {
    return this.stream.steps(x, out, options);
  }

  /**
   * Begins anew: all sequences, or one while the others go on.
   *
   * @param state where to begin; zeros unless given. Copied. With `lane`, a state as of a stream of one.
   * @throws {TypeError | RangeError} if the state does not fit, or there is no such lane; the old state is kept
   * @throws {Error} after `dispose()`
   */
  reset(state?: KerasState, options?: { lane?: number }): void {
    this.stream.reset(state as Feeds | undefined, options);
  }

  /** A copy of the states of all sequences, as `reset` takes them. */
  get state(): KerasState {
    return this.stream.state;
  }

  /**
   * Reads the states of one sequence of the batch.
   *
   * @returns copies, as a stream of one has them
   * @throws {TypeError | RangeError} if there is no such lane
   */
  stateOf(lane: number): KerasState {
    return this.stream.stateOf(lane);
  }

  /**
   * Gives one sequence the states of another, which keeps them.
   *
   * @param source a stream of the same model, this one included
   * @throws {TypeError | RangeError} if source is no stream of this model, or there is no such lane
   */
  copyLane(lane: number, source: KerasStream, sourceLane?: number): void {
    this.stream.copyLane(lane, source?.stream, sourceLane);
  }

  /** Gives its memory back; the model lives on. */
  dispose(): void {
    this.stream.dispose();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }
}

/** Keras' tensors have the batch first. */
const BATCH_AXIS = 0;

/** One step of an input [B, T] or [B, T, F …]. */
function stepDims({ dims, name }: ValueInfo, batch: number, who: string): number[] {
  const features = dims?.slice(2);
  if (dims && dims.length >= 2 && features?.every((dim) => typeof dim === 'number')) {
    return [batch, 1, ...(features as number[])];
  }
  throw rangeError(`${who}: input ${describeValue(name)}: got no declared features, expected [B, T] or [B, T, F]`);
}
