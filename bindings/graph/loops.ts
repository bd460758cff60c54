import { rangeError } from '../errors.js';
import { formatDims } from '../tensor.js';
import { sizeOf, type Who } from './dims.js';

/**
 * Loops over several tensors at once that read and write by strides: what broadcasting, transposing, slicing, repeating
 * and joining have in common. Dimensions that all operands cross in one stride are joined, one dimension becomes the inner
 * loop, and where each inner loop begins is worked out when a plan is made.
 */
export interface Loops {
  /** Turns of the inner loop, and how far every operand moves in one. */
  readonly inner: number;
  readonly steps: readonly number[];
  /** How many inner loops, and where each of them begins, by operand. */
  readonly outer: number;
  readonly starts: readonly Int32Array[];
}

interface Axis {
  size: number;
  strides: number[];
}

/** More turns than any plan has room for. */
const MAX_TURNS = 2 ** 30;

/**
 * Plans loops.
 *
 * @param site whose loops they are, for messages
 * @param dims what to walk over
 * @param strides of each operand, in elements, one for each dim; 0 stays where it is
 * @param offsets where each operand begins; 0 unless given
 * @throws {RangeError} if there are too many turns; nothing is allocated
 */
export function planLoops(
  site: Who,
  dims: readonly number[],
  strides: readonly (readonly number[])[],
  offsets?: readonly number[],
): Loops {
  if (dims.includes(0)) return { inner: 0, steps: new Array(strides.length).fill(0), outer: 0, starts: [] };
  const turns = sizeOf(dims);
  if (turns > MAX_TURNS) {
    throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected at most ${MAX_TURNS} elements`);
  }
  const axes = joinAxes(dims, strides);
  const [inner] = axes.splice(innermost(axes), 1);
  const outer = turns / inner.size;
  const starts: Int32Array[] = [];
  for (let operand = 0; operand < strides.length; operand++) {
    starts.push(startsOf(axes, operand, offsets ? offsets[operand] : 0, outer));
  }
  return { inner: inner.size, steps: inner.strides, outer, starts };
}

/** Strides of a tight row-major tensor. */
export function tightStrides(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis];
  }
  return strides;
}

function joinAxes(dims: readonly number[], strides: readonly (readonly number[])[]): Axis[] {
  const axes: Axis[] = [];
  let last: Axis | undefined;
  for (let d = 0; d < dims.length; d++) {
    const size = dims[d];
    if (size === 1) continue;
    const here = new Array<number>(strides.length);
    let joins = true;
    for (let operand = 0; operand < strides.length; operand++) {
      const stride = strides[operand][d];
      here[operand] = stride;
      if (last?.strides[operand] !== stride * size) joins = false;
    }
    if (last && joins) {
      last.size *= size;
      last.strides = here;
    } else {
      last = { size, strides: here };
      axes.push(last);
    }
  }
  if (!last) axes.push({ size: 1, strides: new Array(strides.length).fill(0) });
  return axes;
}

/** The last axis, for the cache's sake, unless it is much shorter than another. */
function innermost(axes: readonly Axis[]): number {
  let best = axes.length - 1;
  for (let i = 0; i < axes.length; i++) if (axes[i].size > 4 * axes[best].size) best = i;
  return best;
}

function startsOf(axes: readonly Axis[], operand: number, offset: number, outer: number): Int32Array {
  const starts = new Int32Array(outer);
  starts[0] = offset;
  let filled = 1;
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const { size, strides } = axes[axis];
    for (let i = 1; i < size; i++) {
      for (let k = 0; k < filled; k++) starts[i * filled + k] = starts[k] + i * strides[operand];
    }
    filled *= size;
  }
  return starts;
}
