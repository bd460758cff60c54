import { formatDims } from '../tensor.js';

/**
 * The dims to which all of some dims are repeated (numpy's rule, ONNX's "multidirectional broadcasting").
 *
 * @throws {RangeError} if two differ in a dimension where neither is 1
 */
export function broadcastDims(all: readonly (readonly number[])[], who: string): number[] {
  const rank = Math.max(...all.map((dims) => dims.length));
  const result = new Array<number>(rank).fill(1);
  for (const dims of all) {
    dims.forEach((size, d) => {
      const at = rank - dims.length + d;
      if (size === 1 || size === result[at]) return;
      if (result[at] !== 1) {
        throw new RangeError(`${who}: got dims ${all.map(formatDims).join(' and ')}, expected dims that broadcast`);
      }
      result[at] = size;
    });
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
export function resolveAxis(axis: number, rank: number, who: string): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw new RangeError(`${who}: got axis ${axis}, expected one from ${-rank} to ${rank - 1}`);
}

/**
 * Several axes counted from the beginning, rising.
 *
 * @throws {RangeError} if the rank does not have one, or one comes twice
 */
export function resolveAxes(axes: ArrayLike<number>, rank: number, who: string): number[] {
  const resolved = Array.from(axes, (axis) => resolveAxis(axis, rank, who)).sort((a, b) => a - b);
  if (new Set(resolved).size < resolved.length)
    throw new RangeError(`${who}: got axes ${formatDims(resolved)}, expected each once`);
  return resolved;
}

/** The product of dims that were checked before. */
export function sizeOf(dims: readonly number[]): number {
  let size = 1;
  for (const dim of dims) size *= dim;
  return size;
}
