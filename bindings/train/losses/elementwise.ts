import { assertTargetDims, type Loss, lossOfRows, outputWidth, type Reduction, type RowLoss } from './loss.js';

/** A loss of one element, from what the model gave and what it should have given. */
export interface ElementLoss {
  /** @throws {RangeError} if a number cannot be one of this loss */
  value(x: number, y: number): number;
  /** ∂value/∂x. */
  slope(x: number, y: number): number;
}

/**
 * Makes a loss whose elements know nothing of each other: output and target of the same dims.
 *
 * @throws {TypeError} if the reduction is unknown
 */
export function elementwise(who: string, reduction: Reduction, { value, slope }: ElementLoss): Loss {
  let width = 0;
  const spec: RowLoss = {
    who,
    shape(output, target) {
      width = outputWidth(output, who);
      assertTargetDims(target, output.dims, who);
      return { width, targetWidth: width, lossWidth: width, lossDims: output.dims };
    },
    row(output, at, target, targetAt, gradient, factor, losses) {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        const x = output[at + i];
        const y = target[targetAt + i];
        const loss = value(x, y);
        sum += loss;
        gradient[at + i] = factor * slope(x, y);
        if (losses) losses[i] = loss;
      }
      return sum;
    },
  };
  return lossOfRows(spec, reduction);
}
