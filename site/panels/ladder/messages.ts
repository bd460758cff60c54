/** What page and worker of the ladder say to each other. */

export type Language = 'en' | 'ko';
export type Cell = 'rnn' | 'lstm' | 'gru';
/** Rungs that are learnt. */
export type Rung = 'naive' | 'autoregressive' | 'markov' | Cell;

/** The series, and where the part begins that no model sees while it learns. */
export interface Stock {
  readonly values: readonly number[];
  /** `2000-01` and so on. */
  readonly months: readonly string[];
  readonly cut: number;
}

/** What a rung learnt from the series: forecasts of the held-out part, made at its beginning. */
export interface SeriesResult {
  readonly mean: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Mean absolute error one month ahead, each time told what came before. */
  readonly month: number;
  /** Mean absolute error of the forecast above. */
  readonly ahead: number;
  /** How many of the held-out values lie within their intervals of 95 %. */
  readonly held: number;
}

/** What a rung learnt from the text. */
export interface TextResult {
  /** Bits a character on the held-out part, all before it known. */
  readonly bits: number;
  /** What it writes after the part it learnt from. */
  readonly sample: string;
}

export interface Result {
  readonly series: SeriesResult;
  readonly text: TextResult;
  readonly milliseconds: number;
  /** Numbers that were learnt or are kept, for the text. */
  readonly size: number;
}

export interface Opened {
  readonly stock: Stock;
  readonly characters: { readonly known: number; readonly held: number; readonly symbols: number };
  readonly naive: Result;
  readonly markov: Result;
  readonly matrix: Matrix;
}

/** Probabilities of the Markov chain: `rows[a][b]` is that of b after a, for the symbols that come most often. */
export interface Matrix {
  readonly symbols: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

/** How strongly a character so many steps back moves the guess, by model: total variation, from distance 1. */
export type Influence = Readonly<Partial<Record<Rung, readonly number[]>>>;

/** Share of a gradient that is left after so many steps back, as a decimal logarithm, from distance 0. */
export type Flow = Readonly<Record<Cell, readonly number[]>>;

/** What a layer did on the held-out text, values [steps · units] by name: gates, h, and c of an LSTM. */
export interface Trace {
  readonly symbols: readonly string[];
  readonly units: number;
  readonly values: Readonly<Record<string, Float32Array>>;
  /** Units, those that answer most to a symbol first. */
  readonly ranked: readonly Finding[];
}

/** To which symbol a unit answers: by how its gate shuts there, or without one how its state is highest there. */
export interface Finding {
  readonly unit: number;
  readonly symbol: string;
  /** The mean gate (forget, update) or state at that symbol, and at all others. */
  readonly there: number;
  readonly elsewhere: number;
}

export type Request =
  | { readonly kind: 'open'; readonly language: Language; readonly csv: string }
  | { readonly kind: 'order'; readonly order: number }
  | { readonly kind: 'learn'; readonly cell: Cell; readonly seed: number }
  | { readonly kind: 'influence'; readonly order: number }
  | {
      readonly kind: 'flow';
      readonly scale: number;
      readonly forget: number;
      readonly fresh: boolean;
      readonly seed: number;
    }
  | { readonly kind: 'trace'; readonly cell: Cell };
