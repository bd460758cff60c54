import { resolveAxis, sizeOf } from '../dims.js';
import { STORAGE, type Values } from '../dtype.js';
import { Memory } from '../memory.js';
import type { OperatorTable, Prepared, Site, Version } from '../operator.js';
import { type Along, along } from './along.js';

/** What becomes of one row: of `count` elements `step` apart. */
type Run = (values: Values, x: number, o: number, count: number, step: number) => void;

function softmaxAlong(site: Site, { outer, extent, inner }: Along, run: Run): Prepared {
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
            run(values, x + start, o + start, extent, inner);
          }
        }
      };
    },
  };
}

/** 1 at the first greatest element, 0 elsewhere. */
function hardmaxRun(values: Values, x: number, o: number, count: number, step: number): void {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[x + i * step] > values[x + best * step]) best = i;
  for (let i = 0; i < count; i++) values[o + i * step] = i === best ? 1 : 0;
}

/** One run of elements `step` apart, shifted by the greatest so that nothing overflows; sums in float64. */
function softmaxRun(values: Values, x: number, o: number, count: number, step: number, log = false): void {
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
function versions(run: Run): Version[] {
  return [
    {
      since: 1,
      operator: (site) => {
        const { dims } = site.input(0);
        const given = site.attributes.int('axis', 1);
        const axis = given === dims.length ? given : resolveAxis(given, dims.length, site);
        const rows = { outer: sizeOf(dims.slice(0, axis)), extent: sizeOf(dims.slice(axis)), inner: 1 };
        return softmaxAlong(site, rows, run);
      },
    },
    {
      since: 13,
      operator: (site) => {
        const { dims } = site.input(0);
        return softmaxAlong(site, along(dims, resolveAxis(site.attributes.int('axis', -1), dims.length, site)), run);
      },
    },
  ];
}

export const SOFTMAX: OperatorTable = {
  Softmax: versions(softmaxRun),
  LogSoftmax: versions((values, x, o, count, step) => softmaxRun(values, x, o, count, step, true)),
  Hardmax: versions(hardmaxRun),
};
