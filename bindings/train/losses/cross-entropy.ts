import { rangeError } from '../../errors.js';
import { sharedEngine } from '../../index.js';
import { assertOptions } from '../../options.js';
import { describeValue, type Tensor } from '../../tensor.js';
import { assertFinite } from '../assert-finite.js';
import {
  assertReduction,
  assertTargetDims,
  dividedLoss,
  type Loss,
  type LossOptions,
  type LossShape,
  openCall,
  outputWidth,
} from './loss.js';
import { softmaxRows } from './softmax-rows.js';

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
 *
 * @example
 * ```ts
 * import { crossEntropy } from 'hiddenstate/train';
 *
 * const logits = { data: Float32Array.of(2, 0, 0, 0, 3, 0), dims: [2, 3] };
 * const { value, gradient } = crossEntropy()(logits, { data: Float32Array.of(0, 1), dims: [2] });
 * console.log(value.toFixed(4), gradient.dims); // 0.1672 [ 2, 3 ]
 * ```
 */
export function crossEntropy(options: CrossEntropyOptions = {}): Loss {
  const who = 'crossEntropy';
  assertOptions(options, ['reduction', 'ignoreIndex', 'labelSmoothing', 'classWeights'], who);
  const { reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0, classWeights } = options;
  assertReduction(reduction, who);
  assertFinite(ignoreIndex, `${who}: ignoreIndex`);
  assertFinite(labelSmoothing, `${who}: labelSmoothing`, 0, 1);
  if (classWeights !== undefined) checkWeights(classWeights, who);
  const shape = (output: Tensor, target: Tensor): LossShape => {
    const width = outputWidth(output, who);
    if (classWeights && classWeights.length !== width) {
      const got = `${classWeights.length} of them`;
      throw rangeError(`${who}: classWeights: got ${got}, expected ${width}, one for each class`);
    }
    const lossDims = output.dims.slice(0, -1);
    assertTargetDims(target, lossDims, who);
    return { width, targetWidth: 1, lossWidth: 1, lossDims };
  };
  // Copied for threads: what merely looks like an array cannot be sent.
  const recipe = classWeights ? { ...options, classWeights: Array.from(classWeights) } : options;
  return dividedLoss(who, recipe, function* (output, target, call = {}) {
    const { width: classes, lossDims, rows, weights, gradient } = openCall({ who, shape }, output, target, call);
    /** How much a row counts in the gradient before the mean; 0: not at all. */
    const countOf = (r: number): number => (target.data[r] === ignoreIndex ? 0 : (weights?.[r] ?? 1));
    let weight = 0;
    for (let r = 0; r < rows; r++) {
      const count = countOf(r);
      if (count === 0) continue;
      const index = target.data[r];
      if (!(Number.isInteger(index) && index >= 0 && index < classes)) {
        const expected = `an integer from 0 to ${classes - 1}`;
        throw rangeError(`${who}: target: got class ${describeValue(index)}, expected ${expected}`);
      }
      weight += count * (classWeights?.[index] ?? 1);
    }
    const divisor = reduction === 'mean' && weight !== 0 ? weight : 1;
    const losses = reduction === 'none' ? new Float32Array(rows) : undefined;
    const base = labelSmoothing === 0 ? undefined : smoothedTarget(labelSmoothing / classes, classes, classWeights);
    const spread = base === undefined ? 0 : base.reduce((a, b) => a + b, 0);
    let sum = 0;
    yield* softmaxRows(call.engine ?? sharedEngine(), output.data, gradient, classes, base, {
      // −log p of the target counts `own`, those of all classes together `spread`: each gives its share of the softmax.
      write(r, figures, at) {
        const count = countOf(r) / divisor;
        figures[at] = (ownOf(target.data[r]) + spread) * count;
        figures[at + 1] = base === undefined ? 0 : count;
      },
      read(r, greatest, total, product) {
        const count = countOf(r);
        if (count === 0) return;
        const index = target.data[r];
        const own = ownOf(index);
        // A class that weighs nothing has not been read: its logit may be anything.
        if (own === 0 && spread === 0) return;
        const at = r * classes + index;
        const logSum = greatest + Math.log(total);
        const loss = own * (logSum - output.data[at]) + spread * logSum - product;
        gradient[at] -= (own * count) / divisor;
        sum += count * loss;
        if (losses) losses[r] = count * loss;
      },
    });
    const result = {
      value: sum / divisor,
      gradient: { data: gradient, dims: output.dims },
      weight: reduction === 'mean' ? weight : 1,
    };
    return losses ? { ...result, losses: { data: losses, dims: lossDims } } : result;
  });

  function ownOf(index: number): number {
    return (1 - labelSmoothing) * (classWeights?.[index] ?? 1);
  }
}

/** What label smoothing spreads over the classes. */
function smoothedTarget(each: number, classes: number, weights: ArrayLike<number> | undefined): Float32Array {
  return Float32Array.from({ length: classes }, (_, k) => each * (weights?.[k] ?? 1));
}

function checkWeights(weights: ArrayLike<number>, who: string): void {
  const list = typeof weights === 'object' && weights !== null ? Array.from(weights) : [];
  if (list.length > 0 && list.every((weight) => weight >= 0 && weight < Number.POSITIVE_INFINITY)) return;
  throw rangeError(`${who}: classWeights: got ${describeValue(weights)}, expected finite numbers of at least 0`);
}
