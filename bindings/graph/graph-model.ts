import { disposeSymbol } from '../dispose-symbol.js';
import type { Engine } from '../engine/engine.js';
import { HiddenstateError, typeError } from '../errors.js';
import { assertOptions, assertSize } from '../options.js';
import { describeValue } from '../tensor.js';
import { copyIn, copyOut } from './dtype.js';
import { canSpecialise, FeedPlans, type StreamFeeds } from './feed-plans.js';
import type { PlanSource } from './frame.js';
import type { Graph, TensorValue, ValueInfo } from './graph.js';
import { GraphStream } from './graph-stream.js';
import { checkFeed, type Feeds, type FeedTensor, type GraphTensor } from './graph-tensor.js';
import { MAX_ITERATIONS } from './iterations.js';
import { Memory } from './memory.js';
import type { Plan, Slot } from './plan.js';
import { checkGraph, type Registry } from './registry.js';
import type { GraphStreamOptions } from './stream-parts.js';
import { streamRoles } from './stream-roles.js';
import { WeightStore } from './weight-store.js';

/** How the model itself was made: by which reader, of what, to run where. */
export interface GraphModelParts {
  readonly engine: Engine;
  readonly graph: Graph;
  readonly registry: Registry;
  /** Makes the kernels of Fourier transforms, where a convolution may be one. */
  readonly spectra?: PlanSource['spectra'];
  /** Planners of loops, sequences and functions, where there may be some. */
  readonly repetitions?: PlanSource['repetitions'];
  /** The function that reads it, for messages: `loadOnnx`. */
  readonly reader: string;
  /** Bytes that a plan may take; what suits its feeds unless given. */
  readonly maxBytes?: number | undefined;
  readonly onStep?: PlanSource['onStep'];
}

/**
 * A graph that runs. It plans once for each combination of input shapes; a run of shapes seen before allocates nothing in
 * wasm memory. Owns wasm memory from the first run to `dispose()`.
 *
 * @example
 * ```ts
 * import { type GraphModel, loadOnnx } from 'hiddenstate/onnx';
 *
 * const model: GraphModel = await loadOnnx('model.onnx');
 * console.log(model.inputs.map(({ name }) => name)); // [ 'x' ]
 * const { y } = model.run({ x: { data: new Float32Array(6), dims: [1, 2, 3] } });
 * console.log(y.dims); // [ 1, 2, 3 ]
 * model.dispose();
 * ```
 */
export class GraphModel {
  /** What it takes: names, types, and dims as far as they are declared. */
  readonly inputs: readonly ValueInfo[];
  /** What it gives. */
  readonly outputs: readonly ValueInfo[];
  private readonly source: PlanSource;
  private readonly plans: FeedPlans;
  private readonly texts: Graph['texts'];
  /** Plans of the streams that are open; held weakly, so that a stream nobody disposed can still be collected. */
  private readonly streamPlans = new Set<WeakRef<Plan>>();
  private alive = true;

  /**
   * @internal
   * @throws {Error} if a node's operator is not there, or the graph is no graph: cycles, names that nothing computes
   */
  constructor({ engine, graph, registry, repetitions, spectra, reader, maxBytes, onStep }: GraphModelParts) {
    if (graph.functions && !repetitions) {
      throw new HiddenstateError('UNSUPPORTED', `${reader}: got a model with functions of its own, expected none`);
    }
    repetitions?.checkFunctions(graph, registry, reader);
    checkGraph(graph, registry, reader);
    const memory = new Memory(engine);
    const who = reader.replace(/^load|Sync$/g, '');
    const weights = new WeightStore(this, engine, memory, `${who} model`);
    this.source = {
      engine,
      memory,
      graph,
      registry,
      repetitions,
      spectra,
      weights,
      budget: { iterations: MAX_ITERATIONS },
      who: `${who} model`,
      maxBytes,
      onStep,
    };
    this.inputs = graph.inputs;
    this.outputs = graph.outputs;
    this.plans = new FeedPlans(this.source, graph.inputs);
    this.texts = graph.texts;
  }

  /** Whether `dispose()` was called. */
  get disposed(): boolean {
    return !this.alive;
  }

  /**
   * Computes the outputs.
   *
   * @param feeds a tensor for every input, and none besides; they stay the caller's
   * @returns tensors of their own, by the names of the outputs
   * @throws {TypeError | RangeError} if a feed is missing, unknown, or of the wrong type or dims, or an operator cannot take
   *   its shapes
   * @throws {Error} after `dispose()`
   */
  run(feeds: Feeds): Record<string, GraphTensor> {
    return this.runFor(feeds, undefined);
  }

  /**
   * Computes the outputs and copies out some of them.
   *
   * @internal
   * @param wanted names of outputs; all unless given
   * @throws as `run`
   */
  runFor(feeds: Feeds, wanted: ReadonlySet<string> | undefined): Record<string, GraphTensor> {
    this.assertAlive('run');
    const tensors = this.checkFeeds(feeds);
    try {
      return this.plans.run(tensors, (plan) => this.runPlan(plan, tensors, wanted));
    } catch (error) {
      this.tidy();
      throw error;
    }
  }

  /**
   * Opens a stream on a graph that is one step of a recurrence: its states stay in wasm memory, `step` takes and gives the rest.
   *
   * @param options which inputs and outputs are states, which are fixed, and the dims that the model leaves open
   * @param laneAxis the axis along which the lanes of all tensors lie, for readers that know it; found by its extent unless given
   * @throws {TypeError | RangeError} if an option does not fit, or leaves open what is what; nothing stays taken
   * @throws {Error} after `dispose()`
   */
  stream(options: GraphStreamOptions = {}, laneAxis = -1): GraphStream {
    const { source, inputs } = this;
    this.assertAlive('stream');
    const who = `${source.who}.stream`;
    assertOptions(options, ['states', 'input', 'output', 'feeds', 'dims', 'state', 'batch'], who);
    const { batch = 1 } = options;
    assertSize(batch, `${who}: batch`);
    const { pairs, x, y, feeds, fixed } = streamRoles(source.graph, options, who);
    const text = [...inputs, this.outputs[y]].find(({ dtype }) => dtype === 'string');
    if (text) throw typeError(`${who}: ${describeValue(text.name)}: got strings, expected numbers`);
    const pinned = new Set<string>();
    const known = new Set<string>();
    for (let i = 0; i < inputs.length; i++) {
      const { name, dtype } = inputs[i];
      if (i !== x) pinned.add(name);
      if (fixed.has(name) && canSpecialise(feeds[i].data.length, dtype)) known.add(name);
    }
    const states = new Map<string, number>();
    for (const { input, output } of pairs) states.set(inputs[input].name, output);
    const plan = this.planFor(feeds, { pinned, known, states });
    const open = new WeakRef(plan);
    this.streamPlans.add(open);
    const onDispose = () => {
      if (!this.streamPlans.delete(open)) return;
      plan.release();
      this.tidy();
    };
    try {
      source.memory.refresh();
      for (const name of fixed) this.write(plan.feeds.get(name) as Slot, options.feeds?.[name] as FeedTensor);
      return new GraphStream({
        who: source.who,
        memory: source.memory,
        kernels: source.engine.kernels,
        plan,
        pairs,
        inputs,
        x: plan.feeds.get(inputs[x].name) as Slot,
        y,
        declared: { x: inputs[x].dims, y: source.graph.outputs[y].dims },
        budget: source.budget,
        batch,
        laneAxis,
        state: options.state,
        assertAlive: (method) => this.assertAlive(method),
        onDispose,
      });
    } catch (error) {
      onDispose();
      throw error;
    }
  }

  /** Gives the memory back, that of its streams too. The model, and the streams opened on it, throw when used afterwards. */
  dispose(): void {
    this.alive = false;
    this.plans.clear();
    for (const plan of this.streamPlans) plan.deref()?.release();
    this.streamPlans.clear();
    this.source.weights.release();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private assertAlive(method: string): void {
    if (!this.alive)
      throw new HiddenstateError('DISPOSED', `${this.source.who}.${method}: got a disposed model, expected a live one`);
  }

  private checkFeeds(feeds: Feeds): FeedTensor[] {
    const who = `${this.source.who}.run`;
    if (typeof feeds !== 'object' || feeds === null) {
      throw typeError(`${who}: got feeds ${describeValue(feeds)}, expected { name: tensor }`);
    }
    const tensors: FeedTensor[] = [];
    let found = 0;
    for (let i = 0; i < this.inputs.length; i++) {
      const info = this.inputs[i];
      const isGiven = Object.hasOwn(feeds, info.name);
      if (isGiven) found++;
      else this.assertNoOthers(feeds, who);
      tensors.push(checkFeed(isGiven ? feeds[info.name] : undefined, info, who));
    }
    if (Object.keys(feeds).length !== found) this.assertNoOthers(feeds, who);
    return tensors;
  }

  private assertNoOthers(feeds: Feeds, who: string): void {
    const other = Object.keys(feeds).find((name) => !this.inputs.some((input) => input.name === name));
    if (other === undefined) return;
    const names = this.inputs.map(({ name }) => name).join(', ') || 'none';
    throw typeError(`${who}: got feed ${describeValue(other)}, expected only ${names}`);
  }

  private runPlan(
    plan: Plan,
    feeds: readonly FeedTensor[],
    wanted: ReadonlySet<string> | undefined,
  ): Record<string, GraphTensor> {
    const { memory, budget } = this.source;
    memory.refresh();
    this.texts?.forgetFed();
    for (let i = 0; i < plan.fed.length; i++) this.write(plan.fed[i], feeds[i]);
    budget.iterations = MAX_ITERATIONS;
    const slots = plan.run();
    memory.refresh();
    const results: Record<string, GraphTensor> = {};
    for (let i = 0; i < slots.length; i++) {
      const { name } = this.outputs[i];
      if (!wanted || wanted.has(name)) setOwn(results, name, this.read(slots[i]));
    }
    return results;
  }

  private planFor(feeds: readonly FeedTensor[], stream: StreamFeeds): Plan {
    try {
      return this.plans.make(feeds, stream);
    } catch (error) {
      this.tidy();
      throw error;
    }
  }

  /** What was packed for a plan that failed, or for streams that are gone, is not kept for ones that may never come. */
  private tidy(): void {
    if (this.plans.size === 0 && this.streamPlans.size === 0) this.source.weights.release();
  }

  private write({ constant, dtype, view, index }: Slot, feed: FeedTensor): void {
    if (constant) return;
    const values = this.source.memory[view];
    if (!this.texts || dtype !== 'string') copyIn(values, index, feed.data as never, dtype);
    else for (let i = 0; i < feed.data.length; i++) values[index + i] = this.texts.feed(feed.data[i] as string);
  }

  private read({ constant, dtype, dims, size, view, index }: Slot): GraphTensor {
    const from: TensorValue['data'] = constant ? constant.data : this.source.memory[view];
    const { texts } = this;
    const start = constant ? 0 : index;
    const data =
      texts && dtype === 'string'
        ? Array.from({ length: size }, (_, i) => texts.at(from[start + i]))
        : copyOut(from, start, size, dtype);
    return { type: dtype, data, dims: [...dims] };
  }
}

/** Sets a property of the object's own, whatever the file calls it. */
function setOwn<T>(target: Record<string, T>, name: string, value: T): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}
