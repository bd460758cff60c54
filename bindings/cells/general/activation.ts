import type { ScalarName } from './scalar-functions.js';

/** Names of activations: element-wise functions, and those of a whole row. */
export type ActivationName = ScalarName | 'softmax' | 'log_softmax' | 'sparsemax';

/** An activation as a file describes it. */
export interface Activation {
  readonly name: ActivationName;
  /** The function's own default unless given. */
  readonly alpha?: number;
  readonly beta?: number;
}

/** Whether an activation is one that the kernels of the core know; these have no constants. */
export function isPlain({ name }: Activation, wanted: 'relu' | 'sigmoid' | 'tanh'): boolean {
  return name === wanted;
}
