import { resolveAxis, sizeOf } from '../dims.js';
import { STORAGE, type Values } from '../dtype.js';
import { Memory } from '../memory.js';
import type { OperatorTable, Prepared, Site, Version } from '../operator.js';
import { type Along, along } from './along.js';

function softmaxAlong(site: Site, { outer, extent, inner }: Along, log: boolean): Prepared {
  const { dtype, dims } = site.input(0);
  const { view } = STORAGE[dtype];
  return {
    outputs: [{ dtype, dims }],
    bind: ({ input, output, memory }) => {
      const [x, o] = [Memory.index(input(0), view), Memory.index(output(0), view)];
      return () => {
        const values = memory[view];
        for (let a = 0; a < outer; a++) {
          for (let b = 0; b < inner; b++) {
            const start = a * extent * inner + b;
            softmaxRun(values, x + start, o + start, extent, inner, log);
          }
        }
      };
    },
  };
}

/** One run of elements `step` apart, shifted by the greatest so that nothing overflows; sums in float64. */
function softmaxRun(values: Values, x: number, o: number, count: number, step: number, log: boolean): void {
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) greatest = Math.max(greatest, values[x + i * step]);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp(values[x + i * step] - greatest);
  const logSum = Math.log(sum);
  for (let i = 0; i < count; i++) {
    const shifted = values[x + i * step] - greatest;
    values[o + i * step] = log ? shifted - logSum : Math.exp(shifted) / sum;
  }
}

/** Before opset 13 everything from the axis on is one row; since then the axis alone. */
function versions(log: boolean): Version[] {
  return [
    {
      since: 1,
      operator: (site) => {
        const { dims } = site.input(0);
        const given = site.attributes.int('axis', 1);
        const axis = given === dims.length ? given : resolveAxis(given, dims.length, site);
        const rows = { outer: sizeOf(dims.slice(0, axis)), extent: sizeOf(dims.slice(axis)), inner: 1 };
        return softmaxAlong(site, rows, log);
      },
    },
    {
      since: 13,
      operator: (site) => {
        const { dims } = site.input(0);
        return softmaxAlong(site, along(dims, resolveAxis(site.attributes.int('axis', -1), dims.length, site)), log);
      },
    },
  ];
}

export const SOFTMAX: OperatorTable = { Softmax: versions(false), LogSoftmax: versions(true) };
