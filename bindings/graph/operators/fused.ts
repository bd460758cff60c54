import { activationName } from '../../cells/general/row-functions.js';
import { isScalarName, scalarFunction } from '../../cells/general/scalar-functions.js';
import { rangeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';
import { sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import { Memory } from '../memory.js';
import { isComputed, type Operator, type OperatorTable, type Site } from '../operator.js';
import { CONVOLUTIONS } from './convolution.js';
import { assertFloat } from './maps.js';
import { overAll, overArrays } from './over-arrays.js';
import { gemm, matMulWith } from './products.js';

/** The function that a node's attribute names, with the constants of its others. */
function activationOf(site: Site, constants: readonly number[]): (x: number) => number {
  const written = site.attributes.string('activation', '');
  if (written === '') return (x) => x;
  const [alpha, beta] = constants;
  if (written === 'Clip') return (x) => (x < alpha ? alpha : x > beta ? beta : x);
  const name = /^(Relu|Tanh|Sigmoid|LeakyRelu|HardSigmoid)$/.test(written) ? activationName(written, 'ONNX') : '';
  if (isScalarName(name)) return scalarFunction(name, alpha, beta);
  throw rangeError(
    `${site.who}: activation: got ${describeValue(written)}, expected Relu, Tanh, Sigmoid, LeakyRelu, HardSigmoid or Clip`,
  );
}

/** An operator, then perhaps the sum with another input, then a function of every element. */
function activated(operator: Operator, constantsOf: (site: Site) => readonly number[], sum = -1): Operator {
  return (site) => {
    const prepared = operator(site);
    const [output] = prepared.outputs;
    const scalar = activationOf(site, constantsOf(site));
    const added = site.inputs[sum];
    if (!isComputed(output)) return prepared;
    const size = sizeOf(output.dims);
    if (added && (added.dims.join() !== output.dims.join() || added.dtype !== output.dtype)) {
      throw rangeError(`${site.who}: got a sum with ${formatDims(added.dims)}, expected ${formatDims(output.dims)}`);
    }
    const { view } = STORAGE[output.dtype];
    return {
      ...prepared,
      bind: (place) => {
        const step = prepared.bind?.(place);
        const o = Memory.index(place.output(0), view);
        const z = added ? Memory.index(place.input(sum), view) : 0;
        return () => {
          step?.();
          const values = place.memory[view];
          for (let i = 0; i < size; i++) values[o + i] = scalar(values[o + i] + (added ? values[z + i] : 0));
        };
      },
    };
  };
}

const fusedConv = activated(
  CONVOLUTIONS.Conv as Operator,
  ({ attributes }) => attributes.floats('activation_params') ?? [],
  3,
);

const fusedGemm = activated(gemm, ({ attributes }) =>
  ['activation_alpha', 'activation_beta'].filter((name) => attributes.has(name)).map((name) => attributes.float(name)),
);

/** x, plus a bias along the last axis where there is one, through a function. */
function biased(scalarOf: (site: Site) => (x: number) => number): Operator {
  return (site) => {
    assertFloat(site, 0);
    const [x, bias] = [site.input(0), site.inputs[1]];
    const { dtype, dims } = x;
    const width = dims.at(-1) ?? 1;
    if (bias && (bias.dims.join() !== `${width}` || bias.dtype !== dtype)) {
      throw rangeError(`${site.who}: got a bias of ${bias.dtype} ${formatDims(bias.dims)}, expected [${width}]`);
    }
    const scalar = scalarOf(site);
    const size = sizeOf(dims);
    return overArrays([x, bias], { dtype, dims }, (to, o, from, at) => {
      for (let i = 0; i < size; i++) {
        to[o + i] = scalar(from[0][at[0] + i] + (bias ? from[1][at[1] + (i % width)] : 0));
      }
    });
  };
}

const quickGelu = (site: Site) => {
  const alpha = site.attributes.float('alpha', 1.702);
  return (x: number) => (x === Number.NEGATIVE_INFINITY ? 0 : x / (1 + Math.exp(-alpha * x)));
};

/**
 * The layer normalisation of a sum: of the input, what skips it, and a bias.
 *
 * @param isSimple whether the mean stays, and there is no shift
 */
function skipNormalization(isSimple: boolean): Operator {
  return (site) => {
    assertFloat(site, 0);
    const [x, skip, scale] = [site.input(0), site.input(1), site.input(2)];
    const shift = isSimple ? undefined : site.inputs[3];
    const bias = site.inputs[isSimple ? 3 : 4];
    const { dtype, dims } = x;
    const width = dims.at(-1) ?? 1;
    const [size, skipSize] = [sizeOf(dims), sizeOf(skip.dims)];
    const tail = dims.slice(dims.length - skip.dims.length).join();
    const vectors = [scale, shift, bias];
    if (
      !vectors.every((known) => !known || known.dims.join() === `${width}`) ||
      size % skipSize ||
      skip.dims.at(-1) !== width ||
      (skip.dims.join() !== tail && skip.dims[0] !== 1)
    ) {
      const got = [skip, ...vectors].map((known) => (known ? formatDims(known.dims) : 'none')).join(', ');
      throw rangeError(`${site.who}: got ${got} for dims ${formatDims(dims)}, expected those dims and [${width}]`);
    }
    const epsilon = site.attributes.float('epsilon', isSimple ? 1e-6 : 1e-12);
    const statistics = { dtype: 'float32' as const, dims: dims.with(-1, 1) };
    const sum = { dtype, dims };
    // The bias comes one input earlier where there is no shift.
    const inputs = isSimple ? [x, skip, scale, bias] : [x, skip, scale, shift, bias];
    const biasAt = inputs.length - 1;
    return overAll(inputs, [sum, statistics, statistics, sum], (to, o, from, at) => {
      for (let r = 0; r < size; r += width) {
        let [mean, squares] = [0, 0];
        for (let i = 0; i < width; i++) {
          const total =
            from[0][at[0] + r + i] + from[1][at[1] + ((r + i) % skipSize)] + (bias ? from[biasAt][at[biasAt] + i] : 0);
          to[3][o[3] + r + i] = total;
          mean += total;
        }
        mean = isSimple ? 0 : mean / width;
        for (let i = 0; i < width; i++) squares += (to[3][o[3] + r + i] - mean) ** 2;
        const inverse = 1 / Math.sqrt(squares / width + epsilon);
        to[1][o[1] + r / width] = mean;
        to[2][o[2] + r / width] = inverse;
        for (let i = 0; i < width; i++) {
          const normal = (to[3][o[3] + r + i] - mean) * inverse * from[2][at[2] + i];
          to[0][o[0] + r + i] = normal + (shift ? from[3][at[3] + i] : 0);
        }
      }
    });
  };
}

/** What onnxruntime's optimiser makes of several nodes. */
export const FUSED: OperatorTable = {
  FusedMatMul: (site) => {
    const turned = ['transA', 'transB', 'transBatchA', 'transBatchB'].map((name) => site.attributes.int(name, 0) !== 0);
    if (turned[2] || turned[3]) throw rangeError(`${site.who}: got transBatchA or transBatchB, expected neither`);
    return matMulWith(site, turned[0], turned[1], site.attributes.float('alpha', 1));
  },
  FusedGemm: fusedGemm,
  FusedConv: fusedConv,
  Gelu: biased(() => scalarFunction('gelu')),
  BiasGelu: biased(() => scalarFunction('gelu')),
  FastGelu: biased(() => scalarFunction('gelu_tanh')),
  QuickGelu: biased(quickGelu),
  SkipLayerNormalization: skipNormalization(false),
  SkipSimplifiedLayerNormalization: skipNormalization(true),
};
