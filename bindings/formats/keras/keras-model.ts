import { disposeSymbol } from '../../dispose-symbol.js';
import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import {
  commonOperators,
  type FeedTensor,
  GraphModel,
  type GraphModelParts,
  type GraphTensor,
  type ValueInfo,
} from '../../graph/index.js';
import type { Engine } from '../../index.js';
import { describeValue, type Tensor } from '../../tensor.js';
import { buildGraph, type ModelSource } from './build-graph.js';
import { KERAS_DOMAIN } from './graph-builder.js';
import { KerasStream, type KerasStreamOptions } from './keras-stream.js';
import { COMMON_KIT } from './kit.js';
import { KERAS_OPERATORS } from './operators/index.js';
import type { CarriedState } from './state-pool.js';

/** The operators that graphs of Keras' layers are made of. */
const registry = ({ kit = COMMON_KIT }: ModelSource) => ({
  '': { ...commonOperators(), ...kit.operators },
  [KERAS_DOMAIN]: KERAS_OPERATORS,
});

/** A tensor for an input: floats for one of floats, and numbers of any kind for one of whole numbers. */
export interface KerasFeed {
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
  readonly dims: readonly number[];
}

/**
 * A Keras or TensorFlow.js model that runs. Owns wasm memory from its first run to `dispose()`.
 *
 * @example
 * ```ts
 * import { type KerasModel, loadKeras } from 'hiddenstate/keras';
 *
 * const model: KerasModel = await loadKeras('model.keras');
 * const [{ name }] = model.inputs;
 * const outputs = model.run({ [name]: { data: new Float32Array(5 * 3), dims: [1, 5, 3] } });
 * console.log(Object.values(outputs)[0].dims); // [ 1, 5 ]
 * model.dispose();
 * ```
 */
export class KerasModel {
  /** What it takes: names, types, and dims as far as the file declares them. */
  readonly inputs: readonly ValueInfo[];
  /** What it gives. */
  readonly outputs: readonly ValueInfo[];
  private readonly graph: GraphModel;
  private readonly states: readonly CarriedState[];
  private readonly carried = new Map<string, Tensor>();
  /** One step of the sequence, for streams, which share its weights; made when the first is opened. */
  private steps: { readonly model: GraphModel; readonly states: readonly CarriedState[] } | undefined;

  /** @internal */
  constructor(
    private readonly engine: Engine,
    private readonly source: ModelSource,
    private readonly maxBytes?: number,
    { graph, states } = buildGraph(source, false, 'loadKeras'),
    private readonly spectra?: GraphModelParts['spectra'],
  ) {
    this.graph = new GraphModel({
      engine,
      graph,
      registry: registry(source),
      repetitions: source.kit?.repetitions,
      spectra,
      reader: 'loadKeras',
      maxBytes,
    });
    this.states = states;
    const inner = new Set(states.flatMap(({ input, output }) => [input, output]));
    this.inputs = graph.inputs.filter(({ name }) => !inner.has(name));
    this.outputs = graph.outputs.filter(({ name }) => !inner.has(name));
  }

  /** Whether `dispose()` was called. */
  get disposed(): boolean {
    return this.graph.disposed;
  }

  /**
   * Computes the outputs. Stateful layers begin where the run before ended.
   *
   * @param feeds a tensor for every input, and none besides; they stay the caller's
   * @returns tensors of their own, by the names of the outputs
   * @throws {TypeError | RangeError} if a feed is missing, unknown or of the wrong type or dims, or a layer cannot take it
   * @throws {Error} after `dispose()`
   */
  run(feeds: Readonly<Record<string, KerasFeed>>): Record<string, GraphTensor> {
    const given = checkNames(feeds, this.inputs, 'Keras model.run');
    const batch = this.batchOf(given);
    const states = this.states.map(({ input, size }) => [input, this.stateFor(input, size, batch)]);
    const results = this.graph.run({ ...given, ...Object.fromEntries(states) });
    for (const { input, output } of this.states) {
      this.carried.set(input, results[output] as Tensor & GraphTensor);
      delete results[output];
    }
    return results;
  }

  /**
   * `run` for a model of one input and one output.
   *
   * @throws {RangeError} if it has more
   */
  predict(input: KerasFeed): Tensor {
    const { inputs, outputs } = this;
    if (inputs.length !== 1 || outputs.length !== 1) {
      throw rangeError(
        `Keras model.predict: got a model of ${inputs.length} inputs and ${outputs.length} outputs, expected one of each (use run)`,
      );
    }
    return this.run({ [inputs[0].name]: input })[outputs[0].name] as Tensor & GraphTensor;
  }

  /** Sets the states of stateful layers to zeros. */
  resetStates(): void {
    this.carried.clear();
  }

  /**
   * Opens a stream: one step of the sequence a call, the state of every recurrent layer kept between calls, whether the
   * file calls it stateful or not.
   *
   * @throws {Error} if a layer needs the whole sequence; it names the layer. After `dispose()`
   * @throws {RangeError} if the model has not one input and one output
   */
  stream(options: KerasStreamOptions = {}): KerasStream {
    if (this.disposed)
      throw new HiddenstateError('DISPOSED', 'Keras model.stream: got a disposed model, expected a live one');
    this.steps ??= this.makeSteps();
    return new KerasStream(this.steps.model, this.steps.states, options);
  }

  /** Gives the memory back. The model, and the streams opened on it, throw when used afterwards. */
  dispose(): void {
    this.carried.clear();
    this.steps?.model.dispose();
    this.graph.dispose();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private makeSteps() {
    const { graph, states } = buildGraph(this.source, true, 'Keras model.stream');
    return {
      states,
      model: new GraphModel({
        engine: this.engine,
        graph,
        registry: registry(this.source),
        repetitions: this.source.kit?.repetitions,
        spectra: this.spectra,
        reader: 'loadKeras',
        maxBytes: this.maxBytes,
      }),
    };
  }

  private batchOf(feeds: Readonly<Record<string, FeedTensor>>): number {
    const batch = feeds[this.inputs[0]?.name ?? '']?.dims?.[0];
    return Number.isSafeInteger(batch) && (batch as number) >= 0 ? (batch as number) : 1;
  }

  private stateFor(name: string, size: number, batch: number): Tensor {
    const state = this.carried.get(name) ?? { data: new Float32Array(batch * size), dims: [batch, size] };
    if (state.dims[0] === batch) return state;
    throw rangeError(
      `Keras model.run: got a batch of ${batch}, expected ${state.dims[0]} as in the run before, or resetStates() first`,
    );
  }
}

/** Feeds whose arrays are of the declared types. */
function checkNames(
  feeds: Readonly<Record<string, KerasFeed>>,
  inputs: readonly ValueInfo[],
  who: string,
): Record<string, FeedTensor> {
  if (typeof feeds !== 'object' || feeds === null) {
    throw typeError(`${who}: got feeds ${describeValue(feeds)}, expected { name: tensor }`);
  }
  const names = inputs.map(({ name }) => name);
  const unknown = Object.keys(feeds).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw typeError(`${who}: got feed ${describeValue(unknown)}, expected only ${names.join(', ')}`);
  }
  const entries = inputs.map(({ name, dtype }) => [
    name,
    Object.hasOwn(feeds, name) ? converted(feeds[name], dtype) : undefined,
  ]);
  return Object.fromEntries(entries);
}

/** Keras casts what it is fed to the type of the input; so do we, where the numbers stay what they are meant to be. */
export function converted(feed: KerasFeed, dtype: ValueInfo['dtype']): KerasFeed {
  const data: unknown = feed?.data;
  if (!ArrayBuffer.isView(data) || data instanceof DataView) return feed;
  const numbers = data as unknown as ArrayLike<number | bigint>;
  if (dtype === 'int32' && !(data instanceof Int32Array)) return { ...feed, data: Int32Array.from(numbers, Number) };
  const integers = Object.prototype.toString.call(data) !== '[object Float32Array]';
  return dtype === 'float32' && integers ? { ...feed, data: Float32Array.from(numbers, Number) } : feed;
}
