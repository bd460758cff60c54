import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { broadcastDims, broadcastStrides, resolveAxis, sizeOf, type Who } from '../dims.js';
import { type Dtype, STORAGE } from '../dtype.js';
import { planLoops, tightStrides } from '../loops.js';
import { Memory } from '../memory.js';
import type { Known, Operator, OperatorTable, Place, Site, Step } from '../operator.js';
import { type Along, along } from './along.js';
import { copying } from './copying.js';

/** An input of integers. */
export function indices(site: Site, i: number): Known {
  const known = site.input(i);
  if (!STORAGE[known.dtype].integer) throw typeError(`${site.who}: got indices of ${known.dtype}, expected integers`);
  return known;
}

/** An index counted from the beginning; one outside gives the error that the step throws. */
export function within(index: number, extent: number, site: Who): number {
  const at = index < 0 ? index + extent : index;
  if (at >= 0 && at < extent) return at;
  throw rangeError(`${site.who}: got index ${index}, expected one from ${-extent} to ${extent - 1}`);
}

const gather: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const at = indices(site, 1);
  const axis = resolveAxis(site.attributes.int('axis', 0), dims.length, site);
  const lies = along(dims, axis);
  const { outer, extent, inner } = lies;
  const result = [...dims.slice(0, axis), ...at.dims, ...dims.slice(axis + 1)];
  const outputs = [{ dtype, dims: result }];
  if (at.constant && sizeOf(at.dims) === 1) {
    const offset = within(at.constant.data[0], extent, site) * inner;
    const strides = [
      [inner, 1],
      [extent * inner, 1],
    ];
    return copying(outputs, [{ input: 0, output: 0, loops: planLoops(site, [outer, inner], strides, [0, offset]) }]);
  }
  return { outputs, bind: (place) => gatherStep(place, site, lies, dtype, at) };
};

function gatherStep({ input, output, memory }: Place, site: Who, lies: Along, dtype: Dtype, at: Known): Step {
  const { outer, extent, inner } = lies;
  const { view } = STORAGE[dtype];
  const indexView = STORAGE[at.dtype].view;
  const count = sizeOf(at.dims);
  const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
  const index = Memory.index(input(1), indexView);
  return () => {
    const values = memory[view];
    const picked = memory[indexView];
    for (let a = 0; a < outer; a++) {
      for (let k = 0; k < count; k++) {
        const from = x + (a * extent + within(picked[index + k], extent, site)) * inner;
        const to = o + (a * count + k) * inner;
        if (inner > FEW) values.copyWithin(to, from, from + inner);
        else for (let i = 0; i < inner; i++) values[to + i] = values[from + i];
      }
    }
  };
}

/** Below so many elements a loop is faster than `copyWithin`. */
const FEW = 24;

const gatherElements: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const at = indices(site, 1);
  const axis = resolveAxis(site.attributes.int('axis', 0), dims.length, site);
  if (at.dims.length !== dims.length || at.dims.some((extent, d) => d !== axis && extent > dims[d])) {
    throw rangeError(`${site.who}: got dims ${formatDims(dims)} and ${formatDims(at.dims)}, expected indices within`);
  }
  const strides = tightStrides(dims);
  const loops = planLoops(site, at.dims, [tightStrides(at.dims), strides.with(axis, 0)]);
  return {
    outputs: [{ dtype, dims: at.dims }],
    bind: ({ input, output, memory }) => {
      const { view } = STORAGE[dtype];
      const indexView = STORAGE[at.dtype].view;
      const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
      const index = Memory.index(input(1), indexView);
      const { inner, outer, starts, steps } = loops;
      const stride = strides[axis];
      return () => {
        const values = memory[view];
        const picked = memory[indexView];
        for (let k = 0; k < outer; k++) {
          for (let i = 0; i < inner; i++) {
            const to = starts[0][k] + i * steps[0];
            const from = starts[1][k] + i * steps[1] + within(picked[index + to], dims[axis], site) * stride;
            values[o + to] = values[x + from];
          }
        }
      };
    },
  };
};

const where: Operator = (site) => {
  const condition = site.input(0);
  const [a, b] = [site.input(1), site.input(2)];
  if (condition.dtype !== 'bool') throw typeError(`${site.who}: got a condition of ${condition.dtype}, expected bool`);
  if (a.dtype !== b.dtype) throw typeError(`${site.who}: got ${a.dtype} and ${b.dtype}, expected one type`);
  const dims = broadcastDims([condition.dims, a.dims, b.dims], site);
  const loops = planLoops(site, dims, [
    tightStrides(dims),
    ...[condition, a, b].map((known) => broadcastStrides(known.dims, dims)),
  ]);
  return {
    outputs: [{ dtype: a.dtype, dims }],
    bind: ({ input, output, memory }) => {
      const { view } = STORAGE[a.dtype];
      const c = input(0);
      const [o, x, y] = [output(0), input(1), input(2)].map((address) => Memory.index(address, view));
      const { inner, outer, steps, starts } = loops;
      const [oStarts, cStarts, xStarts, yStarts] = starts;
      const [oStep, cStep, xStep, yStep] = steps;
      return () => {
        const values = memory[view];
        const chosen = memory.u8;
        for (let k = 0; k < outer; k++) {
          for (let i = 0; i < inner; i++) {
            const from = chosen[c + cStarts[k] + i * cStep] ? x + xStarts[k] + i * xStep : y + yStarts[k] + i * yStep;
            values[o + oStarts[k] + i * oStep] = values[from];
          }
        }
      };
    },
  };
};

/** Turns the first steps of every sequence of a batch around, as many as it is long. */
const reverseSequence: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const lengths = indices(site, 1);
  const time = resolveAxis(site.attributes.int('time_axis', 0), dims.length, site);
  const batch = resolveAxis(site.attributes.int('batch_axis', 1), dims.length, site);
  if (time + batch !== 1 || sizeOf(lengths.dims) !== dims[batch]) {
    const got = `dims ${formatDims(dims)}, lengths ${formatDims(lengths.dims)}, time axis ${time}, batch axis ${batch}`;
    throw rangeError(`${site.who}: got ${got}, expected the first two axes and a length for each sequence`);
  }
  const strides = tightStrides(dims);
  const inner = sizeOf(dims.slice(2));
  return {
    outputs: [{ dtype, dims }],
    bind: ({ input, output, memory }) => {
      const { view } = STORAGE[dtype];
      const lengthView = STORAGE[lengths.dtype].view;
      const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
      const lengthAt = Memory.index(input(1), lengthView);
      return () => {
        const values = memory[view];
        for (let b = 0; b < dims[batch]; b++) {
          const length = memory[lengthView][lengthAt + b];
          if (length < 0 || length > dims[time]) {
            throw rangeError(`${site.who}: got length ${length}, expected one from 0 to ${dims[time]}`);
          }
          for (let t = 0; t < dims[time]; t++) {
            const from = x + b * strides[batch] + (t < length ? length - 1 - t : t) * strides[time];
            const to = o + b * strides[batch] + t * strides[time];
            for (let i = 0; i < inner; i++) values[to + i] = values[from + i];
          }
        }
      };
    },
  };
};

/** Operators that pick elements by other elements. */
export const PICKS: OperatorTable = {
  Gather: gather,
  GatherElements: [{ since: 11, operator: gatherElements }],
  Where: [{ since: 9, operator: where }],
  ReverseSequence: [{ since: 10, operator: reverseSequence }],
};
