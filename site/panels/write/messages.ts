import type { LSTMState } from 'hiddenstate';

/** What the panel asks its worker for: to take the model, and to look back over the characters on the screen. */
export type Request =
  | { readonly kind: 'model'; readonly bytes: Uint8Array }
  | { readonly kind: 'look'; readonly window: Window };

/** Characters on the screen, and the states that each of them was read in, one beside the other: [layers, characters, units]. */
export interface Window {
  readonly ids: readonly number[];
  readonly states: LSTMState;
}

export const GATES = ['forget', 'input', 'output'] as const;
export type Gate = (typeof GATES)[number];

/** What is seen of a window when the writing rests. */
export interface Look {
  /** How strongly each character moved the belief in the last one; zero for the last. */
  readonly gradient: Float32Array;
  /** How far each unit of the last layer opened its gates: [characters, units]. */
  readonly gates: Readonly<Record<Gate, Float32Array>>;
}
