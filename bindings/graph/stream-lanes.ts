import { rangeError } from '../errors.js';
import { describeValue, formatDims } from '../tensor.js';
import type { Values } from './dtype.js';
import type { ValueInfo } from './graph.js';
import type { Slot } from './plan.js';

/** A tensor of a stream cut into lanes: `outer` blocks, in each of which a lane has `inner` elements one after the other. */
export interface LaneTensor {
  readonly view: Slot['view'];
  /** First element, in the view. */
  readonly index: number;
  readonly outer: number;
  readonly inner: number;
}

/**
 * Finds the axis of a tensor along which its lanes lie: the one that has `batch` elements; of several, the one that the file
 * leaves open.
 *
 * @param axis which it is, where the caller knows
 * @param declared dims as the file has them, where it has some
 * @throws {RangeError} if not exactly one axis fits
 */
export function laneTensor(
  { view, index, dims, size }: Slot,
  { batch, laneAxis }: { readonly batch: number; readonly laneAxis: number },
  declared: ValueInfo['dims'],
  who: string,
): LaneTensor {
  if (batch === 1) return { view, index, outer: 1, inner: size };
  const axes = laneAxis >= 0 ? [laneAxis] : [...dims.keys()];
  let found = axes.filter((axis) => dims[axis] === batch);
  if (found.length > 1) found = found.filter((axis) => declared && typeof declared[axis] !== 'number');
  if (found.length !== 1) {
    throw rangeError(
      `${who}: got dims ${formatDims(dims)}, expected exactly one axis of the batch's ${batch}; another batch tells them apart`,
    );
  }
  const outer = dims.slice(0, found[0]).reduce((product, dim) => product * dim, 1);
  return { view, index, outer, inner: size / outer / batch };
}

/**
 * Copies one lane from one tensor of lanes to another.
 *
 * @param toBatch how many lanes the tensor at `toStart` has
 */
export function copyLaneOf(
  to: Values,
  toStart: number,
  toBatch: number,
  toLane: number,
  from: Values,
  fromStart: number,
  fromBatch: number,
  fromLane: number,
  { outer, inner }: LaneTensor,
): void {
  for (let o = 0; o < outer; o++) {
    const a = toStart + (o * toBatch + toLane) * inner;
    const b = fromStart + (o * fromBatch + fromLane) * inner;
    for (let i = 0; i < inner; i++) to[a + i] = from[b + i];
  }
}

/** The dims of one lane of a tensor: those of the tensor, with 1 along the axis of lanes. */
export function laneDims(dims: readonly number[], batch: number, { outer }: LaneTensor): number[] {
  if (batch === 1) return [...dims];
  let product = 1;
  let done = false;
  return dims.map((dim) => {
    if (!done && product === outer && dim === batch) {
      done = true;
      return 1;
    }
    product *= dim;
    return dim;
  });
}

/** Says which input a tensor belongs to, for `laneTensor`. */
export function laneWho(who: string, name: string): string {
  return `${who}: ${describeValue(name)}`;
}

/** An array of the same kind, of zeros. */
export function emptyLike(values: Values, size: number): Values {
  const Kind = values.constructor as new (size: number) => Values;
  return new Kind(size);
}

/**
 * Copies rows one after the other into lanes of a tensor, or out of them.
 *
 * @param values the view of memory that `tensor` lies in
 * @param at where the first row begins in `rows`
 */
export function copyLaneRows(
  values: Values,
  tensor: LaneTensor,
  batch: number,
  rows: Float32Array,
  at: number,
  lanes: ArrayLike<number>,
  into: boolean,
): void {
  const { index, outer, inner } = tensor;
  const size = outer * inner;
  // What rests is computed all the same, on zeros, and thrown away.
  if (into) values.fill(0, index, index + size * batch);
  for (let i = 0; i < lanes.length; i++) {
    if (into) copyLaneOf(values, index, batch, lanes[i], rows, at + i * size, 1, 0, tensor);
    else copyLaneOf(rows, at + i * size, 1, 0, values, index, batch, lanes[i], tensor);
  }
}

/** The states of lanes that do not take a step: kept before it, put back after it. */
export class RestingLanes {
  /** Made when first needed. */
  private kept: readonly Values[] | undefined;
  private readonly taking: Uint8Array;

  constructor(
    private readonly states: readonly LaneTensor[],
    private readonly batch: number,
  ) {
    this.taking = new Uint8Array(batch);
  }

  keep(memory: Readonly<Record<Slot['view'], Values>>): void {
    const { states, batch } = this;
    this.kept ??= states.map(({ view, outer, inner }) => emptyLike(memory[view], outer * inner * batch));
    for (let i = 0; i < states.length; i++) {
      const { view, index } = states[i];
      const kept = this.kept[i];
      for (let j = 0; j < kept.length; j++) kept[j] = memory[view][index + j];
    }
  }

  restore(memory: Readonly<Record<Slot['view'], Values>>, lanes: ArrayLike<number>): void {
    const { states, batch, taking } = this;
    for (let i = 0; i < lanes.length; i++) taking[lanes[i]] = 1;
    for (let i = 0; i < states.length; i++) {
      const { view, index } = states[i];
      const kept = (this.kept as readonly Values[])[i];
      for (let lane = 0; lane < batch; lane++) {
        if (taking[lane] === 0) copyLaneOf(memory[view], index, batch, lane, kept, 0, batch, lane, states[i]);
      }
    }
    taking.fill(0);
  }
}
