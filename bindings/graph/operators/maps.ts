import { elu, erf, hardSigmoid, leakyRelu as leakyReluOf, sigmoid, softplus } from '../../cells/general/elementary.js';
import { padToLanes } from '../../engine/abi.js';
import { typeError } from '../../errors.js';
import { Pair } from '../abi.js';
import { sizeOf } from '../dims.js';
import { isFloat, roundToEven, STORAGE, type Values } from '../dtype.js';
import { Memory } from '../memory.js';
import type { Operator, OperatorTable, Place, Prepared, Site } from '../operator.js';
import { overArrays } from './over-arrays.js';

/** A function of one element. */
type Scalar = (x: number) => number;

/** One run over `n` elements. */
type MapLoop = (out: Values, o: number, x: Values, i: number, n: number) => void;

function loopOf(scalar: Scalar): MapLoop {
  return (out, o, x, i, n) => {
    for (let k = 0; k < n; k++) out[o + k] = scalar(x[i + k]);
  };
}

// What spectra are made with has loops of its own: in a shared one every element would cost a call.
const abs: MapLoop = (out, o, x, i, n) => {
  for (let k = 0; k < n; k++) out[o + k] = Math.abs(x[i + k]);
};
const sqrt: MapLoop = (out, o, x, i, n) => {
  for (let k = 0; k < n; k++) out[o + k] = Math.sqrt(x[i + k]);
};
const log: MapLoop = (out, o, x, i, n) => {
  for (let k = 0; k < n; k++) out[o + k] = Math.log(x[i + k]);
};
const exp: MapLoop = (out, o, x, i, n) => {
  for (let k = 0; k < n; k++) out[o + k] = Math.exp(x[i + k]);
};

/**
 * Maps every element of input 0.
 *
 * @param to the output's type; the input's unless given
 */
export function mapWith(site: Site, scalar: Scalar, to = site.input(0).dtype): Prepared {
  return mapByLoop(site, loopOf(scalar), to);
}

function mapByLoop(site: Site, loop: MapLoop, to = site.input(0).dtype): Prepared {
  const input = site.input(0);
  const { dims } = input;
  const size = sizeOf(dims);
  return overArrays([input], { dtype: to, dims }, (out, o, from, at) => loop(out, o, from[0], at[0], size));
}

/** A function without attributes, of numbers of any type. */
export const map =
  (scalar: Scalar): Operator =>
  (site) =>
    mapWith(site, scalar);

/** A function that only floating-point numbers have. */
export const floatMap = (scalar: Scalar): Operator => floatLoop(loopOf(scalar));

function floatLoop(loop: MapLoop): Operator {
  return (site) => {
    assertFloat(site, 0);
    return mapByLoop(site, loop);
  };
}

/** Gives float32 to a kernel. */
function onKernel(site: Site, prepared: Prepared, run: (place: Place, out: number, x: number) => void): Prepared {
  if (STORAGE[site.input(0).dtype].view !== 'f32') return prepared;
  return {
    ...prepared,
    bind: (place) => {
      const [x, out] = [place.input(0), place.output(0)];
      return () => run(place, out, x);
    },
  };
}

const squareRoot: Operator = (site) => {
  assertFloat(site, 0);
  const size = sizeOf(site.input(0).dims);
  return onKernel(site, mapByLoop(site, sqrt), ({ graphKernels }, out, x) => graphKernels.sqrtMap(out, x, size));
};

/** A function with constants, which are attributes; as given, the defaults. */
function shaped(make: (alpha: number, beta: number) => Scalar, alpha: number, beta = 0): Operator {
  return (site) => {
    assertFloat(site, 0);
    return mapWith(site, make(site.attributes.float('alpha', alpha), beta && site.attributes.float('beta', beta)));
  };
}

const anyLeakyRelu = shaped(leakyReluOf, 0.01);

const leakyRelu: Operator = (site) => {
  const size = sizeOf(site.input(0).dims);
  const slope = site.attributes.float('alpha', 0.01);
  return onKernel(site, { ...anyLeakyRelu(site), scratch: 1 }, ({ graphKernels, memory, scratch }, out, x) => {
    memory.f32[scratch / 4] = slope;
    graphKernels.combine(out, x, scratch, Pair.PRELU, 1, 0, size);
  });
};

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
  if (!isFloat(dtype)) throw typeError(`${site.who}: input ${i}: got ${dtype}, expected floating-point numbers`);
}

/** max(least, min(most, x)): bounds are attributes before opset 11, inputs since. */
const clip: Operator = (site) => {
  const { dtype, dims } = site.input(0);
  const size = sizeOf(dims);
  const { view } = STORAGE[dtype];
  const [lowest, highest] = [site.attributes.float('min', -Infinity), site.attributes.float('max', Infinity)];
  for (const bound of [site.inputs[1], site.inputs[2]]) {
    if (bound && (bound.dtype !== dtype || sizeOf(bound.dims) !== 1)) {
      throw typeError(`${site.who}: got a bound of ${bound.dtype}, expected one ${dtype}`);
    }
  }
  return {
    outputs: [{ dtype, dims }],
    bind: ({ input, output, memory }) => {
      const [x, o] = [input(0), output(0)].map((address) => Memory.index(address, view));
      const [least, most] = [1, 2].map((i) => (site.inputs[i] ? Memory.index(input(i), view) : undefined));
      return () => {
        const values = memory[view];
        const low = least === undefined ? lowest : values[least];
        const high = most === undefined ? highest : values[most];
        for (let i = 0; i < size; i++) {
          const value = values[x + i];
          const raised = value < low ? low : value;
          values[o + i] = raised > high ? high : raised;
        }
      };
    },
  };
};

const not: Operator = (site) => {
  const { dtype } = site.input(0);
  if (dtype !== 'bool') throw typeError(`${site.who}: got ${dtype}, expected bool`);
  return mapWith(site, (x) => (x ? 0 : 1));
};

const relu: Scalar = (x) => (x < 0 ? 0 : x);

/** Functions of one element that many models have; the others are in `rare-maps.ts`. */
export const MAPS: OperatorTable = {
  Relu: kernelMap('reluMap', relu),
  Sigmoid: kernelMap('sigmoidMap', sigmoid),
  Tanh: kernelMap('tanhMap', Math.tanh),
  Sqrt: squareRoot,
  Exp: floatLoop(exp),
  Log: floatLoop(log),
  Abs: (site) => mapByLoop(site, abs),
  Neg: map((x) => -x),
  Sign: [{ since: 9, operator: map(Math.sign) }],
  Reciprocal: floatMap((x) => 1 / x),
  Floor: floatMap(Math.floor),
  Round: [{ since: 11, operator: floatMap(roundToEven) }],
  Erf: [{ since: 9, operator: floatMap(erf) }],
  Sin: floatMap(Math.sin),
  Cos: floatMap(Math.cos),
  Not: not,
  Clip: clip,
  Elu: shaped(elu, 1),
  LeakyRelu: leakyRelu,
  HardSigmoid: shaped(hardSigmoid, 0.2, 0.5),
  Softplus: floatMap(softplus),
};
