import type { Engine } from '../engine/engine.js';
import { rangeError } from '../errors.js';
import { describeValue, formatDims } from '../tensor.js';
import type { ValueInfo } from './graph.js';
import { checkFeed, type Feeds, type FeedTensor } from './graph-tensor.js';
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
  /** Dims of inputs whose declared dims leave something open: `{ input: [1, 576] }` (Silero's frame: 64 samples of context and 512 new ones). What is open is 1 unless given. */
  dims?: Readonly<Record<string, readonly number[]>>;
  /** Where the states begin, by the names of their inputs; zeros unless given. Copied. */
  state?: Feeds;
  /**
   * Sequences that advance together. Default 1. Dims that are left open are then `batch`, and the input, the output and every
   * state must have exactly one axis of so many, or one among them that the file leaves open.
   */
  batch?: number;
}

/** What a model makes for a stream: a plan of its own, and which of its inputs and outputs are frames and which are states. */
export interface GraphStreamParts {
  readonly who: string;
  readonly memory: Memory;
  readonly kernels: Engine['kernels'];
  readonly plan: Plan;
  readonly pairs: readonly StatePair[];
  readonly inputs: readonly ValueInfo[];
  readonly x: Slot;
  /** Dims of the input and the output of a step as the file has them. */
  readonly declared: { readonly x: ValueInfo['dims']; readonly y: ValueInfo['dims'] };
  /** The output that a step gives. */
  readonly y: number;
  /** Iterations that the loops of a step may take. */
  readonly budget: { iterations: number };
  readonly batch: number;
  /** Along which axis the lanes of all tensors lie; -1 where each says so by its dims. */
  readonly laneAxis: number;
  /** Where it begins; zeros unless given. */
  readonly state: Feeds | undefined;
  /** @throws {Error} if the model was disposed */
  readonly assertAlive: (method: string) => void;
  /** Called once, when the stream is disposed. */
  readonly onDispose: () => void;
}

/** A next state on its way to where the step reads it, in elements of a view. */
export interface StateMove {
  readonly view: Slot['view'];
  readonly to: number;
  readonly from: number;
  readonly size: number;
}

/** @throws {RangeError} if the next state is not held as the state is */
export function moveOf(
  { plan, inputs, who }: GraphStreamParts,
  { input, output }: StatePair,
  outputs: readonly Slot[],
): StateMove {
  const { name } = inputs[input];
  const to = plan.feeds.get(name) as Slot;
  const from = outputs[output];
  if (from.dtype !== to.dtype || from.dims.join() !== to.dims.join()) {
    const got = `${from.dtype} ${formatDims(from.dims)}`;
    throw rangeError(
      `${who}.stream: ${describeValue(name)}: got a next state of ${got}, expected ${to.dtype} ${formatDims(to.dims)}`,
    );
  }
  return { view: to.view, to: to.index, from: from.index, size: from.size };
}

/** The tensor of a state for an input, checked against what the input takes and the dims of this stream. */
export function checkState(state: Feeds, info: ValueInfo, dims: readonly number[], who: string): FeedTensor {
  const tensor = checkFeed(Object.hasOwn(state, info.name) ? state[info.name] : undefined, info, who);
  if (tensor.dims.join() !== dims.join()) {
    throw rangeError(
      `${who}: ${describeValue(info.name)}: got dims ${formatDims(tensor.dims)}, expected ${formatDims(dims)}`,
    );
  }
  return tensor;
}
