import { formatDims } from '../tensor.js';
import { sizeOf } from './dims.js';

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
  site: { readonly who: string },
  dims: readonly number[],
  strides: readonly (readonly number[])[],
  offsets: readonly number[] = strides.map(() => 0),
): Loops {
  if (dims.includes(0)) return { inner: 0, steps: strides.map(() => 0), outer: 0, starts: [] };
  if (sizeOf(dims) > MAX_TURNS) {
    throw new RangeError(`${site.who}: got dims ${formatDims(dims)}, expected at most ${MAX_TURNS} elements`);
  }
  const axes = joinAxes(dims, strides);
  const [inner] = axes.splice(innermost(axes), 1);
  const outer = axes.reduce((product, { size }) => product * size, 1);
  const starts = strides.map((_, operand) => startsOf(axes, operand, offsets[operand], outer));
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
  dims.forEach((size, d) => {
    if (size === 1) return;
    const here = strides.map((of) => of[d]);
    const last = axes.at(-1);
    if (last?.strides.every((stride, operand) => stride === here[operand] * size)) {
      last.size *= size;
      last.strides = here;
    } else axes.push({ size, strides: here });
  });
  if (axes.length === 0) axes.push({ size: 1, strides: strides.map(() => 0) });
  return axes;
}

/** The last axis, for the cache's sake, unless it is much shorter than another. */
function innermost(axes: readonly Axis[]): number {
  let best = axes.length - 1;
  axes.forEach(({ size }, i) => {
    if (size > 4 * axes[best].size) best = i;
  });
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
