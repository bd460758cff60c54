import { broadcastDims, broadcastStrides, sizeOf } from '../dims.js';
import { type Dtype, STORAGE, type Values } from '../dtype.js';
import { type Loops, planLoops, tightStrides } from '../loops.js';
import { type Known, type Operator, type OperatorTable, type Prepared, type Site, seenWith } from '../operator.js';
import { assertFloat } from './maps.js';
import { overArrays } from './over-arrays.js';

/** A function of two elements. */
type Pair = (a: number, b: number) => number;

/** One inner loop of such a function: `n` results, out, a and b each moving by its own step. */
type PairLoop = (
  out: Values,
  o: number,
  oStep: number,
  a: Values,
  i: number,
  aStep: number,
  b: Values,
  j: number,
  bStep: number,
  n: number,
) => void;

/** The loop of a function that is rarely in the way. */
function loopOf(pair: Pair): PairLoop {
  return (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
    for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = pair(a[i], b[j]);
  };
}

// Those that stand everywhere have loops of their own: in a shared one every element would cost a call.
const add: PairLoop = (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
  for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = a[i] + b[j];
};
const sub: PairLoop = (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
  for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = a[i] - b[j];
};
const mul: PairLoop = (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
  for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = a[i] * b[j];
};
const div: PairLoop = (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
  for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = a[i] / b[j];
};
const square: PairLoop = (out, o, oStep, a, i, aStep, _b, _j, _bStep, n) => {
  for (let k = 0; k < n; k++, o += oStep, i += aStep) {
    const x = a[i];
    out[o] = x * x;
  }
};

const truncatedDiv = loopOf((a, b) => Math.trunc(a / b));
const integerPow = loopOf((a, b) => Math.trunc(a ** b));
const pow = loopOf((a, b) => a ** b);

/** Combines the first two inputs, then the result with each of the others, all repeated to the dims of all. */
function combine(
  site: Site,
  loop: PairLoop,
  { to, finish }: { to?: Dtype; finish?: (x: number) => number } = {},
): Prepared {
  const inputs: Known[] = [];
  const all: (readonly number[])[] = [];
  for (let i = 0; i < site.inputs.length; i++) {
    inputs.push(site.input(i));
    all.push(inputs[i].dims);
  }
  const dims = broadcastDims(all, site);
  const tight = tightStrides(dims);
  const plans: Loops[] = [];
  for (let k = 1; k < inputs.length; k++) {
    const left = k === 1 ? broadcastStrides(all[0], dims) : tight;
    plans.push(planLoops(site, dims, [tight, left, broadcastStrides(all[k], dims)]));
  }
  const size = sizeOf(dims);
  return overArrays(inputs, { dtype: to ?? inputs[0].dtype, dims }, (out, o, from, at) => {
    runPairs(loop, plans[0], out, o, from[0], at[0], from[1], at[1]);
    for (let k = 1; k < plans.length; k++) runPairs(loop, plans[k], out, o, out, o, from[k + 1], at[k + 1]);
    if (finish) for (let i = o; i < o + size; i++) out[i] = finish(out[i]);
  });
}

function runPairs(
  loop: PairLoop,
  { inner, outer, starts, steps }: Loops,
  out: Values,
  o: number,
  a: Values,
  i: number,
  b: Values,
  j: number,
): void {
  for (let k = 0; k < outer; k++) {
    loop(out, o + starts[0][k], steps[0], a, i + starts[1][k], steps[1], b, j + starts[2][k], steps[2], inner);
  }
}

/** @throws {TypeError} if the inputs are not of one type, or there are not as many as there should be */
function assertOneType(site: Site, count?: number): Known {
  const first = site.input(0);
  if (count !== undefined && site.inputs.length !== count) {
    throw new TypeError(`${site.who}: got ${site.inputs.length} inputs, expected ${count}`);
  }
  for (let i = 1; i < site.inputs.length; i++) {
    const { dtype } = site.input(i);
    if (dtype !== first.dtype) throw new TypeError(`${site.who}: got ${first.dtype} and ${dtype}, expected one type`);
  }
  return first;
}

/** Arithmetic of two tensors; `integer` is used for integers where it differs. */
function arithmetic(loop: PairLoop, integer = loop): Operator {
  return (site) => {
    const { dtype } = assertOneType(site, 2);
    return combine(site, STORAGE[dtype].integer ? integer : loop);
  };
}

/** A comparison, or a function of truth values. */
function predicate(pair: (a: number, b: number) => boolean): Operator {
  const loop = loopOf((a, b) => (pair(a, b) ? 1 : 0));
  return (site) => {
    assertOneType(site, 2);
    return combine(site, loop, { to: 'bool' });
  };
}

/** A function of any number of tensors. */
function variadic(loop: PairLoop, finish?: (count: number) => (x: number) => number): Operator {
  return (site) => {
    const { dims } = assertOneType(site);
    if (site.inputs.length === 1) return seenWith(dims);
    return combine(site, loop, { finish: finish?.(site.inputs.length) });
  };
}

/** Base and exponent may be of different types; the result is of the base's. */
const power: Operator = (site) => {
  const { dtype } = site.input(0);
  const exponent = site.input(1);
  if (exponent.constant?.data.length === 1 && exponent.constant.data[0] === 2) return combine(site, square);
  return combine(site, STORAGE[dtype].integer ? integerPow : pow);
};

const modulo: Operator = (site) => {
  assertOneType(site, 2);
  if (site.attributes.int('fmod', 0))
    return combine(
      site,
      loopOf((a, b) => a % b),
    );
  return combine(
    site,
    loopOf((a, b) => a - b * Math.floor(a / b)),
  );
};

const prelu: Operator = (site) => {
  assertFloat(site, 0);
  return combine(
    site,
    loopOf((x, slope) => (x < 0 ? slope * x : x)),
  );
};

/** Functions of two or more tensors that are repeated to common dims. */
export const COMBINATIONS: OperatorTable = {
  Add: arithmetic(add),
  Sub: arithmetic(sub),
  Mul: arithmetic(mul),
  Div: arithmetic(div, truncatedDiv),
  Pow: power,
  Mod: [{ since: 10, operator: modulo }],
  PRelu: prelu,
  Min: variadic(loopOf(Math.min)),
  Max: variadic(loopOf(Math.max)),
  Sum: variadic(add),
  Mean: variadic(add, (count) => (x) => x / count),
  Equal: predicate((a, b) => a === b),
  Less: predicate((a, b) => a < b),
  LessOrEqual: [{ since: 12, operator: predicate((a, b) => a <= b) }],
  Greater: predicate((a, b) => a > b),
  GreaterOrEqual: [{ since: 12, operator: predicate((a, b) => a >= b) }],
  And: predicate((a, b) => a !== 0 && b !== 0),
  Or: predicate((a, b) => a !== 0 || b !== 0),
  Xor: predicate((a, b) => (a !== 0) !== (b !== 0)),
};
