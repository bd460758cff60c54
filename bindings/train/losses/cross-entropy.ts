import { rangeError } from '../../errors.js';
import { assertOptions } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { assertFinite } from '../assert-finite.js';
import {
  assertReduction,
  assertTargetDims,
  type Loss,
  type LossOptions,
  lossOfRows,
  outputWidth,
  type RowLoss,
} from './loss.js';

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends LossOptions {
  /** Rows with this target do not count. Default −100, as PyTorch's. */
  ignoreIndex?: number;
  /** ε from 0 to 1: the target is (1 − ε)·one-hot + ε/C. Default 0. */
  labelSmoothing?: number;
  /** A weight for each class, at least 0; the mean is then over the weights of the targets, as PyTorch's. */
  classWeights?: ArrayLike<number>;
}

/**
 * Cross-entropy from logits, as torch.nn.functional.cross_entropy, the classes last: −log softmax(output)[target] of each
 * row, natural logarithm; its gradient is softmax(output) − target.
 *
 * Output […, C], target […] of class numbers. The mean is over the rows that count.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value; when called, also if a target is no class
 */
export function crossEntropy(options: CrossEntropyOptions = {}): Loss {
  const who = 'crossEntropy';
  assertOptions(options, ['reduction', 'ignoreIndex', 'labelSmoothing', 'classWeights'], who);
  const { reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0, classWeights } = options;
  assertReduction(reduction, who);
  assertFinite(ignoreIndex, `${who}: ignoreIndex`);
  assertFinite(labelSmoothing, `${who}: labelSmoothing`, 0, 1);
  if (classWeights !== undefined) checkWeights(classWeights, who);
  let classes = 0;
  const spec: RowLoss = {
    who,
    shape(output, target) {
      classes = outputWidth(output, who);
      if (classWeights && classWeights.length !== classes) {
        throw rangeError(
          `${who}: classWeights: got ${classWeights.length} of them, expected ${classes}, one for each class`,
        );
      }
      const lossDims = output.dims.slice(0, -1);
      assertTargetDims(target, lossDims, who);
      return { width: classes, targetWidth: 1, lossWidth: 1, lossDims };
    },
    row(output, at, target, targetAt, losses, gradient) {
      const index = target[targetAt];
      if (index === ignoreIndex) return false;
      if (!(Number.isInteger(index) && index >= 0 && index < classes)) {
        throw rangeError(
          `${who}: target: got class ${describeValue(index)}, expected an integer from 0 to ${classes - 1}`,
        );
      }
      if (classWeights) return weightedRow(output, at, classWeights, index, labelSmoothing, losses, gradient);
      losses[0] = smoothedRow(output, at, classes, index, labelSmoothing, gradient);
      return true;
    },
  };
  return lossOfRows(spec, reduction);
}

function checkWeights(weights: ArrayLike<number>, who: string): void {
  const list = typeof weights === 'object' && weights !== null ? Array.from(weights) : [];
  if (list.length > 0 && list.every((weight) => weight >= 0 && weight < Number.POSITIVE_INFINITY)) return;
  throw rangeError(`${who}: classWeights: got ${describeValue(weights)}, expected finite numbers of at least 0`);
}

/** @returns how much a row counts in the mean */
function weightedRow(
  output: Float32Array,
  at: number,
  weights: ArrayLike<number>,
  index: number,
  smoothing: number,
  losses: Float64Array,
  gradient: Float32Array,
): number {
  const classes = weights.length;
  // The loss without smoothing and weights gives the logarithm of the sum, its gradient the softmax less the target.
  const logSum = smoothedRow(output, at, classes, index, 0, gradient) + output[at + index];
  gradient[at + index] += 1;
  const own = (1 - smoothing) * weights[index];
  let [total, others] = [0, 0];
  for (let k = 0; k < classes; k++) {
    total += weights[k];
    others += weights[k] * (logSum - output[at + k]);
  }
  const each = smoothing / classes;
  losses[0] = own * (logSum - output[at + index]) + each * others;
  for (let k = 0; k < classes; k++) {
    gradient[at + k] = gradient[at + k] * (own + each * total) - each * weights[k] - (k === index ? own : 0);
  }
  return weights[index];
}

/** @returns the loss of one row, whose gradient it writes */
function smoothedRow(
  output: Float32Array,
  at: number,
  classes: number,
  index: number,
  smoothing: number,
  gradient: Float32Array,
): number {
  const end = at + classes;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = at; i < end; i++) greatest = Math.max(greatest, output[i]);
  let sum = 0;
  let total = 0;
  for (let i = at; i < end; i++) {
    const e = Math.exp(output[i] - greatest);
    gradient[i] = e;
    sum += e;
    total += output[i];
  }
  const each = smoothing / classes;
  const scale = 1 / sum;
  for (let i = at; i < end; i++) gradient[i] = gradient[i] * scale - each;
  gradient[at + index] -= 1 - smoothing;
  const logSum = greatest + Math.log(sum);
  return smoothing === 0
    ? logSum - output[at + index]
    : (1 - smoothing) * (logSum - output[at + index]) + each * (classes * logSum - total);
}
