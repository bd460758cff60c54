/** What the page and the workers of the panel say to each other. */

export const CELLS = ['RNN', 'LSTM', 'GRU'] as const;
export type Cell = (typeof CELLS)[number];

/** A network to be trained, and what on. */
export interface Lesson {
  readonly cell: Cell;
  readonly units: number;
  readonly seed: number;
  readonly data: Data;
}

/** A text by its characters, or a series of numbers. */
export type Data =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'series'; readonly values: Float32Array };

export type Order =
  | {
      readonly kind: 'learn';
      readonly lesson: Lesson;
      readonly resume?: Uint8Array | undefined;
      readonly weights?: Uint8Array | undefined;
    }
  | { readonly kind: 'race'; readonly race: Race }
  | { readonly kind: 'stop' }
  | { readonly kind: 'save' };

/** A step that was done. */
export interface Step {
  readonly step: number;
  /** Of this step alone: bits a character, or the squared error in variances. */
  readonly loss: number;
  /** Of the gradient, before clipping. */
  readonly norm: number;
}

export interface Continued {
  /** What came last before the held-out part, what the network says comes next, and what came; in the series' own unit. */
  readonly before: Float32Array;
  readonly guess: Float32Array;
  readonly came: Float32Array;
}

export type Report =
  | { readonly kind: 'begun'; readonly parameters: number; readonly stepsAnEpoch: number; readonly alphabet: number }
  | { readonly kind: 'steps'; readonly steps: readonly Step[]; readonly perSecond: number }
  | { readonly kind: 'epoch'; readonly epoch: number; readonly step: number; readonly held: number }
  | { readonly kind: 'text'; readonly text: string; readonly step: number }
  | { readonly kind: 'continued'; readonly continued: Continued; readonly step: number }
  | { readonly kind: 'rate'; readonly step: number; readonly rate: number }
  | { readonly kind: 'saved'; readonly model: Uint8Array }
  /** Stopped by hand: what it goes on from. */
  | { readonly kind: 'stopped'; readonly checkpoint: Uint8Array; readonly model: Uint8Array }
  /** Over, with the weights of the best epoch; early if it grew no better. */
  | { readonly kind: 'done'; readonly early: boolean; readonly model: Uint8Array }
  | { readonly kind: 'failed'; readonly message: string };

export type TaskName = 'adding' | 'copying';

/** One cell on a task that asks for what was seen so many steps ago. */
export interface Race {
  readonly cell: Cell;
  readonly task: TaskName;
  readonly distance: number;
  readonly seed: number;
  /** Bias of the LSTM's forget gate; undefined leaves PyTorch's. */
  readonly forgetBias?: number | undefined;
}
