import { formatNumber, formatRatio, formatTenths } from '../terminal/format.js';
import { type Column, tableLines } from '../terminal/table.js';
import type { CaseResult } from './measure-case.js';

/**
 * The table of one cell in one workload: a row for each size, then the geometric mean of the ratios.
 *
 * @param builds names, in the order of their columns
 */
export function resultLines(results: readonly CaseResult[], builds: readonly string[]): string[] {
  const right = (title: string): Column => ({ title, align: 'right' });
  const columns = [
    right('H = I'),
    right('plain JS, µs'),
    ...builds.flatMap((build) => [right(`${build}, µs`), right('ratio'), right('GMAC/s')]),
  ];
  const rows = results.map(({ size, plainMicroseconds, builds: reached }) => [
    String(size),
    formatNumber(plainMicroseconds),
    ...builds.flatMap((build) => {
      const { microseconds, ratio, gmacPerSecond } = reached[build];
      return [formatNumber(microseconds), formatRatio(ratio), formatTenths(gmacPerSecond)];
    }),
  ]);
  const means = builds.flatMap((build) => ['', formatRatio(meanRatio(results, build)), '']);
  return tableLines(columns, results.length > 1 ? [...rows, ['mean', '', ...means]] : rows);
}

/** The geometric mean of a build's ratios. */
export function meanRatio(results: readonly CaseResult[], build: string): number {
  const logs = results.map(({ builds }) => Math.log(builds[build].ratio));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
