import { sizeOf } from '../dims.js';

/** A tensor seen along one axis: `outer` × `extent` × `inner`. */
export interface Along {
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
}

/** How a tensor lies around one of its axes. */
export function along(dims: readonly number[], axis: number): Along {
  return { outer: sizeOf(dims.slice(0, axis)), extent: dims[axis], inner: sizeOf(dims.slice(axis + 1)) };
}
