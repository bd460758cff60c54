import { CliError } from '../cli-error.js';
import type { TimeSeries } from './read-series.js';

/** What is forecast instead of the column itself. */
export type Transform = 'none' | 'log' | 'differences' | 'returns' | 'volatility';

interface Recipe {
  /** Of a value and the one before it, NaN at the first. */
  readonly of: (value: number, before: number) => number;
  readonly usesBefore: boolean;
  readonly positive: boolean;
  readonly name: (column: string) => string;
}

const RECIPES: Readonly<Record<Transform, Recipe>> = {
  none: { of: (value) => value, usesBefore: false, positive: false, name: (column) => column },
  log: { of: Math.log, usesBefore: false, positive: true, name: (column) => `log of ${column}` },
  differences: {
    of: (value, before) => value - before,
    usesBefore: true,
    positive: false,
    name: (column) => `differences of ${column}`,
  },
  returns: {
    of: (value, before) => 100 * Math.log(value / before),
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

/**
 * Takes a series over into another; each value is made of itself and the one before it, never of a later one.
 *
 * @throws {CliError} if a logarithm meets a value that is not above 0; the line is named
 */
export function transformSeries(series: TimeSeries, transform: Transform, path: string): TimeSeries {
  const { of, usesBefore, positive, name } = RECIPES[transform];
  const { values, times, lines } = series;
  const wrong = positive ? values.findIndex((value) => value <= 0) : -1;
  if (wrong >= 0) {
    throw new CliError(
      `${path}: line ${lines[wrong]}, column ${series.name}: got ${values[wrong]}, expected a number above 0 for --transform ${transform}`,
    );
  }
  const from = usesBefore ? 1 : 0;
  return {
    ...series,
    name: name(series.name),
    values: values.map((value, i) => of(value, values[i - 1])).subarray(from),
    times: times?.subarray(from),
    lines: lines.slice(from),
  };
}
