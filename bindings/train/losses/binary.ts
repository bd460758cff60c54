import { rangeError } from '../../errors.js';
import { assertBoolean, assertOptions } from '../../options.js';
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

/** Options of `bce`. */
export interface BinaryOptions extends LossOptions {
  /** Whether the output is logits, before a sigmoid, which keeps its digits. False: probabilities. Default true. */
  logits?: boolean;
  /** How much a target of 1 counts against one of 0; of logits only. Default 1. */
  positiveWeight?: number;
}

/** PyTorch's floor of a logarithm of 0. */
const LEAST_LOG = -100;

/**
 * Binary cross-entropy: −y·log p − (1 − y)·log(1 − p), as torch.nn.functional.binary_cross_entropy_with_logits, or without
 * `logits` as binary_cross_entropy. Output and target […, F], targets from 0 to 1; the mean is over the elements of the rows
 * that count.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value; when called, also if a target or a probability
 *   is not from 0 to 1
 */
export function bce(options: BinaryOptions = {}): Loss {
  const who = 'bce';
  assertOptions(options, ['reduction', 'logits', 'positiveWeight'], who);
  const { reduction = 'mean', logits = true, positiveWeight = 1 } = options;
  assertReduction(reduction, who);
  assertBoolean(logits, `${who}: logits`);
  assertFinite(positiveWeight, `${who}: positiveWeight`, 0);
  if (!logits && positiveWeight !== 1) {
    throw rangeError(`${who}: positiveWeight: got ${positiveWeight} for probabilities, expected it with logits only`);
  }
  let width = 0;
  const spec: RowLoss = {
    who,
    shape(output, target) {
      width = outputWidth(output, who);
      assertTargetDims(target, output.dims, who);
      return { width, targetWidth: width, lossWidth: width, lossDims: output.dims };
    },
    row(output, at, target, targetAt, losses, gradient) {
      for (let i = 0; i < width; i++) {
        const [x, y] = [output[at + i], target[targetAt + i]];
        if (!(y >= 0 && y <= 1)) {
          throw rangeError(`${who}: target: got ${describeValue(y)}, expected numbers from 0 to 1`);
        }
        if (logits) {
          const weight = 1 + (positiveWeight - 1) * y;
          // log(1 + e^−x) without overflow.
          const soft = Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
          losses[i] = (1 - y) * x + weight * soft;
          gradient[at + i] = 1 - y - weight / (1 + Math.exp(x));
        } else {
          if (!(x >= 0 && x <= 1)) {
            throw rangeError(
              `${who}: output: got ${describeValue(x)}, expected probabilities from 0 to 1, or logits: true`,
            );
          }
          losses[i] = -(y * Math.max(Math.log(x), LEAST_LOG) + (1 - y) * Math.max(Math.log1p(-x), LEAST_LOG));
          gradient[at + i] = (x - y) / Math.max(x * (1 - x), 1e-12);
        }
      }
      return true;
    },
  };
  return lossOfRows(spec, reduction);
}
