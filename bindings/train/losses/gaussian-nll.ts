import { rangeError, typeError } from '../../errors.js';
import { assertBoolean, assertOptions } from '../../options.js';
import { assertTensor, describeValue, formatDims, type Tensor } from '../../tensor.js';
import { assertFinite } from '../assert-finite.js';
import { assertTargetDims, type Loss, type LossOptions, lossOfRows, outputWidth, type RowLoss } from './loss.js';

/**
 * How the second half of an output tells the variance: `'softplus'`, ln(1 + eˢ); `'exp'`, eˢ, the output being the log of
 * the variance; `'direct'`, s itself, which PyTorch refuses below 0 and so do we.
 */
export type VarianceLink = 'softplus' | 'exp' | 'direct';

/** Options of `gaussianNLL`. */
export interface GaussianNLLOptions extends LossOptions {
  /** Default `'softplus'`. */
  variance?: VarianceLink;
  /** The least variance, above 0. Default 1e-6, as PyTorch's. */
  eps?: number;
  /** Whether ln(2π)/2 is added, which makes it a true negative log-likelihood. Default false, as PyTorch's. */
  full?: boolean;
}

/** A variance and its derivative by what the network gave. */
interface Link {
  value(s: number): number;
  slope(s: number): number;
}

const LINKS: Readonly<Record<VarianceLink, Link>> = {
  // Beyond 20 PyTorch's softplus is the identity.
  softplus: {
    value: (s) => (s > 20 ? s : Math.log1p(Math.exp(s))),
    slope: (s) => (s > 20 ? 1 : 1 / (1 + Math.exp(-s))),
  },
  exp: { value: Math.exp, slope: Math.exp },
  direct: { value: (s) => s, slope: () => 1 },
};

/**
 * Negative log-likelihood of a normal distribution, as torch.nn.functional.gaussian_nll_loss:
 * (ln v + (μ − target)²/v)/2 with v = max(variance, eps). As in PyTorch the floor is not differentiated: the gradient by
 * the variance is (1/v − (μ − target)²/v²)/2 below eps too.
 *
 * Output […, 2F]: the means, then what tells the variances. Target […, F]. The mean is over the elements.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value
 *
 * @example
 * ```ts
 * import { gaussianNLL } from 'hiddenstate/train';
 *
 * const output = { data: Float32Array.of(1.5, 0), dims: [1, 2] }; // a mean, and the logarithm of a variance
 * const loss = gaussianNLL({ variance: 'exp' });
 * console.log(loss(output, { data: Float32Array.of(1), dims: [1, 1] }).value); // 0.125
 * ```
 */
export function gaussianNLL(options: GaussianNLLOptions = {}): Loss {
  const who = 'gaussianNLL';
  assertOptions(options, ['reduction', 'variance', 'eps', 'full'], who);
  const { variance = 'softplus', eps = 1e-6, full = false } = options;
  assertFinite(eps, `${who}: eps`, Number.MIN_VALUE);
  assertBoolean(full, `${who}: full`);
  const link = linkOf(variance, who);
  const constant = full ? Math.log(2 * Math.PI) / 2 : 0;
  let size = 0;
  const spec: RowLoss = {
    who,
    shape(output, target) {
      size = halfWidth(output, who);
      const lossDims = [...output.dims.slice(0, -1), size];
      assertTargetDims(target, lossDims, who);
      return { width: 2 * size, targetWidth: size, lossWidth: size, lossDims };
    },
    row(output, at, target, targetAt, gradient, factor, losses) {
      let sum = 0;
      for (let i = 0; i < size; i++) {
        const s = output[at + size + i];
        const value = link.value(s);
        if (value < 0) throw rangeError(`${who}: output: got a variance of ${value}, expected at least 0`);
        // Not Math.max(eps, value) alone: NaN must stay NaN, and does.
        const v = Math.max(value, eps);
        const d = output[at + i] - target[targetAt + i];
        const loss = (Math.log(v) + (d * d) / v) / 2 + constant;
        sum += loss;
        gradient[at + i] = (factor * d) / v;
        gradient[at + size + i] = factor * ((1 / v - (d * d) / (v * v)) / 2) * link.slope(s);
        if (losses) losses[i] = loss;
      }
      return sum;
    },
  };
  return lossOfRows(spec, options);
}

/**
 * Reads the means and variances out of a model's output as `gaussianNLL` does.
 *
 * @param output […, 2F]; stays the caller's
 * @returns two tensors […, F] of their own
 * @throws {TypeError | RangeError} if the output or an option does not fit
 *
 * @example
 * ```ts
 * import { splitGaussian } from 'hiddenstate/train';
 *
 * const output = { data: Float32Array.of(1.5, 0), dims: [1, 2] };
 * const { mean, variance } = splitGaussian(output, { variance: 'exp' });
 * console.log(mean.data[0], variance.data[0]); // 1.5 1
 * ```
 */
export function splitGaussian(
  output: Tensor,
  options: { variance?: VarianceLink; eps?: number } = {},
): { mean: Tensor; variance: Tensor } {
  const who = 'splitGaussian';
  assertTensor(output, `${who}: output`);
  assertOptions(options, ['variance', 'eps'], who);
  const { variance = 'softplus', eps = 1e-6 } = options;
  const link = linkOf(variance, who);
  const size = halfWidth(output, who);
  const rows = output.data.length / (2 * size);
  const dims = [...output.dims.slice(0, -1), size];
  const [mean, spread] = [new Float32Array(rows * size), new Float32Array(rows * size)];
  for (let k = 0; k < mean.length; k++) {
    const at = Math.floor(k / size) * 2 * size + (k % size);
    mean[k] = output.data[at];
    spread[k] = Math.max(link.value(output.data[at + size]), eps);
  }
  return { mean: { data: mean, dims }, variance: { data: spread, dims: [...dims] } };
}

function linkOf(variance: VarianceLink, who: string): Link {
  if (Object.hasOwn(LINKS, variance)) return LINKS[variance];
  const known = Object.keys(LINKS).join(', ');
  throw typeError(`${who}: variance: got ${describeValue(variance)}, expected one of ${known}`);
}

function halfWidth(output: Tensor, who: string): number {
  const width = outputWidth(output, who);
  if (width % 2 === 0) return width / 2;
  throw rangeError(
    `${who}: output: got dims ${formatDims(output.dims)}, expected an even last dimension: means, then variances`,
  );
}
