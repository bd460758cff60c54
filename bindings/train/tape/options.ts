import type { Tensor } from '../../tensor.js';

/** Options of `Tape`. */
export interface TapeOptions {
  /** The most sequences of a batch. Default 1. */
  batch?: number;
  /** The most time steps. Default 1. */
  steps?: number;
  /** Whether `backward` gives the gradient of the input. Default false: a first layer then has a third less to do. */
  inputGradient?: boolean;
  /**
   * Probability with which an output of a recurrent layer that another recurrent layer reads is dropped while training.
   * Default 0.
   */
  dropout?: number;
  /** Seed of what is dropped. Default 0. */
  seed?: number;
}

/** Options of `Tape.forward`. */
export interface TapeForwardOptions {
  /** Where the recurrence begins, as the model's `forward` takes it; zeros unless given. Copied: no gradient leaves it. */
  state?: unknown;
  /** Valid steps of each sequence of a batch, in any order. */
  lengths?: ArrayLike<number>;
  /** Whether to drop out. Default true. */
  training?: boolean;
}

/** What `Tape.forward` gives. */
export interface TapeResult {
  /** The tape's own tensor: the next `forward` of the same size writes over it. Zero past the end of a sequence. */
  readonly output: Tensor;
  /** The final state, as the model's `forward` gives it; tensors of their own. */
  readonly state: unknown;
}

/** What `Tape.backward` gives. */
export interface TapeGradients {
  /** Of the input, if the tape was asked for it; a tensor of its own. */
  readonly input: Tensor | undefined;
  /** Of the initial state, shaped like the state; tensors of their own. */
  readonly state: unknown;
}
