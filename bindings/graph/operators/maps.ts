import { padToLanes } from '../../engine/abi.js';
import { sizeOf } from '../dims.js';
import { isFloat, roundToEven, STORAGE } from '../dtype.js';
import { Memory } from '../memory.js';
import type { Operator, OperatorTable, Prepared, Site } from '../operator.js';

/** A function of one element. */
type Scalar = (x: number) => number;

/**
 * Maps every element of input 0.
 *
 * @param to the output's type; the input's unless given
 */
export function mapWith(site: Site, scalar: Scalar, to = site.input(0).dtype): Prepared {
  const { dtype, dims } = site.input(0);
  const size = sizeOf(dims);
  const from = STORAGE[dtype].view;
  const { view } = STORAGE[to];
  return {
    outputs: [{ dtype: to, dims }],
    bind: ({ input, output, memory }) => {
      const x = Memory.index(input(0), from);
      const out = Memory.index(output(0), view);
      return () => {
        const source = memory[from];
        const target = memory[view];
        for (let i = 0; i < size; i++) target[out + i] = scalar(source[x + i]);
      };
    },
  };
}

/** A function without attributes, of numbers of any type. */
const map =
  (scalar: Scalar): Operator =>
  (site) =>
    mapWith(site, scalar);

/** A function that only floating-point numbers have. */
const floatMap =
  (scalar: Scalar): Operator =>
  (site) => {
    assertFloat(site, 0);
    return mapWith(site, scalar);
  };

/** A function with one or two numbers as attributes, `defaults` by their names. */
function tuned(defaults: Readonly<Record<string, number>>, make: (...values: number[]) => Scalar): Operator {
  const entries = Object.entries(defaults);
  return (site) => {
    assertFloat(site, 0);
    return mapWith(site, make(...entries.map(([name, value]) => Math.fround(site.attributes.float(name, value)))));
  };
}

/** A function that the kernels have, four elements at a time. */
function kernelMap(kernel: 'reluMap' | 'sigmoidMap' | 'tanhMap', scalar: Scalar): Operator {
  return (site) => {
    const { dtype, dims } = site.input(0);
    if (STORAGE[dtype].view !== 'f32') return mapWith(site, scalar);
    const size = padToLanes(sizeOf(dims));
    return {
      outputs: [{ dtype, dims }],
      bind: ({ input, output, kernels }) => {
        const x = input(0);
        const out = output(0);
        return () => kernels[kernel](out, x, size);
      },
    };
  };
}

/** @throws {TypeError} if an input holds no floating-point numbers */
export function assertFloat(site: Site, i: number): void {
  const { dtype } = site.input(i);
  if (!isFloat(dtype)) throw new TypeError(`${site.who}: input ${i}: got ${dtype}, expected floating-point numbers`);
}

const sigmoid: Scalar = (x) => 1 / (1 + Math.exp(-x));
const softplus: Scalar = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const relu: Scalar = (x) => (x < 0 ? 0 : x);

export const MAPS: OperatorTable = {
  Relu: kernelMap('reluMap', relu),
  Sigmoid: kernelMap('sigmoidMap', sigmoid),
  Tanh: kernelMap('tanhMap', Math.tanh),
  Sqrt: floatMap(Math.sqrt),
  Exp: floatMap(Math.exp),
  Log: floatMap(Math.log),
  Abs: map(Math.abs),
  Neg: map((x) => -x),
  Sign: map(Math.sign),
  Reciprocal: floatMap((x) => 1 / x),
  Floor: floatMap(Math.floor),
  Ceil: floatMap(Math.ceil),
  Round: [{ since: 11, operator: floatMap(roundToEven) }],
  LeakyRelu: tuned({ alpha: 0.01 }, (alpha) => (x) => (x < 0 ? alpha * x : x)),
  Softplus: floatMap(softplus),
};
