import { rangeError } from '../errors.js';
import { formatDims } from '../tensor.js';

/** Who complains: the beginning of error messages, worked out when there is something to say. */
export interface Who {
  readonly who: string;
}

/**
 * The dims to which all of some dims are repeated (numpy's rule, ONNX's "multidirectional broadcasting").
 *
 * @throws {RangeError} if two differ in a dimension where neither is 1
 */
export function broadcastDims(all: readonly (readonly number[])[], site: Who): number[] {
  let rank = 0;
  for (const dims of all) rank = Math.max(rank, dims.length);
  const result = new Array<number>(rank).fill(1);
  for (const dims of all) {
    for (let d = 0, at = rank - dims.length; d < dims.length; d++, at++) {
      if (dims[d] === 1 || dims[d] === result[at]) continue;
      if (result[at] !== 1) {
        throw rangeError(`${site.who}: got dims ${all.map(formatDims).join(' and ')}, expected dims that broadcast`);
      }
      result[at] = dims[d];
    }
  }
  return result;
}

/** Strides that read a tensor of `dims` as one of the dims it is repeated to. */
export function broadcastStrides(dims: readonly number[], to: readonly number[]): number[] {
  const strides = new Array<number>(to.length).fill(0);
  let stride = 1;
  for (let d = dims.length - 1; d >= 0; d--) {
    if (dims[d] !== 1) strides[to.length - dims.length + d] = stride;
    stride *= dims[d];
  }
  return strides;
}

/**
 * An axis counted from the beginning.
 *
 * @throws {RangeError} if the rank does not have it
 */
export function resolveAxis(axis: number, rank: number, site: Who): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw rangeError(`${site.who}: got axis ${axis}, expected one from ${-rank} to ${rank - 1}`);
}

/**
 * Several axes counted from the beginning, rising.
 *
 * @throws {RangeError} if the rank does not have one, or one comes twice
 */
export function resolveAxes(axes: ArrayLike<number>, rank: number, site: Who): number[] {
  const resolved: number[] = [];
  for (let i = 0; i < axes.length; i++) resolved.push(resolveAxis(axes[i], rank, site));
  if (resolved.length > 1) resolved.sort((a, b) => a - b);
  for (let i = 1; i < resolved.length; i++) {
    if (resolved[i] === resolved[i - 1])
      throw rangeError(`${site.who}: got axes ${formatDims(resolved)}, expected each once`);
  }
  return resolved;
}

/** The product of dims that were checked before. */
export function sizeOf(dims: readonly number[]): number {
  let size = 1;
  // By index: asked for hundreds of times while a plan is made, when every turn of an iterator still costs an object.
  for (let d = 0; d < dims.length; d++) size *= dims[d];
  return size;
}
