import type { Tensor } from '../../tensor.js';

/** What one training step works on. */
export interface Batch {
  /** [T, B, I], or what else the model takes in a batch. */
  readonly input: Tensor;
  /** What the loss compares the output with. */
  readonly target: Tensor;
  /** Valid steps of each sequence; all unless given. */
  readonly lengths?: ArrayLike<number>;
  /** Weights of the rows of the output, for the loss. */
  readonly weights?: Tensor;
}

/**
 * Batches by number. Everything a batch depends on is its epoch and its number, so that a resumed run meets the same ones.
 */
export interface Batches {
  /** Batches of an epoch. */
  readonly count: number;
  /** Steps T and sequences B of the largest batch: memory is planned for it. */
  readonly steps: number;
  readonly batch: number;
  /**
   * Whether the sequences of a batch go on in the next one: the state is then carried through an epoch, and gradients are
   * cut between batches (truncated backpropagation through time).
   */
  readonly stateful: boolean;
  /**
   * @param epoch from 0
   * @param index from 0 to count − 1
   * @returns tensors that stay as they are until the next call
   */
  at(epoch: number, index: number): Batch;
}
