import type { disposeSymbol } from './dispose-symbol.js';
import { rangeError, typeError } from './errors.js';
import { assertSize } from './options.js';
import { describeValue, isFloat32Array, tagOf } from './tensor.js';

/** Options of `step` and `steps`. */
export interface LaneOptions {
  /**
   * The sequences that advance, each at most once: x and out hold only their rows, in this order. The others rest: their
   * state stays as it is. All sequences, in order, unless given.
   */
  lanes?: readonly number[] | Int32Array;
}

/**
 * Sequences that advance together, one time step after the other, their states kept between calls: what a stream of a layer,
 * a Sequential, a graph or a Keras model can do. A pool's streams do the same with promises.
 */
export interface Streaming<State> {
  /** Sequences that advance together, each a lane. */
  readonly batch: number;
  /** Numbers of one input of one sequence. */
  readonly inputSize: number;
  /** Numbers of one output of one sequence. */
  readonly outputSize: number;
  /**
   * Advances by one step.
   *
   * @param x batch × inputSize numbers, one row after the other; copied
   * @param out where the batch × outputSize outputs go; a new array unless given. With it the call allocates nothing.
   * @returns `out`
   */
  step(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array;
  /**
   * Advances by T steps, with the bits of T calls of `step`.
   *
   * @param x T × batch × inputSize numbers, step after step; T follows from the length
   * @param out where the T × batch × outputSize outputs go; a new array unless given
   * @returns `out`
   */
  steps(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array;
  /** Begins anew: all sequences, or the one of `lane`, whose state is then that of a stream of one. Zeros unless given. */
  reset(state?: State, options?: { lane?: number }): void;
  /** A copy of the state of all sequences, as `reset` takes it. */
  readonly state: State;
  /** A copy of the state of one sequence, as a stream of one has it. */
  stateOf(lane: number): State;
  /** Gives one sequence the state of a sequence of a stream of the same model. */
  copyLane(lane: number, source: this, sourceLane?: number): void;
  /** Gives the stream's memory back; the model lives on. */
  dispose(): void;
  /** `dispose()`, for `using`. */
  [disposeSymbol](): void;
}

/**
 * Checks lanes. Allocates nothing.
 *
 * @param marks one byte for each sequence, zeros before and after
 * @throws {TypeError} if they are no array of numbers
 * @throws {RangeError} if one is no lane, or comes twice
 */
export function checkLanes(lanes: unknown, marks: Uint8Array, who: string): ArrayLike<number> {
  if (!Array.isArray(lanes) && tagOf(lanes) !== 'Int32Array') {
    throw typeError(`${who}: lanes: got ${describeValue(lanes)}, expected an array of integers or an Int32Array`);
  }
  const list = lanes as ArrayLike<number>;
  for (let i = 0; i < list.length; i++) {
    const lane = list[i];
    const mark = typeof lane === 'number' ? marks[lane] : undefined;
    if (mark === 0) marks[lane] = 1;
    else {
      marks.fill(0);
      if (mark === undefined) assertSize(lane, `${who}: lanes[${i}]`, 0, marks.length - 1);
      throw rangeError(`${who}: lanes[${i}]: got ${lane} again, expected each lane at most once`);
    }
  }
  for (let i = 0; i < list.length; i++) marks[list[i]] = 0;
  return list;
}

/**
 * How many steps an array holds. Allocates nothing.
 *
 * @param size numbers of one step
 * @param owner whose method is asked, and which, for messages: joined only when there is one
 * @throws {TypeError} if it is no Float32Array
 * @throws {RangeError} if it holds no whole number of steps
 */
export function countSteps(x: unknown, size: number, owner: string, method: string): number {
  if (isFloat32Array(x) && (size === 0 ? x.length === 0 : x.length % size === 0)) return size && x.length / size;
  throw (isFloat32Array(x) ? rangeError : typeError)(
    `${owner}${method}: x: got ${describeValue(x)}, expected a Float32Array of whole steps, ${size} numbers each`,
  );
}

/**
 * Refuses an array of rows.
 *
 * @param size numbers of a row
 * @throws {TypeError} if it is no Float32Array
 * @throws {RangeError} otherwise
 */
export function refuseRows(who: string, value: unknown, rows: number, size: number): never {
  const error = isFloat32Array(value) ? rangeError : typeError;
  const shape = rows === 1 ? '' : ` (${rows} × ${size})`;
  throw error(`${who}: got ${describeValue(value)}, expected Float32Array(${rows * size})${shape}`);
}
