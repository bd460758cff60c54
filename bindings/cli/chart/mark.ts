import { type Colour, styleOf } from './palette.js';

/** What every mark may say of itself. */
interface MarkOptions {
  /** Stands beside its end; a label that names a model gives it the model's colour and dash. */
  readonly label?: string;
  /** Default: that of the model the label names, or ink. */
  readonly colour?: Colour;
}

/** A line through points [x, y]; one that is not finite breaks it. */
export interface LineMark extends MarkOptions {
  readonly kind: 'line';
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Lengths of dashes and gaps; `true` for some (default: the model's). */
  readonly dashed?: boolean | string;
  /** In pixels (default: 1.75). */
  readonly width?: number;
  /** Whether its label is bold: the best, and what was observed. */
  readonly strong?: boolean;
}

/** Dots at points [x, y], or rings. */
export interface DotsMark extends MarkOptions {
  readonly kind: 'dots' | 'rings';
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** The area between two curves, such as an interval of forecasts. */
export interface BandMark extends MarkOptions {
  readonly kind: 'band';
  readonly points: readonly (readonly [x: number, low: number, high: number])[];
}

/** Ranges of x over the full height, such as segments of speech; the label stands in the first. */
export interface SpansMark extends MarkOptions {
  readonly kind: 'spans';
  readonly spans: readonly (readonly [from: number, to: number])[];
}

/** A dashed horizontal or vertical line at a value: a threshold. */
export interface RuleMark extends MarkOptions {
  readonly kind: 'rule';
  readonly axis: 'x' | 'y';
  readonly at: number;
}

/** Anything drawn in a panel; the first lies lowest. */
export type Mark = LineMark | DotsMark | BandMark | SpansMark | RuleMark;

/** The colour of a mark. */
export function colourOf({ colour, label }: Mark): Colour {
  return colour ?? (label === undefined ? 'ink' : styleOf(label).colour);
}

/** The dash of a line; undefined for a solid one. */
export function dashOf({ dashed, label }: LineMark): string | undefined {
  if (dashed === true) return '5 4';
  if (dashed === false) return undefined;
  return dashed ?? (label === undefined ? undefined : styleOf(label).dash);
}
