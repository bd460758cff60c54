import { rangeError } from '../../errors.js';
import { assertOptions, assertSize } from '../../options.js';
import { seededRandom } from '../../random.js';
import type { Tensor } from '../../tensor.js';
import type { Batch, Batches } from './batches.js';
import { type Rows, rowsOf, type Series } from './series.js';
import { shuffleSeed } from './shuffle-seed.js';

/** Options of `windows`. */
export interface WindowOptions {
  /** T: rows of a window. */
  steps: number;
  /** B: windows of a batch; the last batch of an epoch has what is left. */
  batch: number;
  /** Rows between the beginnings of two windows. Default: `steps`, windows end to end. */
  stride?: number;
  /** Rows from an input to its target, where there is no series of targets. Default 1: the next one. */
  horizon?: number;
  /** Seed of a new order in every epoch; without it, windows come in time order. */
  shuffle?: number | boolean;
}

/**
 * Cuts a series into windows [T, B, F], to be learnt from independently of each other. The target of a row is the row
 * `horizon` later, or the same row of `target`, of the same length. What does not fill a window at the end is left out.
 *
 * @param input [N, F] or [N]; of numbers [N], such as tokens for an Embedding, batches are [T, B]
 * @param target a second series; the input itself unless given
 * @throws {TypeError | RangeError} if an argument does not fit, or the series is too short for one window
 *
 * @example
 * ```ts
 * import { windows } from 'hiddenstate/train';
 *
 * const series = { data: Float32Array.from({ length: 100 }, (_, t) => t), dims: [100, 1] };
 * const data = windows(series, { steps: 10, batch: 4 });
 * const { input, target } = data.at(0, 0);
 * console.log(data.count, input.dims); // 3 [ 10, 4, 1 ]
 * console.log(input.data[0], target.data[0]); // 0 1
 * ```
 */
export function windows(input: Series, options: WindowOptions, target?: Series): Batches {
  const who = 'windows';
  assertOptions(options, ['steps', 'batch', 'stride', 'horizon', 'shuffle'], who);
  const { steps, batch, stride = steps, horizon = target === undefined ? 1 : 0 } = options;
  assertSize(steps, `${who}: steps`);
  assertSize(batch, `${who}: batch`);
  assertSize(stride, `${who}: stride`);
  assertSize(horizon, `${who}: horizon`, 0);
  const shuffle = shuffleSeed(options.shuffle, who);
  const [x, y] = pair(input, target, who);
  const last = x.count - steps - horizon;
  if (last < 0) {
    throw rangeError(`${who}: input: got ${x.count} rows, expected at least ${steps + horizon} for one window`);
  }
  const number = Math.floor(last / stride) + 1;
  const order = orders(number, shuffle);
  const size = Math.min(batch, number);
  const batchAt = gather(x, y, steps, size);
  return {
    count: Math.ceil(number / size),
    steps,
    batch: size,
    stateful: false,
    at(epoch, index) {
      const chosen = order(epoch).subarray(index * size, (index + 1) * size);
      return batchAt(
        chosen.length,
        (b) => chosen[b] * stride,
        (b) => chosen[b] * stride + horizon,
      );
    },
  };
}

/** Options of `lanes`. */
export interface LaneOptions {
  /** T: rows between two cuts of the gradient. */
  steps: number;
  /** B: lanes, contiguous parts of the series that are read side by side. */
  batch: number;
  /** As in `WindowOptions`. */
  horizon?: number;
}

/**
 * Lays a series into B contiguous lanes and reads them T rows at a time, each batch going on where the one before it ended:
 * for truncated backpropagation through time with carried state. What does not fill the lanes is left out.
 *
 * @param input [N, F] or [N]
 * @param target a second series; the input itself, `horizon` rows later, unless given
 * @throws {TypeError | RangeError} if an argument does not fit, or the series is too short for one batch
 *
 * @example
 * ```ts
 * import { lanes } from 'hiddenstate/train';
 *
 * const series = { data: Float32Array.from({ length: 101 }, (_, t) => t), dims: [101, 1] };
 * const data = lanes(series, { steps: 10, batch: 2 }); // two lanes of 50 rows, read 10 rows at a time
 * console.log(data.count, data.at(0, 0).input.dims); // 5 [ 10, 2, 1 ]
 * console.log(data.at(0, 1).input.data[0]); // 10
 * ```
 */
export function lanes(input: Series, options: LaneOptions, target?: Series): Batches {
  const who = 'lanes';
  assertOptions(options, ['steps', 'batch', 'horizon'], who);
  const { steps, batch, horizon = target === undefined ? 1 : 0 } = options;
  assertSize(steps, `${who}: steps`);
  assertSize(batch, `${who}: batch`);
  assertSize(horizon, `${who}: horizon`, 0);
  const [x, y] = pair(input, target, who);
  const count = Math.floor(Math.floor((x.count - horizon) / batch) / steps);
  if (count < 1) {
    const least = steps * batch + horizon;
    throw rangeError(`${who}: input: got ${x.count} rows, expected at least ${least} for one batch`);
  }
  const batchAt = gather(x, y, steps, batch);
  const lane = count * steps;
  return {
    count,
    steps,
    batch,
    stateful: true,
    at: (_, index) =>
      batchAt(
        batch,
        (b) => b * lane + index * steps,
        (b) => b * lane + index * steps + horizon,
      ),
  };
}

function pair(input: Series, target: Series | undefined, who: string): [Rows, Rows] {
  const x = rowsOf(input, `${who}: input`);
  if (target === undefined) return [x, x];
  const y = rowsOf(target, `${who}: target`);
  if (y.count === x.count) return [x, y];
  throw rangeError(`${who}: target: got ${y.count} rows, expected ${x.count} as the input has`);
}

type Start = (sequence: number) => number;

/** Copies parts of two series side by side, [T, B, F], into arrays that are kept. */
function gather(x: Rows, y: Rows, steps: number, batch: number) {
  const input = new Float32Array(steps * batch * x.width);
  const target = new Float32Array(steps * batch * y.width);
  return (count: number, inputFrom: Start, targetFrom: Start): Batch => ({
    input: copyColumns(input, x, steps, count, inputFrom),
    target: copyColumns(target, y, steps, count, targetFrom),
  });
}

function copyColumns(out: Float32Array, rows: Rows, steps: number, count: number, from: Start): Tensor {
  const { data, width, dims } = rows;
  for (let b = 0; b < count; b++) {
    const start = from(b);
    for (let t = 0; t < steps; t++) {
      const at = (start + t) * width;
      const to = (t * count + b) * width;
      for (let i = 0; i < width; i++) out[to + i] = data[at + i];
    }
  }
  return { data: out.subarray(0, steps * count * width), dims: [steps, count, ...dims] };
}

/** The order of the windows in an epoch; that of the latest epoch is kept. */
function orders(number: number, seed: number | undefined): (epoch: number) => Uint32Array {
  const order = Uint32Array.from({ length: number }, (_, i) => i);
  if (seed === undefined) return () => order;
  let made = -1;
  return (epoch) => {
    if (epoch === made) return order;
    made = epoch;
    // Every epoch has a stream of its own, so that none depends on those before it.
    shuffle(order, seededRandom(seed + Math.imul(epoch, 0x9e3779b1)));
    return order;
  };
}

/** Fisher and Yates, from the identity. */
function shuffle(order: Uint32Array, random: () => number): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
}
