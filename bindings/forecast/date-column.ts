import { DECIMAL } from '../text.js';
import { type DateOrder, parseDate, parseNumericDate } from './dates.js';

/** A column of dates that was read. */
export interface ReadDates {
  /** Milliseconds since 1970; undefined where a field is no date. */
  readonly times: readonly (number | undefined)[];
  /** How dates were understood, where that had to be found out. */
  readonly note?: string;
}

const NAMED_SO =
  /date|time|day|month|year|when|period|datum|zeit|jahr|monat|fecha|mes|a[ñn]o|année|mois|jour|날짜|일자|일시|시간|시각|연도|년도|년월|기간|日付|日時|年月|年度|时间|日期/i;
const ORDERS = ['mdy', 'dmy'] as const;
const WORDS: Readonly<Record<DateOrder, string>> = {
  mdy: 'month/day/year',
  dmy: 'day/month/year',
  ymd: 'year/month/day',
};
/** Steps this much unlike each other are not those of a calendar: months have 28 to 31 days, weekends three. */
const EVEN = 3.5;

/** Whether a name is one that columns of dates bear. */
export function soundsLikeDates(name: string): boolean {
  return NAMED_SO.test(name);
}

/** Whether fields are dates for the most part. Whole numbers are, where the column's name says so or they come first. */
export function looksLikeDates(name: string, fields: readonly string[], isFirst: boolean): boolean {
  const present = fields.filter((field) => field !== '');
  if (present.length === 0) return false;
  if (present.every((field) => DECIMAL.test(field))) {
    const year = soundsLikeDates(name) ? parseDate : parseNumericDate;
    const times = present.map((field) => parseNumericDate(field) ?? year(field));
    return (soundsLikeDates(name) || (isFirst && present.length > 1)) && isOrdered(times);
  }
  const dates = present.filter((field) => [undefined, ...ORDERS].some((order) => isText(field, order)));
  return 2 * dates.length >= present.length && isDateLike(present[0]);
}

/** Whether a field is a date in any way of reading it but as a plain number. */
export function isDateLike(field: string): boolean {
  return [undefined, ...ORDERS].some((order) => isText(field, order));
}

function isText(field: string, order: DateOrder | undefined): boolean {
  return !DECIMAL.test(field) && parseDate(field, order) !== undefined;
}

function isOrdered(times: readonly (number | undefined)[]): boolean {
  if (times.some((time) => time === undefined)) return false;
  const steps = times.slice(1).map((time, i) => (time as number) - (times[i] as number));
  return steps.every((step) => step > 0) || steps.every((step) => step < 0);
}

/**
 * Reads a column of dates, all in the same way.
 *
 * @param order what `3/4/2000` means; found out from the whole column unless given
 * @returns undefined if both orders fit, and neither gives an even calendar where the other does not
 */
export function readDates(fields: readonly string[], order: DateOrder | undefined): ReadDates | undefined {
  if (fields.every((field) => DECIMAL.test(field))) {
    return { times: fields.map((field) => parseNumericDate(field) ?? parseDate(field)), note: numericNote(fields[0]) };
  }
  const plain = fields.map((field) => parseDate(field, order));
  if (order || plain.every((time) => time !== undefined)) return { times: plain };
  const readings = ORDERS.map((each) => ({ order: each, times: fields.map((field) => parseDate(field, each)) }));
  const whole = readings.filter(({ times }) => times.every((time) => time !== undefined));
  const dotted = fields.every((field) => !/\d[-/]\d/.test(field));
  const chosen = whole.length > 1 ? (dotted ? whole[1] : moreEven(whole)) : whole[0];
  if (chosen) return { times: chosen.times, note: `dates are read as ${WORDS[chosen.order]}` };
  return whole.length > 1 ? undefined : best(readings);
}

function numericNote(field: string): string | undefined {
  if (/^\d{9,10}(\.\d+)?$/.test(field)) return 'dates are read as seconds since 1970, UTC';
  return /^\d{12,13}$/.test(field) ? 'dates are read as milliseconds since 1970, UTC' : undefined;
}

interface Reading {
  readonly order: DateOrder;
  readonly times: readonly (number | undefined)[];
}

/** The one that fails latest: its message points at the field that is wrong. */
function best(readings: readonly Reading[]): Reading {
  const fails = ({ times }: Reading) => times.indexOf(undefined);
  return readings.reduce((most, each) => (fails(each) > fails(most) ? each : most));
}

/** Of two readings the one whose dates go one way in even steps, if that is one alone. */
function moreEven(readings: readonly Reading[]): Reading | undefined {
  const even = readings.filter(({ times }) => {
    const steps = times.slice(1).map((time, i) => Math.abs((time as number) - (times[i] as number)));
    return isOrdered(times) && Math.max(...steps) <= EVEN * Math.min(...steps);
  });
  if (even.length === 1) return even[0];
  const ordered = readings.filter(({ times }) => isOrdered(times));
  return ordered.length === 1 ? ordered[0] : undefined;
}
