import { typeError } from '../../errors.js';
import { assertBoolean, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import type { JsonFields } from '../json-fields.js';

/** Deterministic terms: none, a constant, a linear trend, or both. */
export type Trend = 'n' | 'c' | 't' | 'ct';

const TRENDS: readonly Trend[] = ['n', 'c', 't', 'ct'];

/** Options of the terms that do not depend on past values. */
export interface DeterministicOptions {
  /** As in statsmodels: `n` none, `c` constant, `t` time, `ct` both (default: `c`). Time is 1 at the first value. */
  trend?: Trend;
  /** Whether each step of a season has a constant of its own (default: false). */
  seasonal?: boolean;
  /** Steps of a season; with `seasonal` only. */
  period?: number;
}

/** The terms of a regression that depend on time only, in statsmodels' order: constant, time, seasons. */
export class DeterministicTerms {
  readonly trend: Trend;
  /** Steps of a season; 0 without one. */
  readonly period: number;
  readonly names: readonly string[];
  /** With a constant the first season has no term. */
  private readonly firstSeason: number;

  /** @throws {TypeError | RangeError} if an option does not fit */
  constructor({ trend = 'c', seasonal = false, period }: DeterministicOptions, who: string) {
    if (!TRENDS.includes(trend)) {
      throw typeError(`${who}: trend: got ${describeValue(trend)}, expected one of "n", "c", "t", "ct"`);
    }
    assertBoolean(seasonal, `${who}: seasonal`);
    if (seasonal) assertSize(period, `${who}: period`, 2, 10_000);
    else if (period !== undefined) {
      throw typeError(`${who}: period: got ${describeValue(period)} without seasonal, expected both or neither`);
    }
    this.trend = trend;
    this.period = period ?? 0;
    this.firstSeason = trend.includes('c') ? 1 : 0;
    this.names = [
      ...(trend.includes('c') ? ['const'] : []),
      ...(trend.includes('t') ? ['trend'] : []),
      ...Array.from(
        { length: Math.max(0, this.period - this.firstSeason) },
        (_, s) => `season ${s + this.firstSeason + 1}`,
      ),
    ];
  }

  /** Writes the terms of value `time`, counted from 0. */
  write(row: Float64Array, time: number): void {
    let at = 0;
    if (this.trend.includes('c')) row[at++] = 1;
    if (this.trend.includes('t')) row[at++] = time + 1;
    if (this.period === 0) return;
    row.fill(0, at, at + this.period - this.firstSeason);
    const season = time % this.period;
    if (season >= this.firstSeason) row[at + season - this.firstSeason] = 1;
  }

  /** Their sum at value `time`, given their parameters, which come first. */
  sum(parameters: Float64Array, time: number): number {
    const row = new Float64Array(this.names.length);
    this.write(row, time);
    return row.reduce((total, value, i) => total + value * parameters[i], 0);
  }

  toFields(): Record<string, unknown> {
    return { trend: this.trend, period: this.period };
  }

  static fromFields(fields: JsonFields, who: string): DeterministicTerms {
    const period = fields.integer('period', 0, 10_000);
    const trend = fields.choice('trend', TRENDS);
    return new DeterministicTerms({ trend, ...(period > 0 && { seasonal: true, period }) }, who);
  }
}

/** Columns of a regression of each value on its deterministic terms and its lags 1 … order; the values stand last. */
export function designColumns(series: Float64Array, terms: DeterministicTerms, order: number): Float64Array[] {
  const count = series.length - order;
  const deterministic = terms.names.map(() => new Float64Array(count));
  const row = new Float64Array(deterministic.length);
  for (let i = 0; i < count; i++) {
    terms.write(row, order + i);
    for (let k = 0; k < row.length; k++) deterministic[k][i] = row[k];
  }
  const lags = Array.from({ length: order }, (_, k) => series.slice(order - k - 1, series.length - k - 1));
  return [...deterministic, ...lags, series.slice(order)];
}

/** Names of the parameters of such a regression. */
export function designNames(terms: DeterministicTerms, order: number): string[] {
  return [...terms.names, ...Array.from({ length: order }, (_, i) => `L${i + 1}`)];
}
