import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { Pair } from '../abi.js';
import { broadcastDims, broadcastStrides, sizeOf } from '../dims.js';
import { type Dtype, STORAGE, type Values } from '../dtype.js';
import { type Loops, planLoops, tightStrides } from '../loops.js';
import {
  type Known,
  type Operator,
  type OperatorTable,
  type Place,
  type Prepared,
  type Site,
  type Step,
  seenWith,
  type Version,
} from '../operator.js';
import { assertFloat } from './maps.js';
import { overArrays } from './over-arrays.js';

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

/** A function of two elements as a loop, and how the kernel calls it where it has it. */
interface Combination {
  readonly loop: PairLoop;
  readonly pair?: Pair;
}

/** A function that is rarely in the way. */
export function by(pairOf: (a: number, b: number) => number): Combination {
  return {
    loop: (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
      for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = pairOf(a[i], b[j]);
    },
  };
}

// Those that stand everywhere have loops of their own: in a shared one every element would cost a call.
const add: Combination = {
  pair: Pair.ADD,
  loop: (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
    for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = a[i] + b[j];
  },
};
const sub: Combination = {
  pair: Pair.SUB,
  loop: (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
    for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = a[i] - b[j];
  },
};
const mul: Combination = {
  pair: Pair.MUL,
  loop: (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
    for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = a[i] * b[j];
  },
};
const div: Combination = {
  pair: Pair.DIV,
  loop: (out, o, oStep, a, i, aStep, b, j, bStep, n) => {
    for (let k = 0; k < n; k++, o += oStep, i += aStep, j += bStep) out[o] = a[i] / b[j];
  },
};
const square: Combination = { ...by((a) => a * a), pair: Pair.SQUARE };

const least: Combination = { ...by(Math.min), pair: Pair.MIN };
const most: Combination = { ...by(Math.max), pair: Pair.MAX };
const leaky: Combination = { ...by((x, slope) => (x < 0 ? slope * x : x)), pair: Pair.PRELU };

const truncatedDiv = by((a, b) => Math.trunc(a / b));
const integerPow = by((a, b) => Math.trunc(a ** b));
const pow = by((a, b) => a ** b);

/** Combines the first two inputs, then the result with each of the others, all repeated to the dims of all. */
function combine(
  site: Site,
  { loop, pair }: Combination,
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
  const output = { dtype: to ?? inputs[0].dtype, dims };
  const prepared = overArrays(inputs, output, (out, o, from, at) => {
    runPairs(loop, plans[0], out, o, from[0], at[0], from[1], at[1]);
    for (let k = 1; k < plans.length; k++) runPairs(loop, plans[k], out, o, out, o, from[k + 1], at[k + 1]);
    if (finish) for (let i = o; i < o + size; i++) out[i] = finish(out[i]);
  });
  if (pair === undefined || finish || STORAGE[output.dtype].view !== 'f32' || !plans.every(suitsKernel))
    return prepared;
  return { ...prepared, bind: (place) => bindKernel(place, pair, plans) };
}

/** Turns of an inner loop from which on a call of the kernel is worth it. */
const FEW = 16;

/** Whether the kernel can run the inner loops: results side by side, what is combined too or one element for all. */
function suitsKernel({ inner, steps }: Loops): boolean {
  return inner >= FEW && steps[0] === 1 && steps[1] >= 0 && steps[1] <= 1 && steps[2] >= 0 && steps[2] <= 1;
}

function bindKernel({ input, output, graphKernels: kernels }: Place, pair: Pair, plans: readonly Loops[]): Step {
  const out = output(0);
  const from: number[] = [];
  for (let i = 0; i <= plans.length; i++) from.push(input(i));
  return () => {
    for (let p = 0; p < plans.length; p++) {
      const { inner, outer, starts, steps } = plans[p];
      const a = p === 0 ? from[0] : out;
      const b = from[p + 1];
      for (let k = 0; k < outer; k++) {
        const to = out + starts[0][k] * 4;
        kernels.combine(to, a + starts[1][k] * 4, b + starts[2][k] * 4, pair, steps[1], steps[2], inner);
      }
    }
  };
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
    throw typeError(`${site.who}: got ${site.inputs.length} inputs, expected ${count}`);
  }
  for (let i = 1; i < site.inputs.length; i++) {
    const { dtype } = site.input(i);
    if (dtype !== first.dtype) throw typeError(`${site.who}: got ${first.dtype} and ${dtype}, expected one type`);
  }
  return first;
}

/** Arithmetic of two tensors; `integer` is used for integers where it differs. */
export function arithmetic(combination: Combination, integer = combination): Operator {
  return (site) => {
    const { dtype } = assertOneType(site, 2);
    return combine(site, STORAGE[dtype].integer ? integer : combination);
  };
}

/** A comparison, or a function of truth values. */
function predicate(pair: (a: number, b: number) => boolean): Operator {
  const combination = by((a, b) => (pair(a, b) ? 1 : 0));
  return (site) => {
    assertOneType(site, 2);
    return combine(site, combination, { to: 'bool' });
  };
}

/** A function of any number of tensors. */
function variadic(combination: Combination, finish?: (count: number) => (x: number) => number): Operator {
  return (site) => {
    const { dims } = assertOneType(site);
    if (site.inputs.length === 1) return seenWith(dims);
    return combine(site, combination, { finish: finish?.(site.inputs.length) });
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
      by((a, b) => a % b),
    );
  return combine(
    site,
    by((a, b) => {
      const rest = a % b;
      if (rest === 0) return b < 0 ? -0 : 0;
      return rest < 0 === b < 0 ? rest : rest + b;
    }),
  );
};

const prelu: Operator = (site) => {
  assertFloat(site, 0);
  return combine(site, leaky);
};

/**
 * Before opset 7 only the second input is repeated, only if the attribute `broadcast` says so, and its axes are those of the first
 * input from `axis` on (its last ones unless given).
 */
function sinceFirst(operator: Operator): Version[] {
  const first: Operator = (site) => {
    const [a, b] = [site.input(0), site.input(1)];
    const rank = a.dims.length;
    const axis = site.attributes.int('axis', rank - b.dims.length);
    const dims = [...b.dims, ...new Array<number>(Math.max(0, rank - axis - b.dims.length)).fill(1)];
    const fits = site.attributes.int('broadcast', 0)
      ? broadcastDims([a.dims, dims], site).join() === a.dims.join()
      : a.dims.join() === b.dims.join();
    if (!fits) {
      throw rangeError(
        `${site.who}: got dims ${formatDims(a.dims)} and ${formatDims(b.dims)}, expected the same dims, or broadcast 1`,
      );
    }
    const inputs = [a, { ...b, dims }];
    return operator(Object.create(site, { inputs: { value: inputs }, input: { value: (i: number) => inputs[i] } }));
  };
  return [
    { since: 1, operator: first },
    { since: 7, operator },
  ];
}

/** Before opset 7 slopes are one for all, or one for each channel. */
const preluByChannel: Operator = (site) => {
  const [x, slope] = [site.input(0), site.input(1)];
  const count = sizeOf(slope.dims);
  const dims = count === 1 ? [] : [count, ...new Array<number>(Math.max(0, x.dims.length - 2)).fill(1)];
  const inputs = [x, { ...slope, dims }];
  return prelu(Object.create(site, { inputs: { value: inputs }, input: { value: (i: number) => inputs[i] } }));
};

/** Functions of two or more tensors that are repeated to common dims. */
export const COMBINATIONS: OperatorTable = {
  Add: sinceFirst(arithmetic(add)),
  Sub: sinceFirst(arithmetic(sub)),
  Mul: sinceFirst(arithmetic(mul)),
  Div: sinceFirst(arithmetic(div, truncatedDiv)),
  Pow: sinceFirst(power),
  Mod: [{ since: 10, operator: modulo }],
  PRelu: [
    { since: 1, operator: preluByChannel },
    { since: 7, operator: prelu },
  ],
  Min: variadic(least),
  Max: variadic(most),
  Sum: variadic(add),
  Mean: variadic(add, (count) => (x) => x / count),
  Equal: sinceFirst(predicate((a, b) => a === b)),
  Less: sinceFirst(predicate((a, b) => a < b)),
  LessOrEqual: [{ since: 12, operator: predicate((a, b) => a <= b) }],
  Greater: sinceFirst(predicate((a, b) => a > b)),
  GreaterOrEqual: [{ since: 12, operator: predicate((a, b) => a >= b) }],
  And: sinceFirst(predicate((a, b) => a !== 0 && b !== 0)),
  Or: sinceFirst(predicate((a, b) => a !== 0 || b !== 0)),
  Xor: sinceFirst(predicate((a, b) => (a !== 0) !== (b !== 0))),
};
