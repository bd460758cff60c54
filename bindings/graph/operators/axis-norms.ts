import { rangeError } from '../../errors.js';
import { resolveAxes, resolveAxis, sizeOf } from '../dims.js';
import type { Values } from '../dtype.js';
import { type Loops, planLoops, tightStrides } from '../loops.js';
import type { Operator, OperatorTable, Prepared, Site } from '../operator.js';
import { along } from './along.js';
import { assertFloat } from './maps.js';
import { overArrays } from './over-arrays.js';

/** Sums powers of what loops walk over from one place on, in float64. */
function powerSum(
  from: Values,
  start: number,
  { inner, outer, steps, starts }: Loops,
  shift: number,
  p: number,
): number {
  let sum = 0;
  for (let l = 0; l < outer; l++) {
    let at = start + starts[0][l];
    for (let j = 0; j < inner; j++, at += steps[0]) {
      const x = from[at] - shift;
      sum += p === 1 ? Math.abs(x) : x * x;
    }
  }
  return sum;
}

/** Elements that share what is computed over some axes: gives every such set a factor and a shift. */
function overAxes(
  site: Site,
  axes: readonly number[],
  factorOf: (from: Values, start: number, along: Loops, count: number) => readonly [factor: number, shift: number],
): Prepared {
  assertFloat(site, 0);
  const { dtype, dims } = site.input(0);
  const strides = tightStrides(dims);
  const of = (values: readonly number[], reduced: boolean) => values.filter((_, d) => axes.includes(d) === reduced);
  const sets = planLoops(site, of(dims, false), [of(strides, false)]);
  const members = planLoops(site, of(dims, true), [of(strides, true)]);
  const count = sizeOf(of(dims, true));
  return overArrays([site.input(0)], { dtype, dims }, (to, o, [from], [x]) => {
    for (let k = 0; k < sets.outer; k++) {
      for (let i = 0; i < sets.inner; i++) {
        const place = sets.starts[0][k] + i * sets.steps[0];
        const [factor, shift] = factorOf(from, x + place, members, count);
        for (let l = 0; l < members.outer; l++) {
          let at = place + members.starts[0][l];
          for (let j = 0; j < members.inner; j++, at += members.steps[0]) to[o + at] = (from[x + at] - shift) * factor;
        }
      }
    }
  });
}

/** Every element by the mean and variance of those that share its other axes. */
const meanVarianceNormalization: Operator = (site) => {
  const { dims } = site.input(0);
  const given = site.attributes.ints('axes') ?? [0, 2, 3];
  const axes = resolveAxes(given, dims.length, site);
  return overAxes(site, axes, (from, start, members, count) => {
    let sum = 0;
    for (let l = 0; l < members.outer; l++) {
      const first = start + members.starts[0][l];
      for (let j = 0; j < members.inner; j++) sum += from[first + j * members.steps[0]];
    }
    const mean = sum / count;
    return [1 / (Math.sqrt(powerSum(from, start, members, mean, 2) / count) + 1e-9), mean];
  });
};

/** Every element by the norm of its axis; nothing stays nothing. */
const lpNormalization: Operator = (site) => {
  const { dims } = site.input(0);
  const axis = resolveAxis(site.attributes.int('axis', -1), dims.length, site);
  const p = site.attributes.int('p', 2);
  if (p !== 1 && p !== 2) throw rangeError(`${site.who}: got p ${p}, expected 1 or 2`);
  return overAxes(site, [axis], (from, start, members) => {
    const sum = powerSum(from, start, members, 0, p);
    return [sum === 0 ? 0 : 1 / (p === 1 ? sum : Math.sqrt(sum)), 0];
  });
};

/** Every element by the squares of the channels around its own. */
const localResponse: Operator = (site) => {
  assertFloat(site, 0);
  const { dtype, dims } = site.input(0);
  const { attributes } = site;
  const size = attributes.int('size');
  const [alpha, beta, bias] = [
    attributes.float('alpha', 1e-4),
    attributes.float('beta', 0.75),
    attributes.float('bias', 1),
  ];
  if (dims.length < 3 || size < 1) {
    throw rangeError(`${site.who}: got ${dims.length} dims and size ${size}, expected [N, C, …] and at least 1`);
  }
  const { outer, extent, inner } = along(dims, 1);
  const before = Math.floor((size - 1) / 2);
  return overArrays([site.input(0)], { dtype, dims }, (to, o, [from], [x]) => {
    for (let k = 0; k < outer * extent * inner; k++) {
      const c = Math.floor(k / inner) % extent;
      let squares = 0;
      const end = Math.min(extent, c - before + size);
      for (let j = Math.max(0, c - before); j < end; j++) squares += from[x + k + (j - c) * inner] ** 2;
      to[o + k] = from[x + k] / (bias + (alpha / size) * squares) ** beta;
    }
  });
};

export const AXIS_NORMS: OperatorTable = {
  LpNormalization: lpNormalization,
  LRN: localResponse,
  MeanVarianceNormalization: [{ since: 9, operator: meanVarianceNormalization }],
};
