import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { sizeOf } from '../dims.js';
import { STORAGE, type Values } from '../dtype.js';
import { Memory } from '../memory.js';
import type { Operator, OperatorTable, Prepared, Site } from '../operator.js';
import { type Window, windowOf } from './windows.js';

/** One window's result: elements from `start` on, `count` of them `step` apart, of `cells` places with the padding. */
type Pool = (values: Values, start: number, count: number, step: number, cells: number) => number;

const greatest: Pool = (values, start, count, step) => {
  let result = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) result = Math.max(result, values[start + i * step]);
  return result;
};

const mean: Pool = (values, start, count, step, cells) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[start + i * step];
  return sum / cells;
};

function pool(reduce: Pool, countsPadding: (site: Site) => boolean): Operator {
  return (site) => {
    const kernelShape = site.attributes.ints('kernel_shape');
    if (!kernelShape) throw typeError(`${site.who}: got no kernel_shape, expected one`);
    if (site.wants(1)) throw typeError(`${site.who}: got output Indices, expected the values alone`);
    const { window, extents } = windowOf(site, kernelShape, site.attributes.int('ceil_mode', 0) !== 0);
    assertSees(window, site);
    return slide(site, window, extents, reduce, countsPadding(site));
  };
}

/** @throws {RangeError} if there is so much padding that a window would see nothing else: no elements have no mean */
function assertSees({ before, after, kernel, dilation }: Window, site: Site): void {
  const span = (kernel - 1) * dilation + 1;
  if (before < span && after < span) return;
  throw rangeError(`${site.who}: got pads [${before}, ${after}], expected less than the ${span} of a window`);
}

function slide(site: Site, window: Window, extents: readonly number[], reduce: Pool, countsPadding: boolean): Prepared {
  const { dtype, dims } = site.input(0);
  const { view } = STORAGE[dtype];
  const { extent, kernel, stride, dilation, before, after, count } = window;
  const rows = dims[0] * dims[1];
  return {
    outputs: [{ dtype, dims: [dims[0], dims[1], ...extents] }],
    bind: ({ input, output, memory }) => {
      const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
      return () => {
        const values = memory[view];
        for (let r = 0; r < rows; r++) {
          for (let i = 0; i < count; i++) {
            const shift = i * stride - before;
            const first = Math.max(0, Math.ceil(-shift / dilation));
            const end = Math.min(kernel, Math.floor((extent - 1 - shift) / dilation) + 1);
            const inPadded = Math.min(kernel, Math.floor((extent + after - 1 - shift) / dilation) + 1);
            const start = x + r * extent + shift + first * dilation;
            values[o + r * count + i] = reduce(
              values,
              start,
              end - first,
              dilation,
              countsPadding ? inPadded : end - first,
            );
          }
        }
      };
    },
  };
}

/** All elements of a channel. */
function globalPool(reduce: Pool): Operator {
  return (site) => {
    const { dtype, dims } = site.input(0);
    if (dims.length < 3) throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected [N, C, L]`);
    const { view } = STORAGE[dtype];
    const [rows, size] = [dims[0] * dims[1], sizeOf(dims.slice(2))];
    return {
      outputs: [{ dtype, dims: dims.map((extent, d) => (d < 2 ? extent : 1)) }],
      bind: ({ input, output, memory }) => {
        const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
        return () => {
          const values = memory[view];
          for (let r = 0; r < rows; r++) values[o + r] = reduce(values, x + r * size, size, 1, size);
        };
      },
    };
  };
}

export const POOLS: OperatorTable = {
  MaxPool: pool(greatest, () => false),
  AveragePool: pool(mean, (site) => site.attributes.int('count_include_pad', 0) !== 0),
  GlobalMaxPool: globalPool(greatest),
  GlobalAveragePool: globalPool(mean),
};
