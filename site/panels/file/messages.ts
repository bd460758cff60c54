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

/** What the worker found in a file. */
export interface Opened {
  readonly format: string;
  readonly version: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly parts: readonly Part[];
  /** Weights, where the file says; 0 where it does not. */
  readonly parameters: number;
  readonly operators: readonly string[];
  /** Dims of each input that are worth a try first. */
  readonly dims: readonly (readonly number[])[];
  readonly milliseconds: number;
}

/** A result of a run. */
export interface Ran {
  readonly outputs: readonly { readonly name: string; readonly dims: string; readonly first: string }[];
  readonly microseconds: number;
}

/** How both did. */
export interface Raced {
  readonly difference: number;
  readonly runs: number;
  readonly ours: { readonly first: number; readonly run: number };
  readonly theirs: { readonly first: number; readonly run: number };
}

export type Request =
  | { readonly kind: 'open'; readonly bytes: Uint8Array; readonly layers: readonly string[] }
  | {
      readonly kind: 'run';
      readonly dims: readonly (readonly number[])[];
      readonly fill: 'zeros' | 'noise' | Float32Array;
    }
  | { readonly kind: 'race'; readonly dims: readonly (readonly number[])[]; readonly ort: string };
