import { rangeError } from '../../errors.js';
import { sizeOf } from '../dims.js';
import { STORAGE, type Values } from '../dtype.js';
import { MAX_ITERATIONS } from '../iterations.js';
import { Memory } from '../memory.js';
import type { Late, Output, Place, Prepared, Step } from '../operator.js';
import type { PlannedValue } from '../planned-value.js';
import { addressOf, copyStep, type InnerGraph, type OuterPlace } from './inner-graph.js';

/** A value that goes from one iteration to the next: where it begins, where the body reads it, where the body leaves it. */
export interface Carried {
  readonly initial: PlannedValue;
  readonly feed: PlannedValue;
  readonly next: PlannedValue;
}

/** A tensor of which each iteration reads, or writes, what stands at one place of an axis. */
export interface Along {
  readonly whole: PlannedValue | undefined;
  readonly item: PlannedValue;
  readonly axis: number;
  readonly backwards: boolean;
}

/** A loop whose iterations all have the same shapes. */
export interface LoopParts {
  readonly who: string;
  readonly body: InnerGraph;
  /** How many iterations; absent where that is computed. */
  readonly trips: number | undefined;
  /** The most of them, and whether to begin at all, where they are computed. */
  readonly most: PlannedValue | undefined;
  readonly condition: PlannedValue | undefined;
  /** Whether to go on, where it is not known that each iteration says so. */
  readonly again: PlannedValue | undefined;
  /** Where the body reads the iteration's number. */
  readonly number: PlannedValue | undefined;
  readonly carried: readonly Carried[];
  readonly read: readonly Along[];
  readonly written: readonly Along[];
  /** Iterations that are left to the run. */
  readonly budget: { iterations: number };
  /** Bytes that results of unknown size may take. */
  readonly mostBytes: number;
}

/** What a loop step reads, in the order in which `loopStep` expects its inputs. */
export function loopInputs({ most, condition, carried, read, body }: LoopParts): (PlannedValue | undefined)[] {
  return [
    most,
    condition,
    ...carried.map(({ initial }) => initial),
    ...read.map(({ whole }) => whole),
    ...body.captured,
  ];
}

/** The loop as one step: the values carried at its end, then what it wrote along axes. */
export function loopStep(parts: LoopParts): Prepared {
  const { trips, carried, written, body, mostBytes, who } = parts;
  const piles = trips === undefined ? written.map(({ item }) => new Pile(item, mostBytes, who)) : [];
  const outputs: Output[] = carried.map(({ feed: { dtype, dims } }) => ({ dtype, dims }));
  for (let i = 0; i < written.length; i++) outputs.push(piles[i] ?? wholeOf(written[i], trips as number));
  return { outputs, scratch: body.bytes / 4, bind: (place) => bindLoop(place as OuterPlace, parts, piles) };
}

function wholeOf({ item: { dtype, dims }, axis }: Along, trips: number) {
  return { dtype, dims: [...dims.slice(0, axis), trips, ...dims.slice(axis)] };
}

function bindLoop(place: OuterPlace, parts: LoopParts, piles: readonly Pile[]): Step {
  const { body, trips, most, condition, again, number, carried, read, written, budget, who } = parts;
  const { memory } = place;
  const steps = place.inner(body.steps, body.home, place.scratch);
  const begin: Step[] = [];
  const end: Step[] = [];
  const advance: Step[] = [];
  for (let i = 0; i < carried.length; i++) {
    const { feed, next } = carried[i];
    const bytes = bytesOf(feed);
    begin.push(copyStep(place, addressOf(feed), place.input(2 + i), bytes));
    advance.push(copyStep(place, addressOf(feed), addressOf(next), bytes));
    end.push(copyStep(place, place.output(i), addressOf(feed), bytes));
  }
  const take = read.map((along, i) => sliding(place, along, place.input(2 + carried.length + i), true));
  const put = piles.length
    ? piles.map((pile) => pile.bound(place))
    : written.map((along, i) => sliding(place, along, place.output(carried.length + i), false, trips));
  const mostAt = most ? Memory.index(place.input(0), 'f64') : 0;
  const conditionAt = condition ? place.input(1) : 0;
  const againAt = again ? addressOf(again) : 0;
  const numberAt = number ? Memory.index(addressOf(number), 'f64') : 0;
  return () => {
    for (const step of begin) step();
    for (const pile of piles) pile.clear();
    const last = trips ?? (most ? memory.f64[mostAt] : Number.POSITIVE_INFINITY);
    let goes = !condition || memory.u8[conditionAt] !== 0;
    for (let i = 0; goes && i < last; i++) {
      if (--budget.iterations < 0) throw tooLong(who);
      if (number) memory.f64[numberAt] = i;
      for (const move of take) move(i);
      for (const step of steps) step();
      for (const move of put) move(i);
      if (again) goes = memory.u8[againAt] !== 0;
      for (const step of advance) step();
    }
    for (const step of end) step();
  };
}

/** The error of a loop that does not end, or that is too long. */
export function tooLong(who: string): RangeError {
  return rangeError(
    `${who}: got more than ${MAX_ITERATIONS} iterations in one run, expected fewer: a trip count, or a condition that becomes false`,
  );
}

/** Copies an iteration's item from its place along an axis, or to it. */
function sliding(
  { memory }: Place,
  { whole, item, axis, backwards }: Along,
  address: number,
  reads: boolean,
  trips = 0,
): (i: number) => void {
  const count = whole ? whole.dims[axis] : trips;
  const block = sizeOf(item.dims.slice(axis)) * STORAGE[item.dtype].bytes;
  const blocks = sizeOf(item.dims.slice(0, axis));
  const at = addressOf(item);
  return (i) => {
    const { u8 } = memory;
    let outer = address + (backwards ? count - 1 - i : i) * block;
    for (let k = 0, inner = at; k < blocks; k++, outer += count * block, inner += block) {
      if (reads) u8.copyWithin(inner, outer, outer + block);
      else u8.copyWithin(outer, inner, inner + block);
    }
  };
}

function bytesOf({ dtype, dims }: PlannedValue): number {
  return sizeOf(dims) * STORAGE[dtype].bytes;
}

/** Items of iterations whose number is computed: they pile up in an array. */
class Pile implements Late {
  readonly dtype: Late['dtype'];
  private data: Values;
  private count = 0;

  constructor(
    private readonly item: PlannedValue,
    private readonly mostBytes: number,
    private readonly who: string,
  ) {
    this.dtype = item.dtype;
    this.data = STORAGE[item.dtype].make(0);
  }

  late() {
    const { dims } = this.item;
    return { dims: [this.count, ...dims], data: this.data.subarray(0, this.count * sizeOf(dims)) };
  }

  clear(): void {
    this.count = 0;
  }

  /** Adds the item as it stands in memory. */
  bound({ memory }: Place): () => void {
    const size = sizeOf(this.item.dims);
    const { view, bytes, make } = STORAGE[this.dtype];
    const at = Memory.index(addressOf(this.item), view);
    return () => {
      const end = (this.count + 1) * size;
      if (end > this.data.length) {
        const room = Math.max(2 * this.data.length, end);
        if (end * bytes > this.mostBytes) {
          throw rangeError(
            `${this.who}: got results of more than ${this.mostBytes} bytes, expected fewer iterations or smaller results`,
          );
        }
        const grown = make(room);
        grown.set(this.data as never);
        this.data = grown;
      }
      this.data.set(memory[view].subarray(at, at + size) as never, end - size);
      this.count++;
    };
  }
}
