import { assertTargetDims, type Loss, type LossOptions, lossOfRows, outputWidth, type RowLoss } from './loss.js';

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
export function elementwise(who: string, options: LossOptions, { value, slope }: ElementLoss): Loss {
  let width = 0;
  const spec: RowLoss = {
    who,
    shape(output, target) {
      width = outputWidth(output, who);
      assertTargetDims(target, output.dims, who);
      return { width, targetWidth: width, lossWidth: width, lossDims: output.dims };
    },
    row(output, at, target, targetAt, gradient, factor, losses) {
      const end = at + width;
      const shift = targetAt - at;
      let sum = 0;
      for (let i = at; i < end; i++) {
        const loss = value(output[i], target[i + shift]);
        sum += loss;
        gradient[i] = factor * slope(output[i], target[i + shift]);
        if (losses) losses[i - at] = loss;
      }
      return sum;
    },
  };
  return lossOfRows(spec, options);
}
