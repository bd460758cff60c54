import { broadcastDims, broadcastStrides } from '../dims.js';
import { type Dtype, STORAGE, type Values, type ViewName } from '../dtype.js';
import { type Loops, planLoops, tightStrides } from '../loops.js';
import { Memory } from '../memory.js';
import {
  type Known,
  type Operator,
  type OperatorTable,
  type Place,
  type Prepared,
  type Site,
  type Step,
  seenWith,
} from '../operator.js';
import { assertFloat } from './maps.js';

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
  for (let k = 0; k < n; k++, o += oStep, i += aStep) out[o] = a[i] * a[i];
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
  const all: (readonly number[])[] = [];
  const views: ViewName[] = [];
  for (let i = 0; i < site.inputs.length; i++) {
    const input = site.input(i);
    all.push(input.dims);
    views.push(STORAGE[input.dtype].view);
  }
  const dims = broadcastDims(all, site);
  const dtype = to ?? site.input(0).dtype;
  const tight = tightStrides(dims);
  const plans: Loops[] = [];
  for (let k = 1; k < all.length; k++) {
    const left = k === 1 ? broadcastStrides(all[0], dims) : tight;
    plans.push(planLoops(site, dims, [tight, left, broadcastStrides(all[k], dims)]));
  }
  return {
    outputs: [{ dtype, dims }],
    bind: (place) => {
      const out = { view: STORAGE[dtype].view, address: place.output(0) };
      const steps: Step[] = [];
      let left: Operand = { view: views[0], address: place.input(0) };
      for (let k = 1; k < views.length; k++) {
        const right = { view: views[k], address: place.input(k) };
        steps.push(pairStep(place, loop, plans[k - 1], out, left, right));
        left = out;
      }
      if (finish) steps.push(finishStep(place, finish, out, dims));
      if (steps.length === 1) return steps[0];
      return () => {
        for (const step of steps) step();
      };
    },
  };
}

/** A tensor in wasm memory. */
interface Operand {
  readonly view: ViewName;
  readonly address: number;
}

function pairStep({ memory }: Place, loop: PairLoop, loops: Loops, out: Operand, a: Operand, b: Operand): Step {
  const { inner, outer, starts, steps } = loops;
  const [oStarts, aStarts, bStarts] = starts;
  const [oStep, aStep, bStep] = steps;
  const o = Memory.index(out.address, out.view);
  const i = Memory.index(a.address, a.view);
  const j = Memory.index(b.address, b.view);
  return () => {
    const target = memory[out.view];
    const left = memory[a.view];
    const right = memory[b.view];
    for (let k = 0; k < outer; k++) {
      loop(target, o + oStarts[k], oStep, left, i + aStarts[k], aStep, right, j + bStarts[k], bStep, inner);
    }
  };
}

function finishStep({ memory }: Place, finish: (x: number) => number, out: Operand, dims: readonly number[]): Step {
  const start = Memory.index(out.address, out.view);
  const end = start + dims.reduce((a, b) => a * b, 1);
  return () => {
    const values = memory[out.view];
    for (let i = start; i < end; i++) values[i] = finish(values[i]);
  };
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
