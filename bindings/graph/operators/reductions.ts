import { resolveAxes, sizeOf } from '../dims.js';
import { extremesOf, STORAGE, type Values } from '../dtype.js';
import { type Loops, planLoops, tightStrides } from '../loops.js';
import type { Operator, OperatorTable, Site } from '../operator.js';
import { overArrays } from './over-arrays.js';
import { axesOf } from './views.js';

/** How elements become one: from `start`, each taken in by `take`, at the end made the result by `end`. */
interface Reducer {
  readonly start: number;
  readonly take: (sum: number, x: number) => number;
  readonly end?: (sum: number, count: number) => number;
}

/** The axes to reduce, rising: all where none are given, none where the node says so. */
function reducedAxes(site: Site, rank: number): number[] {
  const given = axesOf(site);
  if (given && given.length > 0) return resolveAxes(given, rank, site);
  if (site.attributes.int('noop_with_empty_axes', 0)) return [];
  return Array.from({ length: rank }, (_, d) => d);
}

function reduce({ start: first, take, end }: Reducer): Operator {
  return (site) => {
    const { dtype, dims } = site.input(0);
    // What the greatest of nothing is: integers have no infinity.
    const [least, most] = extremesOf(dtype);
    const start = Math.min(Math.max(first, least), most);
    const axes = reducedAxes(site, dims.length);
    const keepDims = site.attributes.int('keepdims', 1);
    const strides = tightStrides(dims);
    const [result, kept, keptStrides, reduced, reducedStrides]: number[][] = [[], [], [], [], []];
    for (let d = 0; d < dims.length; d++) {
      if (d === axes[reduced.length]) {
        reduced.push(dims[d]);
        reducedStrides.push(strides[d]);
        if (keepDims) result.push(1);
      } else {
        kept.push(dims[d]);
        keptStrides.push(strides[d]);
        result.push(dims[d]);
      }
    }
    const over = planLoops(site, kept, [tightStrides(kept), keptStrides]);
    const along = planLoops(site, reduced, [reducedStrides]);
    const count = sizeOf(reduced);
    const isInteger = STORAGE[dtype].integer;
    const finish = (sum: number) => {
      const value = end ? end(sum, count) : sum;
      return isInteger ? Math.trunc(value) : value;
    };
    return overArrays([site.input(0)], { dtype, dims: result }, (to, o, from, at) => {
      reduceAlong(to, o, from[0], at[0], over, along, start, take, finish);
    });
  };
}

/** At each place that `over` walks to: takes in, one after another, the elements that `along` walks over from there. */
function reduceAlong(
  to: Values,
  o: number,
  from: Values,
  x: number,
  over: Loops,
  along: Loops,
  start: number,
  take: Reducer['take'],
  finish: (sum: number) => number,
): void {
  const [oStarts, xStarts] = over.starts;
  const [oStep, xStep] = over.steps;
  const [inStarts] = along.starts;
  const [inStep] = along.steps;
  for (let k = 0; k < over.outer; k++) {
    for (let i = 0; i < over.inner; i++) {
      const first = x + xStarts[k] + i * xStep;
      let sum = start;
      for (let l = 0; l < along.outer; l++) {
        let at = first + inStarts[l];
        for (let j = 0; j < along.inner; j++, at += inStep) sum = take(sum, from[at]);
      }
      to[o + oStarts[k] + i * oStep] = finish(sum);
    }
  }
}

const add = (sum: number, x: number) => sum + x;

/** log(e^a + e^b) without overflow. */
function logAddExp(a: number, b: number): number {
  const greater = Math.max(a, b);
  return Number.isFinite(greater) ? greater + Math.log1p(Math.exp(-Math.abs(a - b))) : greater;
}

/** Operators that make one element of many, along some axes. */
export const REDUCTIONS: OperatorTable = {
  ReduceSum: reduce({ start: 0, take: add }),
  ReduceMean: reduce({ start: 0, take: add, end: (sum, count) => sum / count }),
  ReduceMax: reduce({ start: Number.NEGATIVE_INFINITY, take: Math.max }),
  ReduceMin: reduce({ start: Number.POSITIVE_INFINITY, take: Math.min }),
  ReduceProd: reduce({ start: 1, take: (product, x) => product * x }),
  ReduceL1: reduce({ start: 0, take: (sum, x) => sum + Math.abs(x) }),
  ReduceL2: reduce({ start: 0, take: (sum, x) => sum + x * x, end: Math.sqrt }),
  ReduceSumSquare: reduce({ start: 0, take: (sum, x) => sum + x * x }),
  ReduceLogSum: reduce({ start: 0, take: add, end: Math.log }),
  ReduceLogSumExp: reduce({ start: Number.NEGATIVE_INFINITY, take: logAddExp }),
};
