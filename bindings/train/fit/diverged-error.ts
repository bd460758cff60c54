/**
 * A loss or a gradient that is no number any more. The model has the last weights that were good: those of the best epoch,
 * or in the first epoch those of the last step before the loss took off.
 *
 * @example
 * ```ts
 * import { Linear } from 'hiddenstate';
 * import { DivergedError, fit, mse, type Parameters, SGD, windows } from 'hiddenstate/train';
 *
 * const model = new Linear({ inFeatures: 1, outFeatures: 1, seed: 1 });
 * const data = windows({ data: new Float32Array(100).fill(50), dims: [100, 1] }, { steps: 10, batch: 4 });
 * const optimizer = (parameters: Parameters) => new SGD(parameters, { learningRate: 1e9 }); // far too much
 * try {
 *   await fit(model, data, { loss: mse(), epochs: 10, optimizer });
 * } catch (error) {
 *   if (error instanceof DivergedError) console.log(error.epoch); // 1
 * }
 * ```
 */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';

  /**
   * @param epoch from 0
   * @param batch from 0, of the epoch
   */
  constructor(
    message: string,
    readonly epoch: number,
    readonly batch: number,
  ) {
    super(message);
  }
}
