import { rangeError } from '../errors.js';
import { describeValue, formatDims } from '../tensor.js';
import type { Values } from './dtype.js';
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
 * Finds the axis of a tensor along which its lanes lie.
 *
 * @param axis which it is, where the caller knows
 * @throws {RangeError} if not exactly one axis has `batch` elements
 */
export function laneTensor({ view, index, dims, size }: Slot, batch: number, axis: number, who: string): LaneTensor {
  const found = batch === 1 ? 0 : axis >= 0 ? axis : dims.indexOf(batch);
  if (batch > 1 && (dims[found] !== batch || (axis < 0 && dims.lastIndexOf(batch) !== found))) {
    throw rangeError(`${who}: got dims ${formatDims(dims)}, expected exactly one axis of the batch's ${batch}`);
  }
  const outer = batch === 1 ? 1 : dims.slice(0, found).reduce((product, dim) => product * dim, 1);
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
