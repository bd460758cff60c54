import { constantsOf, erf, type ScalarName, scalarFunction } from '../../cells/general/scalar-functions.js';
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
function mapWith(site: Site, scalar: Scalar, to = site.input(0).dtype): Prepared {
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
const floatMap = (scalar: Scalar): Operator => floatLoop(loopOf(scalar));

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

/** A function that recurrent cells have too; its constants are attributes of their names. */
function named(name: ScalarName): Operator {
  const constants = constantsOf(name);
  return (site) => {
    assertFloat(site, 0);
    const [alpha, beta] = (['alpha', 'beta'] as const).map((constant) =>
      constants.includes(constant) && site.attributes.has(constant) ? site.attributes.float(constant) : undefined,
    );
    return mapWith(site, scalarFunction(name, alpha, beta));
  };
}

const anyLeakyRelu = named('leaky_relu');

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

const [exactGelu, geluByTanh] = [named('gelu'), named('gelu_tanh')];

const gelu: Operator = (site) => {
  const approximate = site.attributes.string('approximate', 'none');
  return approximate === 'tanh' ? geluByTanh(site) : exactGelu(site);
};

const selu: Operator = (site) => {
  assertFloat(site, 0);
  const [alpha, gamma] = [
    site.attributes.float('alpha', site.opset < 6 ? 1.6732 : 1.6732632423543772),
    site.attributes.float('gamma', site.opset < 6 ? 1.0507 : 1.0507009873554805),
  ];
  return mapWith(site, (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x)));
};

const not: Operator = (site) => {
  const { dtype } = site.input(0);
  if (dtype !== 'bool') throw typeError(`${site.who}: got ${dtype}, expected bool`);
  return mapWith(site, (x) => (x ? 0 : 1));
};

const test =
  (scalar: (x: number) => boolean): Operator =>
  (site) => {
    assertFloat(site, 0);
    return mapWith(site, (x) => (scalar(x) ? 1 : 0), 'bool');
  };

const isInf: Operator = (site) => {
  const [least, most] = ['negative', 'positive'].map((sign) => site.attributes.int(`detect_${sign}`, 1) !== 0);
  return test((x) => (least && x === Number.NEGATIVE_INFINITY) || (most && x === Number.POSITIVE_INFINITY))(site);
};

const shrink: Operator = (site) => {
  const [lambd, bias] = [site.attributes.float('lambd', 0.5), site.attributes.float('bias', 0)];
  return mapWith(site, (x) => (x < -lambd ? x + bias : x > lambd ? x - bias : 0));
};

const swish: Operator = (site) => {
  assertFloat(site, 0);
  const alpha = site.attributes.float('alpha', 1);
  return mapWith(site, (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x / (1 + Math.exp(-alpha * x))));
};

const relu: Scalar = (x) => (x < 0 ? 0 : x);

/** Functions of one element. */
export const MAPS: OperatorTable = {
  Relu: kernelMap('reluMap', relu),
  Sigmoid: kernelMap('sigmoidMap', scalarFunction('sigmoid')),
  Tanh: kernelMap('tanhMap', Math.tanh),
  Sqrt: squareRoot,
  Exp: floatLoop(exp),
  Log: floatLoop(log),
  Abs: (site) => mapByLoop(site, abs),
  Neg: map((x) => -x),
  Sign: [{ since: 9, operator: map(Math.sign) }],
  Reciprocal: floatMap((x) => 1 / x),
  Floor: floatMap(Math.floor),
  Ceil: floatMap(Math.ceil),
  Round: [{ since: 11, operator: floatMap(roundToEven) }],
  Erf: [{ since: 9, operator: floatMap(erf) }],
  Sin: floatMap(Math.sin),
  Cos: floatMap(Math.cos),
  Tan: floatMap(Math.tan),
  Asin: floatMap(Math.asin),
  Acos: floatMap(Math.acos),
  Atan: floatMap(Math.atan),
  Sinh: [{ since: 9, operator: floatMap(Math.sinh) }],
  Cosh: [{ since: 9, operator: floatMap(Math.cosh) }],
  Asinh: [{ since: 9, operator: floatMap(Math.asinh) }],
  Acosh: [{ since: 9, operator: floatMap(Math.acosh) }],
  Atanh: [{ since: 9, operator: floatMap(Math.atanh) }],
  Not: not,
  IsInf: [{ since: 10, operator: isInf }],
  Shrink: [{ since: 9, operator: shrink }],
  Swish: [{ since: 24, operator: swish }],
  IsNaN: [{ since: 9, operator: test(Number.isNaN) }],
  Clip: clip,
  Elu: named('elu'),
  Celu: [{ since: 12, operator: named('celu') }],
  Selu: selu,
  LeakyRelu: leakyRelu,
  ThresholdedRelu: [{ since: 10, operator: named('thresholded_relu') }],
  HardSigmoid: named('hard_sigmoid'),
  HardSwish: [{ since: 14, operator: named('hard_silu') }],
  Softplus: named('softplus'),
  Softsign: named('softsign'),
  Mish: [{ since: 18, operator: named('mish') }],
  Gelu: [{ since: 20, operator: gelu }],
};
