import { rangeError, typeError } from '../../errors.js';
import { assertOptions } from '../../options.js';
import { describeValue, formatDims } from '../../tensor.js';
import { assertTargetDims, type Loss, type LossOptions, lossOfRows, outputWidth, type RowLoss } from './loss.js';

/** Options of `quantile`. */
export interface QuantileOptions extends LossOptions {
  /** The probabilities whose quantiles are learnt, each between 0 and 1. Default [0.5], which is half of `mae`. */
  quantiles?: readonly number[];
}

/**
 * The pinball loss: max(q·(y − x), (q − 1)·(y − x)) for each quantile q, whose minimum is the q-quantile of y. Output
 * […, F·Q], all quantiles of the first feature, then those of the next; target […, F]. The mean is over all F·Q of the rows
 * that count. At y = x the gradient is 0.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value
 *
 * @example
 * ```ts
 * import { quantile } from 'hiddenstate/train';
 *
 * const loss = quantile({ quantiles: [0.1, 0.5, 0.9] });
 * const output = { data: Float32Array.of(1, 2, 3), dims: [1, 3] }; // three quantiles of one feature
 * console.log(loss(output, { data: Float32Array.of(4), dims: [1, 1] }).value.toFixed(4)); // 0.7333
 * ```
 */
export function quantile(options: QuantileOptions = {}): Loss {
  const who = 'quantile';
  assertOptions(options, ['reduction', 'quantiles'], who);
  const { quantiles = [0.5] } = options;
  if (!Array.isArray(quantiles) || quantiles.length === 0) {
    throw typeError(`${who}: quantiles: got ${describeValue(quantiles)}, expected an array of at least one number`);
  }
  const wrong = quantiles.find((q) => !(q > 0 && q < 1));
  if (wrong !== undefined) {
    throw rangeError(`${who}: quantiles: got ${describeValue(wrong)}, expected numbers between 0 and 1`);
  }
  const count = quantiles.length;
  let width = 0;
  const spec: RowLoss = {
    who,
    shape(output, target) {
      width = outputWidth(output, who);
      if (width % count !== 0) {
        const expected = `a last dimension that ${count} quantiles divide`;
        throw rangeError(`${who}: output: got dims ${formatDims(output.dims)}, expected ${expected}`);
      }
      assertTargetDims(target, [...output.dims.slice(0, -1), width / count], who);
      return { width, targetWidth: width / count, lossWidth: width, lossDims: output.dims };
    },
    row(output, at, target, targetAt, gradient, factor, losses) {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        const q = quantiles[i % count];
        const d = target[targetAt + Math.floor(i / count)] - output[at + i];
        const loss = Math.max(q * d, (q - 1) * d);
        sum += loss;
        gradient[at + i] = factor * (d > 0 ? -q : d < 0 ? 1 - q : Number.isNaN(d) ? Number.NaN : 0);
        if (losses) losses[i] = loss;
      }
      return sum;
    },
  };
  return lossOfRows(spec, options);
}
