import { rangeError, typeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';
import { Pair } from '../abi.js';
import { sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { planLoops, tightStrides } from '../loops.js';
import { Memory } from '../memory.js';
import type { Computed, Operator, OperatorTable, Prepared, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';
import { copyStep } from './copying.js';
import { ONE_PLACE, type Window, windowsOf } from './windows.js';

/** How the elements of a window become one: from `start`, each taken in by `take`, at the end made the result by `end`. */
interface Pooling {
  readonly start: number;
  take(sum: number, x: number): number;
  /** @param cells places of the window, with padding where it counts */
  end(sum: number, cells: number): number;
}

const greatest: Pooling = { start: Number.NEGATIVE_INFINITY, take: Math.max, end: (sum) => sum };

const mean: Pooling = { start: 0, take: (sum, x) => sum + x, end: (sum, cells) => sum / cells };

/** (Σ |x|ᵖ)^(1/p). */
function norm(site: Site): Pooling {
  const p = site.attributes.float('p', 2);
  if (!(p > 0)) throw rangeError(`${site.who}: got p ${describeValue(p)}, expected a number above 0`);
  if (p === 2) return { start: 0, take: (sum, x) => sum + x * x, end: Math.sqrt };
  return { start: 0, take: (sum, x) => sum + Math.abs(x) ** p, end: (sum) => sum ** (1 / p) };
}

function pool(poolingOf: (site: Site) => Pooling): Operator {
  return (site) => {
    const { dtype, dims } = site.input(0);
    const kernelShape = site.attributes.ints('kernel_shape');
    if (!kernelShape) throw typeError(`${site.who}: got no kernel_shape, expected one`);
    const windows = windowsOf(site, dims, kernelShape, site.attributes.int('ceil_mode', 0) !== 0);
    for (const window of windows) assertSees(window, site);
    if (windows.length > 3) throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected at most 3 axes`);
    const result = [dims[0], dims[1], ...windows.map(({ count }) => count)];
    tensorBytes(dtype, result, site);
    return slide(site, windows, result, poolingOf(site));
  };
}

/** @throws {RangeError} if there is so much padding that a window would see nothing else: no elements have no mean */
function assertSees({ before, after, kernel, dilation, extent, count }: Window, site: Site): void {
  const span = (kernel - 1) * dilation + 1;
  if (before < span && after < span && extent > 0 && count > 0) return;
  const got = `${extent} elements with pads [${before}, ${after}]`;
  throw rangeError(`${site.who}: got ${got}, expected pads less than the ${span} of a window`);
}

/** What a window sees at one place of its axis. */
interface Sight {
  /** The first element. */
  readonly first: number;
  readonly count: number;
  /** Elements and what counts as padding. */
  readonly cells: number;
}

function sightsOf({ extent, kernel, stride, dilation, before, after, count }: Window): Sight[] {
  return Array.from({ length: count }, (_, i) => {
    const shift = i * stride - before;
    const first = Math.max(0, Math.ceil(-shift / dilation));
    const endBefore = (limit: number) => Math.min(kernel, Math.floor((limit - 1 - shift) / dilation) + 1);
    return {
      first: shift + first * dilation,
      count: Math.max(0, endBefore(extent) - first),
      cells: endBefore(extent + after),
    };
  });
}

function slide(site: Site, given: readonly Window[], result: readonly number[], pooling: Pooling): Prepared {
  const { dtype, dims } = site.input(0);
  const { view } = STORAGE[dtype];
  const windows = [...new Array<Window>(3 - given.length).fill(ONE_PLACE), ...given];
  const [planes, rows, columns] = windows.map(sightsOf);
  const [height, width] = [windows[1].extent, windows[2].extent];
  const [inPlane, inRow, inColumn] = windows.map(({ dilation }) => dilation);
  const size = windows[0].extent * height * width;
  const places = sizeOf(result.slice(2));
  const countsPadding = site.attributes.int('count_include_pad', 0) !== 0;
  const wantsIndices = site.wants(1);
  const indexOf = site.attributes.int('storage_order', 0) ? columnMajor(dims.slice(2)) : (index: number) => index;
  const { start, take, end } = pooling;
  const outputs: [Computed] = [{ dtype, dims: result }];
  const isWhole = windows.every(liesWithin) && windows.reduce((cells, { kernel }) => cells * kernel, 1) <= MOST_CELLS;
  if (pooling === greatest && view === 'f32' && isWhole && !wantsIndices) return slideWhole(site, windows, outputs);
  return {
    outputs: wantsIndices ? [...outputs, { dtype: 'int64', dims: result }] : outputs,
    bind: ({ input, output, memory }) => {
      const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
      const indices = wantsIndices ? Memory.index(output(1), 'f64') : 0;
      return () => {
        const values = memory[view];
        for (let channel = 0; channel < dims[0] * dims[1]; channel++) {
          const from = x + channel * size;
          let to = channel * places;
          for (const plane of planes) {
            for (const row of rows) {
              for (const column of columns) {
                let sum = start;
                let best = -1;
                for (let a = 0; a < plane.count; a++) {
                  for (let b = 0; b < row.count; b++) {
                    let at = (plane.first + a * inPlane) * height + row.first + b * inRow;
                    at = at * width + column.first;
                    for (let c = 0; c < column.count; c++, at += inColumn) {
                      const element = values[from + at];
                      if (wantsIndices && (best < 0 || element > sum)) best = at;
                      sum = take(sum, element);
                    }
                  }
                }
                const cells = countsPadding
                  ? plane.cells * row.cells * column.cells
                  : plane.count * row.count * column.count;
                values[o + to] = end(sum, cells);
                if (wantsIndices) memory.f64[indices + to] = channel * size + indexOf(best);
                to++;
              }
            }
          }
        }
      };
    },
  };
}

/** Elements of a window up to which it is worth a pass for each. */
const MOST_CELLS = 64;

/** Whether a window sees nothing but elements, wherever it is. */
function liesWithin({ extent, kernel, stride, dilation, before, count }: Window): boolean {
  return before === 0 && (count - 1) * stride + (kernel - 1) * dilation < extent;
}

/** The greatest of each window where all lie within: the first elements of all windows at once, then the second ones, and so on. */
function slideWhole(site: Site, windows: readonly Window[], outputs: readonly [Computed]): Prepared {
  const channels = sizeOf(outputs[0].dims.slice(0, 2));
  const strides = tightStrides([channels, ...windows.map(({ extent }) => extent)]);
  const dims = [channels, ...windows.map(({ count }) => count)];
  const loops = planLoops(site, dims, [
    tightStrides(dims),
    strides.map((each, d) => (d ? each * windows[d - 1].stride : each)),
  ]);
  const size = sizeOf(dims);
  let offsets = [0];
  windows.forEach(({ kernel, dilation }, d) => {
    const along = Array.from({ length: kernel }, (_, i) => i * dilation * strides[d + 1]);
    offsets = offsets.flatMap((offset) => along.map((each) => offset + each));
  });
  return {
    outputs,
    scratch: size,
    bind: (place) => {
      const { graphKernels, scratch } = place;
      const [x, out] = [place.input(0), place.output(0)];
      const copies = offsets.map((offset, i) => copyStep(place, 'float32', i ? scratch : out, x + offset * 4, loops));
      return () => {
        for (let i = 0; i < copies.length; i++) {
          copies[i]();
          if (i) graphKernels.combine(out, out, scratch, Pair.MAX, 1, 1, size);
        }
      };
    },
  };
}

/** The index of an element of a channel counted column by column, from its index counted row by row. */
function columnMajor(extents: readonly number[]): (index: number) => number {
  const strides = tightStrides(extents);
  return (index) => {
    let column = 0;
    for (let d = extents.length - 1; d >= 0; d--) {
      column = column * extents[d] + (Math.floor(index / strides[d]) % extents[d]);
    }
    return column;
  };
}

/** All elements of a channel. */
function globalPool(poolingOf: (site: Site) => Pooling): Operator {
  return (site) => {
    const { dims } = site.input(0);
    if (dims.length < 3) throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected [N, C, L]`);
    const size = sizeOf(dims.slice(2));
    const result = dims.map((extent, d) => (d < 2 ? extent : 1));
    return slide(site, [{ ...ONE_PLACE, extent: size, kernel: size }], result, poolingOf(site));
  };
}

const [poolGreatest, poolMean] = [() => greatest, () => mean];

export const POOLS: OperatorTable = {
  MaxPool: pool(poolGreatest),
  AveragePool: pool(poolMean),
  LpPool: pool(norm),
  GlobalMaxPool: globalPool(poolGreatest),
  GlobalAveragePool: globalPool(poolMean),
  GlobalLpPool: globalPool(norm),
};
