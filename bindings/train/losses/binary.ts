import { rangeError } from '../../errors.js';
import { assertBoolean, assertOptions } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { assertFinite } from '../assert-finite.js';
import { type ElementLoss, elementwise } from './elementwise.js';
import type { Loss, LossOptions } from './loss.js';

/** Options of `bce`. */
export interface BinaryOptions extends LossOptions {
  /** Whether the output is logits, before a sigmoid, which keeps its digits. False: probabilities. Default true. */
  logits?: boolean;
  /** How much a target of 1 counts against one of 0; of logits only. Default 1. */
  positiveWeight?: number;
}

const WHO = 'bce';
/** PyTorch's floor of a logarithm of 0. */
const LEAST_LOG = -100;

/**
 * Binary cross-entropy: −y·log p − (1 − y)·log(1 − p), as torch.nn.functional.binary_cross_entropy_with_logits, or without
 * `logits` as binary_cross_entropy. Output and target […, F], targets from 0 to 1; the mean is over the elements of the rows
 * that count.
 *
 * @throws {TypeError | RangeError} if an option has the wrong kind or value; when called, also if a target or a probability
 *   is not from 0 to 1
 *
 * @example
 * ```ts
 * import { bce } from 'hiddenstate/train';
 *
 * const logits = { data: Float32Array.of(0, 4), dims: [2, 1] };
 * const { value } = bce()(logits, { data: Float32Array.of(1, 1), dims: [2, 1] });
 * console.log(value.toFixed(4)); // 0.3556
 * ```
 */
export function bce(options: BinaryOptions = {}): Loss {
  assertOptions(options, ['reduction', 'logits', 'positiveWeight'], WHO);
  const { logits = true, positiveWeight = 1 } = options;
  assertBoolean(logits, `${WHO}: logits`);
  assertFinite(positiveWeight, `${WHO}: positiveWeight`, 0);
  if (!logits && positiveWeight !== 1) {
    throw rangeError(`${WHO}: positiveWeight: got ${positiveWeight} for probabilities, expected it with logits only`);
  }
  return elementwise(WHO, options, logits ? ofLogits(positiveWeight) : OF_PROBABILITIES);
}

function ofLogits(positiveWeight: number): ElementLoss {
  const weightOf = (y: number) => 1 + (positiveWeight - 1) * y;
  return {
    value(x, y) {
      assertTarget(y);
      // log(1 + e^−x) without overflow.
      const soft = Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      return (1 - y) * x + weightOf(y) * soft;
    },
    slope: (x, y) => 1 - y - weightOf(y) / (1 + Math.exp(x)),
  };
}

const OF_PROBABILITIES: ElementLoss = {
  value(x, y) {
    assertTarget(y);
    if (!(x >= 0 && x <= 1)) {
      throw rangeError(`${WHO}: output: got ${describeValue(x)}, expected probabilities from 0 to 1, or logits: true`);
    }
    return -(y * Math.max(Math.log(x), LEAST_LOG) + (1 - y) * Math.max(Math.log1p(-x), LEAST_LOG));
  },
  slope: (x, y) => (x - y) / Math.max(x * (1 - x), 1e-12),
};

function assertTarget(y: number): void {
  if (!(y >= 0 && y <= 1)) throw rangeError(`${WHO}: target: got ${describeValue(y)}, expected numbers from 0 to 1`);
}
