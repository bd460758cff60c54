import { STORAGE, type ViewName } from './dtype.js';
import type { TensorValue } from './graph.js';
import { graphKernels } from './kernels.js';
import { Memory } from './memory.js';
import type { Step } from './operator.js';
import type { PendingStep } from './plan-draft.js';
import type { PlannedValue } from './planned-value.js';
import { type FeedSpec, outline, type PlanSource } from './planner.js';
import { Staging } from './staging.js';
import { WeightStore } from './weight-store.js';

/** A tensor of a plan at its place in wasm memory; a constant has none. */
export interface Slot {
  readonly dtype: PlannedValue['dtype'];
  readonly dims: readonly number[];
  readonly size: number;
  readonly view: ViewName;
  /** The first element in the view. */
  readonly index: number;
  readonly constant: TensorValue | undefined;
}

/** A graph for one combination of input shapes, in wasm memory: a list of steps over one slab. */
export class Plan {
  /** The feeds that are read when it runs, by name. */
  readonly feeds: ReadonlyMap<string, Slot>;
  /** In the order of the graph's outputs. */
  readonly outputs: readonly Slot[];
  private readonly weights: WeightStore;
  private readonly steps: readonly Step[];

  /**
   * @param specs every input of the graph
   * @param pinned for a stream: feeds that keep their elements while the plan runs
   * @param states of these, the ones that an output may be written over, which it is by its index
   * @throws as `outline`; {RangeError} if memory cannot hold the plan. Nothing stays taken
   */
  constructor(
    source: PlanSource,
    specs: readonly FeedSpec[],
    pinned?: ReadonlySet<string>,
    states: ReadonlyMap<string, number> = new Map(),
  ) {
    const made = outline(source, specs, pinned, states);
    this.weights = new WeightStore(this, source.engine, source.memory, source.who);
    try {
      const slab = this.weights.reserve(made.slabBytes);
      this.steps = bindSteps(made.steps, slab, source, this.weights);
      this.feeds = new Map([...made.feeds].map(([name, value]) => [name, slotOf(value, slab)]));
      this.outputs = made.outputs.map((value) => slotOf(value, slab));
    } catch (error) {
      this.weights.release();
      throw error;
    }
  }

  /** Computes the outputs from the feeds, all in their slots. */
  run(): void {
    for (const step of this.steps) step();
  }

  /** Gives its memory back. */
  release(): void {
    this.weights.release();
  }
}

function slotOf({ dtype, dims, constant, buffer }: PlannedValue, slab: number): Slot {
  const { view } = STORAGE[dtype];
  const size = dims.reduce((a, b) => a * b, 1);
  return { dtype, dims, size, view, constant, index: buffer ? Memory.index(slab + buffer.offset, view) : 0 };
}

function bindSteps(steps: readonly PendingStep[], slab: number, source: PlanSource, own: WeightStore): Step[] {
  const staging = new Staging(source.engine, source.memory, source.who);
  try {
    return steps.map((step) => bindStep(step, slab, source, own, staging));
  } finally {
    staging.release();
  }
}

function bindStep(
  pending: PendingStep,
  slab: number,
  { engine, memory, weights }: PlanSource,
  own: WeightStore,
  staging: Staging,
): Step {
  const { prepared, inputs, outputs, scratch } = pending;
  const storeOf = (value: TensorValue | undefined) => (value === undefined || weights.owns(value) ? weights : own);
  const addressOf = (value: PlannedValue): number => {
    if (value.buffer) return slab + value.buffer.offset;
    const constant = value.constant as TensorValue;
    return storeOf(constant).place(constant);
  };
  const bind = prepared.bind as NonNullable<typeof prepared.bind>;
  return bind({
    memory,
    kernels: engine.kernels,
    byteDots: engine.byteDots,
    graphKernels: graphKernels(engine),
    input: (i) => addressOf(inputs[i] as PlannedValue),
    output: (i) => addressOf(outputs[i]),
    scratch: scratch ? slab + scratch.offset : 0,
    packed: (sources, form, floats, write) => {
      const store = sources.every((source) => storeOf(source) === weights) ? weights : own;
      return store.packed(sources, form, floats, write, staging);
    },
  });
}
