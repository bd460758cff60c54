/** What page and worker of the forecast say to each other. */
import type { Missing, ProtocolOptions, TableColumn, Transform } from 'hiddenstate/forecast';

/** Which part of a table is the series. */
export interface Choice {
  readonly column?: string | undefined;
  readonly where?: { readonly name: string; readonly value: string } | undefined;
  readonly missing: Missing;
}

/** A table that was read. */
export interface Read {
  readonly columns: readonly TableColumn[];
  readonly choice: Choice;
  readonly name: string;
  readonly values: Float64Array;
  readonly times: Float64Array | undefined;
  /** The times that come next. */
  readonly next: Float64Array | undefined;
  /** Dates as text: the first, the last, and those that come next. */
  readonly dates: { readonly first: string; readonly last: string; readonly next: readonly string[] } | undefined;
  readonly notes: readonly string[];
}

/** What is asked of the models. */
export interface Task {
  readonly values: Float64Array;
  /** Of the protocol; `period` is that of the seasonal model as well. */
  readonly options: ProtocolOptions;
  readonly transform: Transform;
}

export interface Bounds {
  readonly mean: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** One model, trained with one seed: its worth, what it said of the last known values, and what it says comes next. */
export interface Judged {
  readonly mae: number;
  readonly coverage: number;
  readonly maeByStep: readonly number[];
  readonly origins: number;
  readonly origin: number;
  readonly latest: Bounds;
  readonly next: Bounds;
}

export type Request =
  | { readonly kind: 'read'; readonly text: string; readonly name: string; readonly choice: Choice }
  | { readonly kind: 'judge'; readonly rung: string; readonly seed: number; readonly task: Task };
