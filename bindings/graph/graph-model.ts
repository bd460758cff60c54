import { disposeSymbol } from '../dispose-symbol.js';
import type { Engine } from '../engine/engine.js';
import { HiddenstateError, typeError } from '../errors.js';
import { assertOptions, assertSize } from '../options.js';
import { describeValue } from '../tensor.js';
import { checkFunctions } from './check-functions.js';
import { MAX_ITERATIONS } from './control/loop-step.js';
import { sizeOf } from './dims.js';
import { copyIn, copyOut, type Dtype, STORAGE } from './dtype.js';
import type { Graph, TensorValue, ValueInfo } from './graph.js';
import { GraphStream } from './graph-stream.js';
import { checkFeed, type Feeds, type FeedTensor, type GraphTensor } from './graph-tensor.js';
import { Memory } from './memory.js';
import { Plan, type Slot } from './plan.js';
import { PlanCache } from './plan-cache.js';
import type { PlanSource } from './plan-source.js';
import type { PlannedValue } from './planned-value.js';
import type { FeedSpec } from './planner.js';
import { checkGraph, type Registry } from './registry.js';
import { UnknownElements } from './site.js';
import type { GraphStreamOptions } from './stream-parts.js';
import { streamRoles } from './stream-roles.js';
import { WeightStore } from './weight-store.js';

/** Plans kept for the shapes that were run last. */
const MAX_PLANS = 8;

/** Integers of a feed that can be part of a plan, and other numbers: scales and regions of every axis. */
const MAX_SPECIALISED = 64;
const MAX_SPECIALISED_FLOATS = 16;

/** How the model itself was made: by which reader, of what, to run where. */
export interface GraphModelParts {
  readonly engine: Engine;
  readonly graph: Graph;
  readonly registry: Registry;
  /** The function that reads it, for messages: `loadOnnx`. */
  readonly reader: string;
  /** Bytes that a plan may take; what suits its feeds unless given. */
  readonly maxBytes?: number | undefined;
}

/** What a plan for a stream knows of its feeds: which keep their elements between runs, are known, or are states. */
interface StreamFeeds {
  readonly pinned: ReadonlySet<string>;
  readonly known: ReadonlySet<string>;
  /** The index of the output that is the next one. */
  readonly states: ReadonlyMap<string, number>;
}

/**
 * A graph that runs. It plans once for each combination of input shapes; a run of shapes seen before allocates nothing in
 * wasm memory. Owns wasm memory from the first run to `dispose()`.
 */
export class GraphModel {
  /** What it takes: names, types, and dims as far as they are declared. */
  readonly inputs: readonly ValueInfo[];
  /** What it gives. */
  readonly outputs: readonly ValueInfo[];
  private readonly source: PlanSource;
  private readonly plans = new PlanCache(MAX_PLANS);
  /** Feeds whose elements are part of a plan, because an operator needs them to plan at all. */
  private readonly specialised = new Set<string>();
  /** Plans of the streams that are open; held weakly, so that a stream nobody disposed can still be collected. */
  private readonly streamPlans = new Set<WeakRef<Plan>>();
  private alive = true;

  /**
   * @internal
   * @throws {Error} if a node's operator is not there, or the graph is no graph: cycles, names that nothing computes
   */
  constructor({ engine, graph, registry, reader, maxBytes }: GraphModelParts) {
    checkFunctions(graph, registry, reader);
    checkGraph(graph, registry, reader);
    const memory = new Memory(engine);
    const who = reader.replace(/^load|Sync$/g, '');
    const weights = new WeightStore(this, engine, memory, `${who} model`);
    this.source = {
      engine,
      memory,
      graph,
      registry,
      weights,
      budget: { iterations: MAX_ITERATIONS },
      who: `${who} model`,
      maxBytes,
    };
    this.inputs = graph.inputs;
    this.outputs = graph.outputs;
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
    this.assertAlive('run');
    const tensors = this.checkFeeds(feeds);
    const known = this.plans.get(this.keyOf(tensors));
    if (known) return this.runPlan(known, feeds);
    const plan = this.makePlan(tensors);
    // Not the key from above: what is part of it may have grown while the plan was made.
    const key = this.keyOf(tensors);
    this.plans.add(key, plan);
    try {
      return this.runPlan(plan, feeds);
    } catch (error) {
      this.plans.drop(key);
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
    const pinned = new Set<string>();
    const known = new Set<string>();
    for (let i = 0; i < inputs.length; i++) {
      const { name, dtype } = inputs[i];
      if (i !== x) pinned.add(name);
      if (fixed.has(name) && canSpecialise(feeds[i].data.length, dtype)) known.add(name);
    }
    const states = new Map<string, number>();
    for (const { input, output } of pairs) states.set(inputs[input].name, output);
    const plan = this.makePlan(feeds, { pinned, known, states });
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
    const names = this.inputs.map(({ name }) => name);
    for (const name of Object.keys(feeds)) {
      if (!names.includes(name)) {
        throw typeError(`${who}: got feed ${describeValue(name)}, expected only ${names.join(', ') || 'none'}`);
      }
    }
    return this.inputs.map((info) =>
      checkFeed(Object.hasOwn(feeds, info.name) ? feeds[info.name] : undefined, info, who),
    );
  }

  private runPlan(plan: Plan, feeds: Feeds): Record<string, GraphTensor> {
    this.source.memory.refresh();
    for (const [name, slot] of plan.feeds) this.write(slot, feeds[name]);
    this.source.budget.iterations = MAX_ITERATIONS;
    const outputs = plan.run();
    this.source.memory.refresh();
    return Object.fromEntries(this.outputs.map(({ name }, i) => [name, this.read(outputs[i])]));
  }

  /** What a plan is made for: the dims of all feeds, and the elements of some. */
  private keyOf(feeds: readonly FeedTensor[]): string {
    const parts = feeds.map(({ dims, data }, i) => {
      const isPart = this.specialised.has(this.inputs[i].name);
      return isPart ? `${dims.join()}=${Array.from(data as ArrayLike<number>).join()}` : dims.join();
    });
    return parts.join(';');
  }

  private makePlan(feeds: readonly FeedTensor[], stream?: StreamFeeds): Plan {
    try {
      for (;;) {
        try {
          const specs = this.specsOf(feeds, stream?.known ?? this.specialised);
          return new Plan(this.source, {
            feeds: specs,
            pinned: stream?.pinned,
            states: stream?.states ?? NO_STATES,
            specialises: (value) => !stream && this.isPartOfPlan(value, feeds),
          });
        } catch (error) {
          // All that a stream's plan may know of its feeds it knew from the beginning.
          if (!(error instanceof UnknownElements) || stream || !this.specialise(error.value.origins, feeds))
            throw error;
        }
      }
    } catch (error) {
      this.tidy();
      throw error;
    }
  }

  /** What was packed for a plan that failed, or for streams that are gone, is not kept for ones that may never come. */
  private tidy(): void {
    if (this.plans.size === 0 && this.streamPlans.size === 0) this.source.weights.release();
  }

  /** @param known names of the feeds whose elements are part of the plan */
  private specsOf(feeds: readonly FeedTensor[], known: ReadonlySet<string>): FeedSpec[] {
    const specs: FeedSpec[] = [];
    for (let i = 0; i < feeds.length; i++) {
      const { name, dtype = 'float32' } = this.inputs[i];
      const { dims, data } = feeds[i];
      if (!known.has(name)) specs.push({ name, dtype, dims });
      else {
        const values = STORAGE[dtype].make(data.length);
        copyIn(values, 0, data as never, dtype);
        specs.push({ name, dtype, dims, constant: { dtype, dims, data: values } });
      }
    }
    return specs;
  }

  /**
   * Whether the feeds that a value hangs on are better made part of the plan than the value read when the plan has come so far:
   * that is so where they are few integers, and no more than it has elements.
   */
  private isPartOfPlan(value: PlannedValue, feeds: readonly FeedTensor[]): boolean {
    let elements = 0;
    for (const name of value.origins) {
      const i = this.inputs.findIndex((input) => input.name === name);
      const { length } = feeds[i].data;
      if (this.specialised.has(name) || !canSpecialise(length, this.inputs[i].dtype)) return false;
      elements += length;
    }
    return value.origins.size > 0 && elements <= sizeOf(value.dims);
  }

  /** Makes feeds part of plans from now on; `false` if that is done already. */
  private specialise(names: ReadonlySet<string>, feeds: readonly FeedTensor[]): boolean {
    const before = this.specialised.size;
    for (const name of names) {
      const i = this.inputs.findIndex((input) => input.name === name);
      if (!canSpecialise(feeds[i].data.length, this.inputs[i].dtype)) return false;
    }
    for (const name of names) this.specialised.add(name);
    return this.specialised.size > before;
  }

  private write({ constant, dtype, view, index }: Slot, feed: FeedTensor): void {
    if (!constant) copyIn(this.source.memory[view], index, feed.data as never, dtype);
  }

  private read({ constant, dtype, dims, size, view, index }: Slot): GraphTensor {
    const from: TensorValue['data'] = constant ? constant.data : this.source.memory[view];
    return { type: dtype, data: copyOut(from, constant ? 0 : index, size, dtype), dims: [...dims] };
  }
}

const NO_STATES: ReadonlyMap<string, number> = new Map();

/** Whether a feed of so many elements can be part of a plan. */
function canSpecialise(count: number, dtype: Dtype = 'float32'): boolean {
  return count <= (STORAGE[dtype].integer ? MAX_SPECIALISED : MAX_SPECIALISED_FLOATS);
}
