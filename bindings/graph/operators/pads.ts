import { rangeError, typeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';
import { resolveAxis, sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { tensorOf } from '../graph.js';
import { tightStrides } from '../loops.js';
import { Memory } from '../memory.js';
import type { Operator, OperatorTable, Site } from '../operator.js';
import { tensorBytes } from '../planned-value.js';

/** Elements that come before and after each axis, in the order of ONNX: all befores, then all afters. */
function padsOf(site: Site, rank: number): number[] {
  const given =
    site.inputs.length > 1 ? site.constant(1).data : site.attributes.ints(site.opset < 2 ? 'paddings' : 'pads');
  const axes = site.inputs[3] && site.constant(3).data;
  const count = axes ? axes.length : rank;
  const pads = new Array<number>(2 * rank).fill(0);
  let valid = given?.length === 2 * count;
  for (let i = 0; given && valid && i < given.length; i++) {
    const axis = axes ? resolveAxis(axes[i % count], rank, site) : i % count;
    pads[i < count ? axis : rank + axis] = given[i];
    valid = Number.isSafeInteger(given[i]);
  }
  if (valid) return pads;
  const got = given && Array.from(given);
  throw rangeError(`${site.who}: got pads ${describeValue(got)}, expected ${2 * count} numbers`);
}

/** Where element `i` of a padded axis comes from: −1 for the constant value. */
function sourceOf(i: number, extent: number, mode: string): number {
  if (i >= 0 && i < extent) return i;
  if (mode === 'edge') return i < 0 ? 0 : extent - 1;
  if (mode === 'wrap') return ((i % extent) + extent) % extent;
  if (mode !== 'reflect') return -1;
  if (extent === 1) return 0;
  const period = 2 * (extent - 1);
  const at = ((i % period) + period) % period;
  return at < extent ? at : period - at;
}

/** Below so many elements a loop is faster than `copyWithin`. */
const FEW = 24;

const pad: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const mode = site.attributes.string('mode', 'constant');
  if (!['constant', 'reflect', 'edge', 'wrap'].includes(mode)) {
    throw rangeError(`${site.who}: got mode ${describeValue(mode)}, expected constant, reflect, edge or wrap`);
  }
  const rank = dims.length;
  const pads = padsOf(site, rank);
  const result: number[] = [];
  for (let d = 0; d < rank; d++) result.push(dims[d] + pads[d] + pads[rank + d]);
  tensorBytes(dtype, result, site);
  if (result.includes(0)) return { outputs: [{ constant: tensorOf(dtype, result, []) }] };
  if (mode !== 'constant' && dims.includes(0)) {
    throw rangeError(`${site.who}: got dims ${formatDims(dims)}, expected elements to pad with`);
  }
  const value = site.inputs[2];
  if (value && value.dtype !== dtype) {
    throw typeError(`${site.who}: constant_value: got ${value.dtype}, expected ${dtype}`);
  }
  if (value && sizeOf(value.dims) !== 1) {
    throw rangeError(`${site.who}: constant_value: got dims ${formatDims(value.dims)}, expected one element`);
  }
  const fill = value ? undefined : site.attributes.float('value', 0);
  const { view } = STORAGE[dtype];
  return {
    outputs: [{ dtype, dims: result }],
    bind: ({ input, output, memory }) => {
      // The elements of each axis by the place they come from, in tight strides: a table for every axis, made when it is
      // known that the plan is not too large.
      const strides = tightStrides(dims);
      const tables: Int32Array[] = [];
      for (let d = 0; d < rank; d++) {
        const table = new Int32Array(result[d]);
        for (let i = 0; i < table.length; i++) {
          const from = sourceOf(i - pads[d], dims[d], mode);
          table[i] = from < 0 ? -1 : from * strides[d];
        }
        tables.push(table);
      }
      const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
      const fillAt = value ? Memory.index(input(2), view) : 0;
      const last = tables.at(-1) ?? Int32Array.of(0);
      const outer = rank ? sizeOf(result.slice(0, -1)) : 1;
      // Elements of a row that are the input's own, which lie side by side there.
      const from = rank ? Math.min(last.length, Math.max(0, pads[rank - 1])) : 0;
      const own = rank ? Math.max(0, Math.min(last.length, pads[rank - 1] + dims[rank - 1]) - from) : 0;
      return () => {
        const values = memory[view];
        const filler = fill ?? values[fillAt];
        for (let k = 0; k < outer; k++) {
          const base = outerStart(tables, result, k);
          const to = o + k * last.length;
          for (let i = 0; i < last.length; i++) {
            if (i === from && base >= 0 && own > FEW) {
              values.copyWithin(to + i, x + base + last[i], x + base + last[i] + own);
              i += own - 1;
            } else values[to + i] = base < 0 || last[i] < 0 ? filler : values[x + base + last[i]];
          }
        }
      };
    },
  };
};

/** Where row `k` of the padded tensor comes from; −1 if it is all padding. */
function outerStart(tables: readonly Int32Array[], dims: readonly number[], k: number): number {
  let start = 0;
  for (let d = dims.length - 2, rest = k; d >= 0; d--) {
    const from = tables[d][rest % dims[d]];
    if (from < 0) return -1;
    start += from;
    rest = Math.floor(rest / dims[d]);
  }
  return start;
}

export const PADS: OperatorTable = { Pad: pad };
