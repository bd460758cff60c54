import { rangeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { resolveAxis } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { Memory } from '../memory.js';
import type { Operator, OperatorTable } from '../operator.js';
import { along } from './along.js';

/** The index of the greatest or least element along an axis. */
function argument(isBetter: (a: number, b: number) => boolean): Operator {
  return (site) => {
    const { dtype, dims } = site.input(0);
    const axis = resolveAxis(site.attributes.int('axis', 0), dims.length, site);
    const { outer, extent, inner } = along(dims, axis);
    if (extent === 0)
      throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected elements along axis ${axis}`);
    const takeLast = site.attributes.int('select_last_index', 0) !== 0;
    const { view } = STORAGE[dtype];
    return {
      outputs: [
        { dtype: 'int64', dims: site.attributes.int('keepdims', 1) ? dims.with(axis, 1) : dims.toSpliced(axis, 1) },
      ],
      bind: ({ input, output, memory }) => {
        const x = Memory.index(input(0), view);
        const o = Memory.index(output(0), STORAGE.int64.view);
        return () => {
          const values = memory[view];
          for (let a = 0; a < outer; a++) {
            for (let b = 0; b < inner; b++) {
              const from = x + a * extent * inner + b;
              let best = 0;
              for (let i = 1; i < extent; i++) {
                const here = values[from + i * inner];
                const there = values[from + best * inner];
                if (isBetter(here, there) || (takeLast && here === there)) best = i;
              }
              memory.f64[o + a * inner + b] = best;
            }
          }
        };
      },
    };
  };
}

const topK: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const k = site.inputs.length > 1 ? site.constant(1).data[0] : site.attributes.int('k');
  const axis = resolveAxis(site.attributes.int('axis', -1), dims.length, site);
  const { outer, extent, inner } = along(dims, axis);
  if (!Number.isInteger(k) || k < 0 || k > extent) {
    throw rangeError(`${site.who}: got k ${k}, expected one from 0 to ${extent}`);
  }
  const sign = site.attributes.int('largest', 1) ? -1 : 1;
  const { view } = STORAGE[dtype];
  const result = dims.with(axis, k);
  return {
    outputs: [
      { dtype, dims: result },
      { dtype: 'int64', dims: result },
    ],
    bind: ({ input, output, memory }) => {
      const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
      const at = Memory.index(output(1), STORAGE.int64.view);
      const order = new Int32Array(extent);
      return () => {
        const values = memory[view];
        for (let a = 0; a < outer; a++) {
          for (let b = 0; b < inner; b++) {
            const from = x + a * extent * inner + b;
            for (let i = 0; i < extent; i++) order[i] = i;
            order.sort((i, j) => sign * (values[from + i * inner] - values[from + j * inner]) || i - j);
            for (let i = 0; i < k; i++) {
              const to = (a * k + i) * inner + b;
              values[o + to] = values[from + order[i] * inner];
              memory.f64[at + to] = order[i];
            }
          }
        }
      };
    },
  };
};

/** Sums or products of all elements so far. */
const cumulative =
  (first: number, take: (so: number, x: number) => number): Operator =>
  (site) => {
    const { dtype, dims } = site.input(0);
    const axis = resolveAxis(site.constant(1).data[0], dims.length, site);
    const { outer, extent, inner } = along(dims, axis);
    const exclusive = site.attributes.int('exclusive', 0) !== 0;
    const reverse = site.attributes.int('reverse', 0) !== 0;
    const { view } = STORAGE[dtype];
    return {
      outputs: [{ dtype, dims }],
      bind: ({ input, output, memory }) => {
        const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
        return () => {
          const values = memory[view];
          for (let a = 0; a < outer; a++) {
            for (let b = 0; b < inner; b++) {
              let sum = first;
              for (let i = 0; i < extent; i++) {
                const at = (a * extent + (reverse ? extent - 1 - i : i)) * inner + b;
                const next = take(sum, values[x + at]);
                values[o + at] = exclusive ? sum : next;
                sum = next;
              }
            }
          }
        };
      },
    };
  };

/** Operators that look along an axis. */
export const ORDERS: OperatorTable = {
  ArgMax: argument((a, b) => a > b),
  ArgMin: argument((a, b) => a < b),
  TopK: topK,
  CumSum: [{ since: 11, operator: cumulative(0, (sum, x) => sum + x) }],
  CumProd: [{ since: 26, operator: cumulative(1, (product, x) => product * x) }],
};
