import { disposeSymbol } from '../dispose-symbol.js';
import { HiddenstateError, rangeError, typeError } from '../errors.js';
import { assertOptions } from '../options.js';
import { describeValue, formatDims, isFloat32Array } from '../tensor.js';
import { copyIn, copyOut, type Values } from './dtype.js';
import type { ValueInfo } from './graph.js';
import { checkFeed, type Feeds, type FeedTensor, type GraphTensor } from './graph-tensor.js';
import type { Memory } from './memory.js';
import type { Plan, Slot } from './plan.js';
import type { StatePair } from './stream-states.js';

/** Options of a model's `stream`. */
export interface GraphStreamOptions {
  /**
   * The input of each state and the output that holds the next one: `{ h: 'hn' }`. Found by name unless given: an input and an
   * output of one type and rank whose names differ as `state` and `stateN`, `h` and `hn` or `h_n`, `h0` and `hn`, `h_in` and
   * `h_out`, `h` and `h.1` do.
   */
  states?: Readonly<Record<string, string>>;
  /** The input that `step` takes; the only one that is neither a state nor fixed unless given. */
  input?: string;
  /** The output that `step` gives; the first that is no state unless given. */
  output?: string;
  /** Other inputs, the same for every step: `{ sr: { data: BigInt64Array.of(16000n), dims: [] } }`. */
  feeds?: Feeds;
  /** Dims of inputs whose declared dims leave something open: `{ input: [1, 512] }`. What is open is 1 unless given. */
  dims?: Readonly<Record<string, readonly number[]>>;
  /** Where the states begin, by the names of their inputs; zeros unless given. Copied. */
  state?: Feeds;
}

/** What the model makes for a stream: a plan of its own, and what in it is what. */
export interface GraphStreamParts {
  readonly who: string;
  readonly memory: Memory;
  readonly plan: Plan;
  readonly pairs: readonly StatePair[];
  readonly inputs: readonly ValueInfo[];
  readonly x: Slot;
  readonly y: Slot;
  /** Where it begins; zeros unless given. */
  readonly state: Feeds | undefined;
  /** @throws {Error} if the model was disposed */
  readonly assertAlive: (method: string) => void;
  /** Called once, when the stream is disposed. */
  readonly onDispose: () => void;
}

/**
 * A model that is one step of a recurrence, its states kept in wasm memory between calls. Has a plan of its own and shares the
 * model's weights.
 */
export class GraphStream {
  /** Elements of one input. */
  readonly inputSize: number;
  /** Elements of one output. */
  readonly outputSize: number;
  private readonly moves: readonly StateMove[];
  private alive = true;
  private output: Float32Array | undefined;
  private memoryOfOutput: Float32Array | undefined;

  /** @internal */
  constructor(private readonly parts: GraphStreamParts) {
    this.inputSize = parts.x.size;
    this.outputSize = parts.y.size;
    const moves: StateMove[] = [];
    for (const pair of parts.pairs) {
      const move = moveOf(parts, pair);
      if (move.from !== move.to) moves.push(move);
    }
    this.moves = moves;
    this.reset(parts.state);
  }

  /**
   * Advances by one step.
   *
   * @param x inputSize numbers, for an input of integers whole ones; copied
   * @param out where the outputSize outputs go, as numbers whatever their type; a new array unless given. With it the call allocates nothing.
   * @returns `out`
   * @throws {TypeError} if x or out is not a Float32Array
   * @throws {RangeError} if x or out has another length; the state is unchanged
   * @throws {Error} after `dispose()` of the stream or its model
   */
  step(x: Float32Array, out: Float32Array = new Float32Array(this.outputSize)): Float32Array {
    const { parts, moves } = this;
    if (!this.alive) this.throwDisposed('step');
    parts.assertAlive('stream.step');
    if (!isFloat32Array(x) || x.length !== this.inputSize) this.throwMisfit('x', x, this.inputSize);
    if (!isFloat32Array(out) || out.length !== this.outputSize) this.throwMisfit('out', out, this.outputSize);
    const { memory, plan } = parts;
    memory.refresh();
    const { x: from, y: to } = parts;
    if (from.view === 'f32' && x.length > FEW) memory.f32.set(x, from.index);
    else copy(memory[from.view], from.index, x, 0, x.length);
    plan.run();
    if (to.view === 'f32' && out.length > FEW) out.set(this.outputOf(memory.f32));
    else copy(out, 0, memory[to.view], to.index, out.length);
    for (let i = 0; i < moves.length; i++) {
      const { view, to, from, size } = moves[i];
      const values = memory[view];
      if (size > SOME) values.copyWithin(to, from, from + size);
      else copy(values, to, values, from, size);
    }
    return out;
  }

  /**
   * Begins anew.
   *
   * @param state tensors by the names of the state inputs; zeros unless given. Copied.
   * @throws {TypeError | RangeError} if a state is missing, unknown or misshapen; the old ones are kept
   * @throws {Error} after `dispose()`
   */
  reset(state?: Feeds): void {
    const { parts } = this;
    if (!this.alive) this.throwDisposed('reset');
    parts.assertAlive('stream.reset');
    const who = `${parts.who}.stream.reset`;
    const slots: Slot[] = [];
    const given: FeedTensor[] = [];
    const names: string[] = [];
    for (const { input } of parts.pairs) {
      const info = parts.inputs[input];
      const slot = parts.plan.feeds.get(info.name) as Slot;
      slots.push(slot);
      names.push(info.name);
      if (state) given.push(checkState(state, info, slot, who));
    }
    if (state) assertOptions(state, names, who);
    parts.memory.refresh();
    for (let i = 0; i < slots.length; i++) {
      const { view, index, size, dtype } = slots[i];
      const values = parts.memory[view];
      if (state) copyIn(values, index, given[i].data as never, dtype);
      else values.fill(0, index, index + size);
    }
  }

  /** A copy of the states, by the names of their inputs, as `reset` takes them. */
  get state(): Record<string, GraphTensor> {
    const { parts } = this;
    if (!this.alive) this.throwDisposed('state');
    parts.assertAlive('stream.state');
    parts.memory.refresh();
    return Object.fromEntries(
      parts.pairs.map(({ input }) => {
        const { name } = parts.inputs[input];
        const { view, index, size, dtype, dims } = parts.plan.feeds.get(name) as Slot;
        return [name, { type: dtype, data: copyOut(parts.memory[view], index, size, dtype), dims: [...dims] }];
      }),
    );
  }

  /** Gives the stream's memory back; the model lives on. */
  dispose(): void {
    if (!this.alive) return;
    this.alive = false;
    this.parts.onDispose();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  /** The output as an array over wasm memory, made once for as long as memory does not grow. */
  private outputOf(f32: Float32Array): Float32Array {
    const { index, size } = this.parts.y;
    if (this.memoryOfOutput !== f32) {
      this.output = f32.subarray(index, index + size);
      this.memoryOfOutput = f32;
    }
    return this.output as Float32Array;
  }

  private throwDisposed(method: string): never {
    throw new HiddenstateError(
      'DISPOSED',
      `${this.parts.who}.stream.${method}: got a disposed stream, expected a live one`,
    );
  }

  private throwMisfit(name: string, value: unknown, size: number): never {
    const error = isFloat32Array(value) ? rangeError : typeError;
    throw error(
      `${this.parts.who}.stream.step: ${name}: got ${describeValue(value)}, expected a Float32Array of ${size} numbers`,
    );
  }
}

/** A next state on its way to where the step reads it, in elements of a view. */
interface StateMove {
  readonly view: Slot['view'];
  readonly to: number;
  readonly from: number;
  readonly size: number;
}

/** Up to so many elements a loop is faster than `set`. */
const FEW = 8;

/** Up to so many elements a loop is faster than `copyWithin`. */
const SOME = 64;

function copy(to: Values, toStart: number, from: Values, fromStart: number, size: number): void {
  for (let i = 0; i < size; i++) to[toStart + i] = from[fromStart + i];
}

/** @throws {RangeError} if the next state is not held as the state is */
function moveOf({ plan, inputs, who }: GraphStreamParts, { input, output }: StatePair): StateMove {
  const { name } = inputs[input];
  const to = plan.feeds.get(name) as Slot;
  const from = plan.outputs[output];
  if (from.dtype !== to.dtype || from.dims.join() !== to.dims.join()) {
    const got = `${from.dtype} ${formatDims(from.dims)}`;
    throw rangeError(
      `${who}.stream: ${describeValue(name)}: got a next state of ${got}, expected ${to.dtype} ${formatDims(to.dims)}`,
    );
  }
  return { view: to.view, to: to.index, from: from.index, size: from.size };
}

function checkState(state: Feeds, info: ValueInfo, slot: Slot, who: string): FeedTensor {
  const tensor = checkFeed(Object.hasOwn(state, info.name) ? state[info.name] : undefined, info, who);
  if (tensor.dims.join() !== slot.dims.join()) {
    throw rangeError(
      `${who}: ${describeValue(info.name)}: got dims ${formatDims(tensor.dims)}, expected ${formatDims(slot.dims)}`,
    );
  }
  return tensor;
}
