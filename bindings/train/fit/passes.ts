import type { Tensor } from '../../tensor.js';
import type { Batch } from '../data/batches.js';
import type { Tape } from '../tape/tape.js';
import type { CheckedLoss, Comparison } from './evaluate.js';
import type { Pace } from './pace.js';

/** What a batch gave. */
export interface Lesson extends Pick<CheckedLoss, 'value' | 'weight'> {
  /** The final state. */
  readonly state: unknown;
  /** Lasts until the next batch; undefined where nobody wanted it. */
  readonly output: Tensor | undefined;
}

/** What takes the batches of a fit through the model, and the gradients of their losses back. */
export interface Passes {
  /**
   * Adds to the gradients of the fit's parameters.
   *
   * @param state where the recurrence begins, as the model's `forward` takes it
   * @param seed of what is dropped
   * @param shows whether the output is wanted
   */
  learn(batch: Batch, state: unknown, seed: number, shows: boolean): Promise<Lesson>;
  /** Ends what it has started. */
  close(): Promise<void>;
}

/** Whole batches on the fit's own tape. */
export class OwnPasses implements Passes {
  constructor(
    private readonly tape: Tape,
    private readonly compare: Comparison,
    private readonly pace: Pace,
  ) {}

  async learn(batch: Batch, initial: unknown, seed: number): Promise<Lesson> {
    const { tape, pace } = this;
    const { input, lengths } = batch;
    tape.reseed(seed);
    const { output, state } = await pace.walk(tape.forwardPieces(input, { state: initial, lengths }));
    const { value, weight, gradient } = await pace.walk(this.compare(output, batch));
    await pace.walk(tape.backwardPieces(gradient));
    return { value, weight, state, output };
  }

  async close(): Promise<void> {}
}
