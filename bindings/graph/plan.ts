import type { OuterPlace } from './control/inner-graph.js';
import { STORAGE, type ViewName } from './dtype.js';
import type { PlanSource } from './frame.js';
import type { TensorValue } from './graph.js';
import { graphKernels } from './kernels.js';
import { Memory } from './memory.js';
import type { Step } from './operator.js';
import type { PendingStep } from './plan-draft.js';
import { addressIn, type PlannedValue } from './planned-value.js';
import { type Outline, type OutlineRequest, outline } from './planner.js';
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

/** Continuations that each part of a plan keeps for what it read; of more, the one not used for longest is released. */
const MAX_NEXT = 8;

/** Parts that a whole plan keeps; beyond that all but the first are released before the next run. */
const MAX_PARTS = 2 ** 15;

/** A graph for one combination of input shapes, in wasm memory. */
export class Plan {
  /** The feeds that are read when it runs, by name. */
  readonly feeds: ReadonlyMap<string, Slot>;
  /** Their slots in the order of the graph's inputs, which is quicker to go through. */
  readonly fed: readonly Slot[];
  private readonly first: Part;
  private readonly count = { parts: 1 };

  /**
   * @throws as `outline`; {RangeError} if memory cannot hold the plan. Nothing stays taken
   */
  constructor(
    private readonly source: PlanSource,
    request: OutlineRequest,
  ) {
    const made = outline(source, request);
    this.first = new Part(source, made);
    this.feeds = new Map([...made.feeds].map(([name, value]) => [name, slotOf(value)]));
    this.fed = [...this.feeds.values()];
  }

  /** In the order of the graph's outputs, where they lie in the same place whatever is fed; `undefined` where they may not. */
  get outputs(): readonly Slot[] | undefined {
    return this.first.outputs;
  }

  /**
   * Computes the outputs from the feeds, which lie in their slots.
   *
   * @returns where the outputs lie, in their order
   * @throws {TypeError | RangeError} if what is computed on the way asks for a plan that cannot be made
   */
  run(): readonly Slot[] {
    let part = this.first;
    if (part.outputs) {
      part.run();
      return part.outputs;
    }
    if (this.count.parts > MAX_PARTS) this.count.parts = 1 + part.forget();
    for (;;) {
      part.run();
      if (part.outputs) return part.outputs;
      part = part.next(this.source, this.count);
    }
  }

  /** Gives its memory back. */
  release(): void {
    this.first.release();
  }
}

/** A list of steps over one slab: a whole plan, or what comes before and after something that must be read. */
class Part {
  /** `undefined` if another part comes after it. */
  readonly outputs: readonly Slot[] | undefined;
  private readonly weights: WeightStore;
  private readonly steps: readonly Step[];
  private readonly entries: readonly Slot[];
  private readonly ending: Outline['ending'];
  private readonly parts = new Map<string, Part>();

  constructor(source: PlanSource, made: Outline) {
    this.weights = new WeightStore(this, source.engine, source.memory, source.who);
    try {
      made.home.address = this.weights.reserve(made.slabBytes);
      this.steps = bindSteps(made.steps, source, this.weights);
      this.entries = made.entries.map(slotOf);
      this.ending = made.ending;
      if (made.ending.kind === 'outputs') this.outputs = made.ending.outputs.map(slotOf);
    } catch (error) {
      this.weights.release();
      throw error;
    }
  }

  run(): void {
    for (const step of this.steps) step();
  }

  /** The part that goes on from what this one has computed; made if there is none yet. */
  next(source: PlanSource, count: { parts: number }): Part {
    const { ending } = this;
    source.memory.refresh();
    if (ending.kind === 'value') {
      const known = readValue(ending.value, source.memory);
      return this.partFor(`${known.data.join()}`, () => new Part(source, ending.next(known)), count);
    }
    const arrived = (ending as Extract<typeof ending, { kind: 'late' }>).late.map((each) => each.late());
    const dims = arrived.map((each) => each.dims);
    const make = () => new Part(source, (ending as Extract<typeof ending, { kind: 'late' }>).next(dims));
    const part = this.partFor(dims.map((each) => each.join()).join(';'), make, count);
    source.memory.refresh();
    for (let i = 0; i < arrived.length; i++) {
      const { view, index } = part.entries[i];
      source.memory[view].set(arrived[i].data as never, index);
    }
    return part;
  }

  private partFor(key: string, make: () => Part, count: { parts: number }): Part {
    const { parts } = this;
    let part = parts.get(key);
    if (part) {
      if (parts.size > 1) {
        parts.delete(key);
        parts.set(key, part);
      }
      return part;
    }
    part = make();
    count.parts++;
    parts.set(key, part);
    if (parts.size > MAX_NEXT) {
      const [oldest] = parts;
      oldest[1].release();
      parts.delete(oldest[0]);
    }
    return part;
  }

  /** Releases what comes after it; returns 0, the parts that are left there. */
  forget(): number {
    for (const part of this.parts.values()) part.release();
    this.parts.clear();
    return 0;
  }

  release(): void {
    // Not by recursion: a loop that was unrolled is one part behind another, thousands of them.
    const all: Part[] = [this];
    for (let part = all.pop(); part; part = all.pop()) {
      all.push(...part.parts.values());
      part.parts.clear();
      part.weights.release();
    }
  }
}

function slotOf({ dtype, dims, constant, buffer }: PlannedValue): Slot {
  const { view } = STORAGE[dtype];
  const size = dims.reduce((a, b) => a * b, 1);
  return { dtype, dims, size, view, constant, index: buffer ? Memory.index(addressIn(buffer), view) : 0 };
}

function readValue(value: PlannedValue, memory: Memory): TensorValue {
  const { dtype, dims, size, view, index } = slotOf(value);
  return { dtype, dims, data: memory[view].slice(index, index + size) };
}

function bindSteps(steps: readonly PendingStep[], source: PlanSource, own: WeightStore): Step[] {
  const staging = new Staging(source.engine, source.memory, source.who);
  try {
    return steps.map((step) => bindStep(step, source, own, staging));
  } finally {
    staging.release();
  }
}

function bindStep(pending: PendingStep, source: PlanSource, own: WeightStore, staging: Staging): Step {
  const { engine, memory, weights, spectra } = source;
  const { prepared, inputs, outputs, scratch } = pending;
  const storeOf = (value: TensorValue | undefined) => (value === undefined || weights.owns(value) ? weights : own);
  const addressOf = (value: PlannedValue): number => {
    if (value.buffer) return addressIn(value.buffer);
    const constant = value.constant as TensorValue;
    return storeOf(constant).place(constant);
  };
  const bind = prepared.bind as NonNullable<typeof prepared.bind>;
  const place: OuterPlace = {
    memory,
    kernels: engine.kernels,
    byteDots: engine.byteDots,
    graphKernels: graphKernels(engine),
    spectraKernels: spectra && (() => spectra(engine)),
    input: (i) => addressOf(inputs[i] as PlannedValue),
    output: (i) => addressOf(outputs[i]),
    scratch: scratch ? addressIn(scratch) : 0,
    packed: (sources, form, floats, write) => {
      const store = sources.every((source) => storeOf(source) === weights) ? weights : own;
      return store.packed(sources, form, floats, write, staging);
    },
    inner: (steps, home, address) => {
      home.address = address;
      return steps.map((step) => bindStep(step, source, own, staging));
    },
  };
  return bind(place);
}
