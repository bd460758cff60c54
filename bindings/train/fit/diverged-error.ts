/**
 * A loss or a gradient that is no number any more. The model has the last weights that were good: those of the best epoch,
 * or in the first epoch those of the last step before the loss took off.
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
