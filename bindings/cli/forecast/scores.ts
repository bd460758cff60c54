import type { Protocol, Score } from '../../forecast/rolling-origin.js';
import { formatNumber } from '../terminal/format.js';
import { tableLines } from '../terminal/table.js';

/** Scores of one model: several where it was trained with several seeds. */
export interface Scored {
  readonly label: string;
  readonly scores: readonly Score[];
}

/** The table of errors: means over seeds, with their standard deviations, and how far MASE reached. */
export function scoreLines(scored: readonly Scored[], { horizon, level }: Protocol): string[] {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const seeded = scored.some(({ scores }) => scores.length > 1);
  const columns = [
    { title: 'model', align: 'left' } as const,
    ...['MAE', 'RMSE', 'MASE', ...(seeded ? ['MASE from – to'] : []), `${Math.round(level * 1000) / 10} % held`].map(
      right,
    ),
    ...['1 step', ...(horizon > 1 ? [`${horizon} steps`] : []), 'fit s', 'ms'].map(right),
  ];
  const rows = scored.map(({ label, scores }) => {
    const of = (read: (score: Score) => number, format = digits) => withSpread(scores.map(read), format);
    return [
      label,
      of(({ mae }) => mae),
      of(({ rmse }) => rmse),
      of(({ mase }) => mase),
      ...(seeded ? [rangeOf(scores.map(({ mase }) => mase))] : []),
      `${of(({ coverage }) => 100 * coverage, tenths)} %`,
      of(({ maeByStep }) => maeByStep[0]),
      ...(horizon > 1 ? [of(({ maeByStep }) => maeByStep[horizon - 1])] : []),
      formatNumber(meanOf(scores.map(({ fitSeconds }) => fitSeconds))),
      formatNumber(meanOf(scores.map(({ forecastMilliseconds }) => forecastMilliseconds))),
    ];
  });
  return tableLines(columns, rows);
}

function withSpread(values: readonly number[], format: (value: number) => string): string {
  const mean = meanOf(values);
  if (values.length === 1) return format(mean);
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  return `${format(mean)} ± ${Number.isFinite(spread) ? Number(spread.toPrecision(2)) : '–'}`;
}

/** The least and the greatest; empty where there is one. */
function rangeOf(values: readonly number[]): string {
  return values.length === 1 ? '' : `${digits(Math.min(...values))} – ${digits(Math.max(...values))}`;
}

const tenths = (value: number) => value.toFixed(1);

/** The mean of numbers, at least one. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Four digits that count, as errors are compared. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 1e5 || (Math.abs(value) < 1e-3 && value !== 0)
    ? value.toExponential(3)
    : String(Number(value.toPrecision(4)));
}
