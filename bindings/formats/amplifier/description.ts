import type { StateDict } from '../../tensor.js';

/** A module of an amplifier: torch.nn's type, its weights under torch.nn's names, what the names cannot say. */
export interface AmplifierModule {
  readonly type: 'LSTM' | 'GRU' | 'Linear' | 'Tanh' | 'Sigmoid' | 'ReLU' | 'Softmax';
  readonly tensors?: StateDict;
  /** The trained state it begins with, [L, 1, H]; zeros unless given. */
  readonly state?: StateDict;
}

/** What a file of an amplifier says, before layers are made of it. */
export interface AmplifierDescription {
  readonly format: 'nam' | 'guitarml' | 'rtneural';
  /** Samples a second that it was captured at, if the file says so. */
  readonly sampleRate: number | undefined;
  readonly modules: readonly AmplifierModule[];
  /** Whether the input is added to the output. */
  readonly skip: boolean;
}
