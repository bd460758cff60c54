import type { PackedLayout } from '../../layers/packed-sequence.js';
import type { Block } from '../memory-plan.js';

/** A matrix of rows on a tape, one row a time step of a sequence, and the gradient of the loss with respect to it. */
export interface Rows {
  readonly values: Block;
  /** Laid out as the values; absent where nobody asks for it. */
  readonly gradients: Block | undefined;
  /** Features of a row; what follows them up to the stride is zero. */
  readonly width: number;
  /** Floats from one row to the next, a multiple of `TILE`. */
  readonly stride: number;
}

/** One way through the tape, forward and back. */
export interface Pass {
  readonly layout: PackedLayout;
  /** Seed of what is dropped out; `undefined` when nothing is. */
  readonly seed: number | undefined;
}

/** A module on a tape: its input and output rows stay where they are from construction on. */
export interface Link {
  readonly output: Rows;
  /** Reads its input's values, leaves its output's. Stops between pieces of a long way, so that others get their turn. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most links are done at once
  forward(pass: Pass): Pieces | void;
  /** Reads its output's gradients, which it may overwrite; adds to its weights' gradients; leaves its input's, if asked for. */
  // biome-ignore lint/suspicious/noConfusingVoidType: as above
  backward(pass: Pass): Pieces | void;
}

/** Work that stops now and then: it is done when all pieces are. */
export type Pieces = Generator<undefined, void>;

/** The most that a tape is planned for. */
export interface Limits {
  readonly batch: number;
  readonly steps: number;
  /** batch × steps. */
  readonly rows: number;
}
