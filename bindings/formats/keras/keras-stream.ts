import { disposeSymbol } from '../../dispose-symbol.js';
import type { FeedTensor, GraphModel, GraphTensor, ValueInfo } from '../../graph/index.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue, isFloat32Array } from '../../tensor.js';
import type { CarriedState } from './state-pool.js';

/** Options of `stream`. */
export interface KerasStreamOptions {
  /** How many independent sequences advance together. Default 1. */
  batch?: number;
}

/** A Keras model that advances one time step a call and keeps the states of its recurrent layers between calls. */
export class KerasStream {
  /** Sequences that advance together. */
  readonly batch: number;
  private readonly input: ValueInfo;
  private readonly output: ValueInfo;
  /** Dims of one step: [B, 1] for numbers of tokens, [B, 1, F] for features. */
  private readonly dims: readonly number[];
  private states: Record<string, FeedTensor> = {};

  /** @internal Takes the model over. */
  constructor(
    private readonly model: GraphModel,
    private readonly carried: readonly CarriedState[],
    options: KerasStreamOptions,
  ) {
    const who = 'Keras model.stream';
    assertOptions(options, ['batch'], who);
    const { batch = 1 } = options;
    assertSize(batch, `${who}: batch`);
    const inner = new Set(carried.flatMap(({ input, output }) => [input, output]));
    const inputs = model.inputs.filter(({ name }) => !inner.has(name));
    const outputs = model.outputs.filter(({ name }) => !inner.has(name));
    if (inputs.length !== 1 || outputs.length !== 1 || carried.length === 0) {
      throw new RangeError(
        `${who}: got a model of ${inputs.length} inputs, ${outputs.length} outputs and ${carried.length} states, ` +
          'expected one input, one output and a recurrent layer',
      );
    }
    this.batch = batch;
    [this.input] = inputs;
    [this.output] = outputs;
    this.dims = stepDims(this.input, batch, who);
    this.reset();
  }

  /** Numbers of one input: batch × features. */
  get inputSize(): number {
    return this.dims.reduce((product, dim) => product * dim, 1) / this.batch;
  }

  /**
   * Advances by one step.
   *
   * @param x batch × inputSize numbers, one row after the other; copied
   * @param out where the outputs go; a new array unless given
   * @returns `out`
   * @throws {TypeError} if x or out is not a Float32Array
   * @throws {RangeError} if x or out has another length; the state is unchanged
   * @throws {Error} after `dispose()`
   */
  step(x: Float32Array, out?: Float32Array): Float32Array {
    const who = 'Keras model.stream.step';
    const { batch, inputSize, input, output, model } = this;
    if (!isFloat32Array(x)) throw new TypeError(`${who}: x: got ${describeValue(x)}, expected a Float32Array`);
    if (x.length !== batch * inputSize) {
      throw new RangeError(`${who}: x: got ${x.length} numbers, expected ${batch * inputSize}`);
    }
    const data = input.dtype === 'int32' ? Int32Array.from(x) : x;
    const results = model.run({ ...this.states, [input.name]: { data, dims: this.dims } });
    const result = results[output.name].data as Float32Array;
    if (out && (!isFloat32Array(out) || out.length !== result.length)) {
      throw new RangeError(`${who}: out: got ${describeValue(out)}, expected Float32Array(${result.length})`);
    }
    this.keep(results);
    if (!out) return result;
    out.set(result);
    return out;
  }

  /** Begins anew, with states of zeros. */
  reset(): void {
    const { batch } = this;
    this.states = Object.fromEntries(
      this.carried.map(({ input, size }) => [input, { data: new Float32Array(batch * size), dims: [batch, size] }]),
    );
  }

  /** Gives its memory back. */
  dispose(): void {
    this.model.dispose();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private keep(results: Readonly<Record<string, GraphTensor>>): void {
    for (const { input, output } of this.carried) this.states[input] = results[output] as FeedTensor;
  }
}

/** One step of an input [B, T] or [B, T, F …]. */
function stepDims({ dims, name }: ValueInfo, batch: number, who: string): number[] {
  const features = dims?.slice(2);
  if (dims && dims.length >= 2 && features?.every((dim) => typeof dim === 'number'))
    return [batch, 1, ...(features as number[])];
  throw new RangeError(`${who}: input ${describeValue(name)}: got no declared features, expected [B, T] or [B, T, F]`);
}
