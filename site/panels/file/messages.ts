import type { Fill } from './feeds.js';

/** What page and worker of the panel say to each other. */

/** A named input or output. */
export interface Port {
  readonly name: string;
  readonly type: string;
  /** As the file declares them: a number, a name, or ? where nothing is said. */
  readonly dims: string;
}

/** A recurrent layer. */
export interface Part {
  readonly name: string;
  readonly kind: string;
  readonly shape: string;
}

/** A node with weights that a run goes through. */
export interface StepShown {
  readonly name: string;
  readonly type: string;
  readonly parameters: number;
  /** Dims of its largest weight, and of what it gives. */
  readonly weights: readonly number[];
  readonly dims: readonly number[];
}

/** What the worker found in a file. */
export interface Opened {
  readonly format: string;
  readonly version: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** In the order in which they run; none where the file was not tried. */
  readonly steps: readonly StepShown[];
  /** All recurrent layers of the file, whether they run or not. */
  readonly parts: readonly Part[];
  /** Weights, where the file says; 0 where it does not. */
  readonly parameters: number;
  readonly operators: readonly string[];
  /** Dims of each input that are worth a try first. */
  readonly dims: readonly (readonly number[])[];
  /** Why a run on zeros failed, or was not tried; undefined where it went well. */
  readonly doubt: string | undefined;
  /** Milliseconds that the model took to open and to run once. */
  readonly milliseconds: number;
}

/** A result of a run. */
export interface Ran {
  readonly outputs: readonly { readonly name: string; readonly dims: string; readonly first: string }[];
  readonly microseconds: number;
}

/** How both did, once they were there: microseconds a run. */
export interface Raced {
  readonly difference: number;
  readonly runs: number;
  readonly ours: number;
  readonly theirs: number;
}

/** A race, and milliseconds from nothing to the first result. */
export interface Race extends Raced {
  readonly first: { readonly ours: number; readonly theirs: number };
}

export type Request =
  /** Compiles the kernels, so that a file which is about to come need not wait for them. */
  | { readonly kind: 'prepare' }
  | { readonly kind: 'open'; readonly file: Blob; readonly layers: readonly string[] }
  | {
      readonly kind: 'run';
      readonly dims: readonly (readonly number[])[];
      readonly fill: Fill;
    }
  | { readonly kind: 'race'; readonly dims: readonly (readonly number[])[]; readonly ort: string };

/** Asked of a worker that was made for it; of onnxruntime-web where its place is given. Answered with milliseconds. */
export interface FirstRequest {
  readonly file: Blob;
  readonly inputs: readonly Port[];
  readonly dims: readonly (readonly number[])[];
  readonly ort?: string;
}
