import { HiddenstateError } from '../errors.js';
import type { TimeSeries } from './series-reader.js';
import { programWording } from './wording.js';

/** What is modelled instead of the column itself. */
export type Transform = 'none' | 'log' | 'differences' | 'returns' | 'volatility';

interface Recipe {
  /** Of a value and the one before it, NaN at the first. */
  readonly of: (value: number, before: number) => number;
  readonly usesBefore: boolean;
  readonly positive: boolean;
  readonly name: (column: string) => string;
  /** The value again: of what was modelled, or of the sum of it since `before`. Absent where it is lost. */
  readonly undo?: (modelled: number, before: number) => number;
}

const RECIPES: Readonly<Record<Transform, Recipe>> = {
  none: {
    of: (value) => value,
    undo: (value) => value,
    usesBefore: false,
    positive: false,
    name: (column) => column,
  },
  log: { of: Math.log, undo: Math.exp, usesBefore: false, positive: true, name: (column) => `log of ${column}` },
  differences: {
    of: (value, before) => value - before,
    undo: (sum, before) => before + sum,
    usesBefore: true,
    positive: false,
    name: (column) => `differences of ${column}`,
  },
  returns: {
    of: (value, before) => 100 * Math.log(value / before),
    undo: (sum, before) => before * Math.exp(sum / 100),
    usesBefore: true,
    positive: true,
    name: (column) => `returns of ${column} in percent`,
  },
  volatility: {
    of: (value, before) => Math.abs(100 * Math.log(value / before)),
    usesBefore: true,
    positive: true,
    name: (column) => `absolute returns of ${column} in percent`,
  },
};

export const TRANSFORMS = Object.keys(RECIPES) as Transform[];

/** The recipe of a transform. */
export function recipeOf(transform: Transform): Recipe {
  return RECIPES[transform];
}

/**
 * Takes values over; each is made of itself and the one before it, never of a later one. One fewer where it needs that.
 *
 * @example
 * ```ts
 * import { transformValues } from 'hiddenstate/forecast';
 *
 * console.log(transformValues(Float64Array.of(10, 12, 11), 'differences').join(' ')); // 2 -1
 * ```
 */
export function transformValues(values: Float64Array, transform: Transform): Float64Array {
  const { of, usesBefore } = RECIPES[transform];
  return values.map((value, i) => of(value, values[i - 1])).subarray(usesBefore ? 1 : 0);
}

/**
 * Checks that a series can be taken over.
 *
 * @throws {HiddenstateError} if a logarithm meets a value that is not above 0; the line is named
 */
export function checkTransform(
  { values, lines, name }: TimeSeries,
  transform: Transform,
  path: string,
  wording = programWording,
): void {
  const wrong = RECIPES[transform].positive ? values.findIndex((value) => value <= 0) : -1;
  if (wrong < 0) return;
  throw new HiddenstateError(
    'DATA',
    `${path}: line ${lines[wrong]}, column ${name}: got ${values[wrong]}, expected a number above 0 for ${wording('transform', transform)}`,
  );
}

/** A series in the units of its transform. */
export function transformSeries(series: TimeSeries, transform: Transform): TimeSeries {
  const { usesBefore, name } = RECIPES[transform];
  const from = usesBefore ? 1 : 0;
  return {
    ...series,
    name: name(series.name),
    values: transformValues(series.values, transform),
    times: series.times?.subarray(from),
    lines: series.lines.slice(from),
  };
}
