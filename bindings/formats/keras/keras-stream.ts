import { disposeSymbol } from '../../dispose-symbol.js';
import { rangeError } from '../../errors.js';
import type { GraphModel, GraphStream, ValueInfo } from '../../graph/index.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import type { CarriedState } from './state-pool.js';

/** Options of `stream`. */
export interface KerasStreamOptions {
  /** How many independent sequences advance together. Default 1. */
  batch?: number;
}

/** A Keras model that advances one time step a call; the states of its recurrent layers stay in wasm memory between calls. */
export class KerasStream {
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
    this.stream = model.stream({
      states: Object.fromEntries(carried.map(({ input, output }) => [input, output])),
      input: inputs[0].name,
      output: outputs[0].name,
      dims: Object.fromEntries(dims),
    });
    this.batch = batch;
    this.inputSize = this.stream.inputSize / batch;
    this.outputSize = this.stream.outputSize / batch;
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
  step(x: Float32Array, out?: Float32Array): Float32Array {
    return this.stream.step(x, out);
  }

  /** Begins anew, with states of zeros. */
  reset(): void {
    this.stream.reset();
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

/** One step of an input [B, T] or [B, T, F …]. */
function stepDims({ dims, name }: ValueInfo, batch: number, who: string): number[] {
  const features = dims?.slice(2);
  if (dims && dims.length >= 2 && features?.every((dim) => typeof dim === 'number')) {
    return [batch, 1, ...(features as number[])];
  }
  throw rangeError(`${who}: input ${describeValue(name)}: got no declared features, expected [B, T] or [B, T, F]`);
}
