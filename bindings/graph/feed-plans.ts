import { sizeOf } from './dims.js';
import { copyIn, type Dtype, STORAGE } from './dtype.js';
import type { PlanSource } from './frame.js';
import type { ValueInfo } from './graph.js';
import type { FeedTensor } from './graph-tensor.js';
import { Plan } from './plan.js';
import { PlanCache } from './plan-cache.js';
import type { PlannedValue } from './planned-value.js';
import type { FeedSpec } from './planner.js';
import { UnknownElements } from './site.js';

/** Plans kept for the shapes that were run last. */
const MAX_PLANS = 8;

/** Integers of a feed that can be part of a plan, and other numbers: scales and regions of every axis. */
const MAX_SPECIALISED = 64;
const MAX_SPECIALISED_FLOATS = 16;

/** What a plan for a stream knows of its feeds: which keep their elements between runs, are known, or are states. */
export interface StreamFeeds {
  readonly pinned: ReadonlySet<string>;
  readonly known: ReadonlySet<string>;
  /** The index of the output that is the next one. */
  readonly states: ReadonlyMap<string, number>;
}

/** Makes a model's plans, one for each combination of dims, and keeps the last ones. */
export class FeedPlans {
  private readonly plans = new PlanCache(MAX_PLANS);
  /** Feeds whose elements are part of a plan, because an operator needs them to plan at all. */
  private readonly specialised = new Set<string>();
  /** The plan of the last run, with the dims of its feeds: a loop that runs the same dims needs no key. */
  private last: { readonly plan: Plan; readonly dims: readonly (readonly number[])[] } | undefined;

  constructor(
    private readonly source: PlanSource,
    private readonly inputs: readonly ValueInfo[],
  ) {}

  /** How many plans are kept. */
  get size(): number {
    return this.plans.size;
  }

  /**
   * Runs the plan for such feeds; where there is none, it is made, and kept if it runs.
   *
   * @throws as `Plan` and `run`; nothing of a new plan stays taken
   */
  run<Result>(feeds: readonly FeedTensor[], run: (plan: Plan) => Result): Result {
    for (;;) {
      const known = this.known(feeds);
      const plan = known ?? this.add(feeds);
      try {
        const result = run(plan);
        if (plan !== this.last?.plan) this.last = { plan, dims: dimsOf(feeds) };
        return result;
      } catch (error) {
        // What came before a value that was read may need feeds that are better part of the plan from its beginning.
        const isPart = error instanceof UnknownElements;
        if (!known || isPart) this.plans.drop(this.keyOf(feeds));
        this.last = undefined;
        if (!isPart || !this.specialise(error.value.origins, feeds)) throw error;
      }
    }
  }

  private known(feeds: readonly FeedTensor[]): Plan | undefined {
    const { last } = this;
    if (last && this.specialised.size === 0 && haveDims(feeds, last.dims)) return last.plan;
    this.last = undefined;
    return this.plans.get(this.keyOf(feeds));
  }

  private add(feeds: readonly FeedTensor[]): Plan {
    const plan = this.make(feeds);
    // Not the key from before: what is part of it may have grown while the plan was made.
    this.plans.add(this.keyOf(feeds), plan);
    return plan;
  }

  /** Makes a plan that nobody keeps. */
  make(feeds: readonly FeedTensor[], stream?: StreamFeeds): Plan {
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
        // Feeds whose elements a stream's plan may use were fixed when the stream was made.
        if (!(error instanceof UnknownElements) || stream || !this.specialise(error.value.origins, feeds)) throw error;
      }
    }
  }

  /** Releases all plans that are kept. */
  clear(): void {
    this.last = undefined;
    this.plans.clear();
  }

  /** What a plan is made for: the dims of all feeds, and the elements of some. */
  private keyOf(feeds: readonly FeedTensor[]): string {
    const parts = feeds.map(({ dims, data }, i) => {
      const isPart = this.specialised.has(this.inputs[i].name);
      return isPart ? `${dims.join()}=${Array.from(data as ArrayLike<number>).join()}` : dims.join();
    });
    return parts.join(';');
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
}

function dimsOf(feeds: readonly FeedTensor[]): readonly (readonly number[])[] {
  return feeds.map(({ dims }) => [...dims]);
}

function haveDims(feeds: readonly FeedTensor[], expected: readonly (readonly number[])[]): boolean {
  for (let i = 0; i < feeds.length; i++) {
    const { dims } = feeds[i];
    const wanted = expected[i];
    if (dims.length !== wanted.length) return false;
    for (let d = 0; d < dims.length; d++) if (dims[d] !== wanted[d]) return false;
  }
  return true;
}

const NO_STATES: ReadonlyMap<string, number> = new Map();

/** Whether a feed of so many elements can be part of a plan. */
export function canSpecialise(count: number, dtype: Dtype = 'float32'): boolean {
  if (dtype === 'string') return false;
  return count <= (STORAGE[dtype].integer ? MAX_SPECIALISED : MAX_SPECIALISED_FLOATS);
}
