import type { Tensor } from '../../tensor.js';
import type { Batch } from '../data/batches.js';
import type { Tape } from '../tape/tape.js';
import type { Pace } from './pace.js';

/** What takes the batches of a fit through the model and their gradients back. */
export interface Passes {
  /**
   * @param state where the recurrence begins, as the model's `forward` takes it
   * @param seed of what is dropped
   * @returns the output, which lasts until the next `forward`, and the final state
   */
  forward(batch: Batch, state: unknown, seed: number): Promise<{ readonly output: Tensor; readonly state: unknown }>;
  /** Adds to the gradients of the fit's parameters. */
  backward(outputGradient: Tensor): Promise<void>;
  /** Ends what it has started. */
  close(): Promise<void>;
}

/** Whole batches on the fit's own tape. */
export class OwnPasses implements Passes {
  constructor(
    private readonly tape: Tape,
    private readonly pace: Pace,
  ) {}

  forward({ input, lengths }: Batch, state: unknown, seed: number) {
    this.tape.reseed(seed);
    return this.pace.walk(this.tape.forwardPieces(input, { state, lengths }));
  }

  async backward(outputGradient: Tensor): Promise<void> {
    await this.pace.walk(this.tape.backwardPieces(outputGradient));
  }

  async close(): Promise<void> {}
}
