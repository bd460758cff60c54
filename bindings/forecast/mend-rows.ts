import { HiddenstateError } from '../errors.js';
import type { Wording } from './wording.js';

/**
 * What to do about a value that is missing: end with an error, leave its row out, take the one before it, or go in a
 * straight line from the one before to the one after.
 */
export type Missing = 'fail' | 'skip' | 'last' | 'interpolate';

export const MISSING_WAYS: readonly Missing[] = ['fail', 'skip', 'last', 'interpolate'];

/** Rows of a series: NaN where a value is missing. */
export interface SeriesRows {
  readonly values: readonly number[];
  readonly times: readonly number[] | undefined;
  readonly lines: readonly number[];
}

interface Mended {
  readonly rows: SeriesRows;
  readonly note?: string;
}

/** Says where a row is and what it holds, for a message. */
type Describe = (row: number) => string;

/** A step this much longer than the usual one is a gap. */
const GAP = 1.75;

/**
 * Brings rows into the order of their dates: as they are, or all in reverse.
 *
 * @throws {HiddenstateError} if they go up and down, or two are of one date
 */
export function orderRows(rows: SeriesRows, describe: Describe, wording: Wording): Mended {
  const { values, times, lines } = rows;
  if (!times || times.length < 2) return { rows };
  const falls = times[times.length - 1] < times[0];
  const wrong = times.findIndex((time, i) => i > 0 && (falls ? time >= times[i - 1] : time <= times[i - 1]));
  if (wrong > 0) {
    const relation =
      times[wrong] === times[wrong - 1] ? 'the same date as' : `a date ${falls ? 'after' : 'before'} that of`;
    throw new HiddenstateError(
      'DATA',
      `${describe(wrong)}, ${relation} line ${lines[wrong - 1]}, expected dates in order; sort the file, or choose one of several series with ${wording('where')}`,
    );
  }
  if (!falls) return { rows };
  const back = { values: [...values].reverse(), times: [...times].reverse(), lines: [...lines].reverse() };
  return { rows: back, note: 'dates fall from row to row: rows are read from the last to the first' };
}

/**
 * Mends what is missing.
 *
 * @param describe is told the row in the order of the file
 * @throws {HiddenstateError} if nothing may be mended, or there is nothing to mend with
 */
export function fillMissing(rows: SeriesRows, missing: Missing, describe: Describe, wording: Wording): Mended {
  const { values, times, lines } = rows;
  const holes = values.map((_, i) => i).filter((i) => Number.isNaN(values[i]));
  if (holes.length === 0) return { rows };
  const isReversed = lines[0] > lines[lines.length - 1];
  const at = (i: number) => describe(isReversed ? values.length - 1 - i : i);
  if (missing === 'fail') {
    const ways = ['skip', 'last', 'interpolate'].map((way) => wording('missing', way)).join(' or ');
    throw new HiddenstateError('DATA', `${at(holes[0])}, expected a number; say ${ways}`);
  }
  if (missing === 'skip') {
    const keep = <T>(list: readonly T[]) => list.filter((_, i) => !Number.isNaN(values[i]));
    const kept = { values: keep(values), times: times && keep(times), lines: keep(lines) };
    if (kept.values.length === 0) throw new HiddenstateError('DATA', `${at(0)}, and so in every row; expected numbers`);
    return { rows: kept, note: `${holes.length} missing: rows left out` };
  }
  const filled = [...values];
  const after = nextKnown(values);
  for (const i of holes) {
    const next = after[i];
    if (i === 0 || (missing === 'interpolate' && next < 0)) {
      const place = i === 0 ? 'first' : 'last';
      throw new HiddenstateError(
        'DATA',
        `${at(i)} in the ${place} row, expected a number to go on from; say ${wording('missing', 'skip')}`,
      );
    }
    const before = filled[i - 1];
    filled[i] = missing === 'last' ? before : before + (values[next] - before) / (next - i + 1);
  }
  const how =
    missing === 'last'
      ? 'values taken from the row before'
      : 'values put on a straight line from the row before to the row after, which a forecast would not know';
  return { rows: { values: filled, times, lines }, note: `${holes.length} missing: ${how}` };
}

/** The first value that is there at each place or after it; −1 where there is none. */
function nextKnown(values: readonly number[]): Int32Array {
  const next = new Int32Array(values.length);
  for (let i = values.length - 1, known = -1; i >= 0; i--) {
    if (!Number.isNaN(values[i])) known = i;
    next[i] = known;
  }
  return next;
}

/** Warns that steps of uneven length are treated as even ones. */
export function describeGaps(times: readonly number[], lines: readonly number[]): string[] {
  const steps = times.slice(1).map((time, i) => time - times[i]);
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)];
  const gaps = steps.map((step, i) => ({ step, line: lines[i + 1] })).filter(({ step }) => step > GAP * usual);
  if (gaps.length === 0) return [];
  const longest = gaps.reduce((most, each) => (each.step > most.step ? each : most));
  const days = (milliseconds: number) => `${Math.round(milliseconds / 864e3) / 100} days`;
  return [
    `${gaps.length} of ${steps.length} steps are longer than the usual ${days(usual)} (the longest, ${days(longest.step)}, ends at line ${longest.line}); all count as one step`,
  ];
}
