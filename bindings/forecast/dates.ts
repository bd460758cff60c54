/** Which of day, month and year comes first where all three are numbers. */
export type DateOrder = 'mdy' | 'dmy' | 'ymd';

export const DATE_ORDERS: readonly DateOrder[] = ['mdy', 'dmy', 'ymd'];

/** `2000-01-03`, `2000/1/3`, `2000.1.3`, `2000年1月3日`, `2000년 1월 3일`; without a day the first of the month. */
const YEAR_FIRST = /^(\d{4}) ?[-/.年년] ?(\d{1,2})(?: ?[-/.月월] ?(\d{1,2}) ?[.日일]?| ?[.月월])?$/;
const YEAR = /^(\d{4}) ?[年년]?$/;
const YEAR_AND_PART = /^(\d{4})[- /]?([QM])(\d{1,2})$|^([Q])([1-4])[- /](\d{4})$/i;
const ERA = /^(令和|平成|昭和|大正) ?(\d{1,2}|元) ?年 ?(\d{1,2}) ?月(?: ?(\d{1,2}) ?日)?$/;
/** The year before the first of each era. */
const ERAS: Readonly<Record<string, number>> = { 令和: 2018, 平成: 1988, 昭和: 1925, 大正: 1911 };
const NUMBERS = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/;
const MONTH_AND_YEAR = /^(\d{1,2})[-/.](\d{4})$/;
/** A month by name, so that its place does not matter: `Jan 3 2000`, `3 January 2000`, `03-Jan-2000`, `März 2000`. */
const MONTH_NAMED = /^(\p{L}{3,})\.?(?:[ -](\d{1,2})(?:st|nd|rd|th)?,?)?[ ,-]+(\d{4})$/u;
const DAY_THEN_NAME = /^(\d{1,2})(?:st|nd|rd|th|\.)?(?: de)?[ -](\p{L}{3,})\.?(?: de)?[ ,-]+(\d{4})$/u;
const WEEKDAY = /^\p{L}{2,12}\.?,? +(?=.*\d{4})|\s*\(\p{L}{1,3}\)/gu;
const TIME =
  /(?:^|[T ,]+)(오전|오후|午前|午後|上午|下午)? ?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)? ?([ap]\.?m\.?)? ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;
/** A year of two digits from here on is one of the last century, as POSIX has it. */
const PIVOT = 69;

const MONTHS = monthNames(['en', 'de', 'fr', 'es', 'it', 'pt', 'nl']);

/**
 * Reads a date as tables hold it, in UTC: `2000-01-03`, `2000/1/3`, `2000-01`, `2000-01-03 09:30`, `Jan 3 2000`,
 * `3 Jan 2000`, `2000년 1월 3일`, `令和2年1月3日`, `2000Q1`, `01/2000`, `2000`.
 *
 * @param order how `3/4/2000` is meant; undefined if that could be two dates, and so is none
 * @returns milliseconds since 1970, or undefined for what is no date
 */
export function parseDate(text: string, order?: DateOrder): number | undefined {
  const plain = text.normalize('NFKC').trim();
  const clock = TIME.exec(plain);
  const day = parseDay(clock ? plain.slice(0, clock.index) : plain, order);
  if (day === undefined || !clock) return day;
  const time = parseTime(clock);
  return time === undefined ? undefined : day + time;
}

/**
 * Reads a date that is a whole number, as computers write it: seconds or milliseconds since 1970, `20000103`, `200001`.
 *
 * @returns milliseconds since 1970, or undefined for what is none
 */
export function parseNumericDate(text: string): number | undefined {
  if (/^\d{8}$/.test(text)) return dayOf(Number(text.slice(0, 4)), Number(text.slice(4, 6)), Number(text.slice(6)));
  if (/^(19|20)\d{4}$/.test(text)) return dayOf(Number(text.slice(0, 4)), Number(text.slice(4)), 1);
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  return /^\d{12,13}$/.test(text) ? Number(text) : undefined;
}

function parseDay(text: string, order: DateOrder | undefined): number | undefined {
  const day = text.replace(WEEKDAY, (match) => (MONTHS.has(keyOf(match)) ? match : '')).trim();
  const year = YEAR.exec(day);
  if (year) return dayOf(Number(year[1]), 1, 1);
  const first = YEAR_FIRST.exec(day);
  if (first) return dayOf(Number(first[1]), Number(first[2]), Number(first[3] ?? 1));
  const part = YEAR_AND_PART.exec(day);
  if (part) {
    const [year4, kind, count] = part[4] ? [part[6], part[4], part[5]] : [part[1], part[2], part[3]];
    const month = kind.toUpperCase() === 'Q' ? 3 * Number(count) - 2 : Number(count);
    return dayOf(Number(year4), month, 1);
  }
  const era = ERA.exec(day);
  if (era) return dayOf(ERAS[era[1]] + (era[2] === '元' ? 1 : Number(era[2])), Number(era[3]), Number(era[4] ?? 1));
  const monthly = MONTH_AND_YEAR.exec(day);
  if (monthly) return dayOf(Number(monthly[2]), Number(monthly[1]), 1);
  const named = MONTH_NAMED.exec(day);
  if (named) return dayOf(Number(named[3]), MONTHS.get(keyOf(named[1])), Number(named[2] ?? 1));
  const late = DAY_THEN_NAME.exec(day);
  if (late) return dayOf(Number(late[3]), MONTHS.get(keyOf(late[2])), Number(late[1]));
  const numbers = NUMBERS.exec(day);
  return numbers && order ? fromNumbers(numbers, order) : undefined;
}

function fromNumbers([, a, , b, c]: RegExpExecArray, order: DateOrder): number | undefined {
  if (order === 'ymd') return c.length === 2 ? dayOf(century(Number(a)), Number(b), Number(c)) : undefined;
  const year = c.length === 2 ? century(Number(c)) : Number(c);
  return order === 'mdy' ? dayOf(year, Number(a), Number(b)) : dayOf(year, Number(b), Number(a));
}

function century(year: number): number {
  return year + (year < PIVOT ? 2000 : 1900);
}

function parseTime([, half, h, m, s = '0', meridiem, zone]: RegExpExecArray): number | undefined {
  const [hour, minute, second] = [h, m, s].map(Number);
  const twelve = half ?? meridiem;
  if (minute > 59 || second > 59 || hour > 23 || (twelve && (hour > 12 || hour === 0))) return undefined;
  const afternoon = twelve !== undefined && /오후|午後|下午|p/i.test(twelve);
  const hours = twelve ? (hour % 12) + (afternoon ? 12 : 0) : hour;
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? '');
  const minutes = offset ? (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) : 0;
  return ((hours * 60 + minute - minutes) * 60 + second) * 1000;
}

function dayOf(year: number, month: number | undefined, day: number): number | undefined {
  if (month === undefined) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day));
  // The 30th of February would have become March.
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** Long and short names of months in these languages, and `sept`. */
function monthNames(languages: readonly string[]): ReadonlyMap<string, number> {
  const names = new Map<string, number>([['sept', 9]]);
  for (const language of languages) {
    for (const month of ['long', 'short'] as const) {
      const format = new Intl.DateTimeFormat(language, { month, timeZone: 'UTC' });
      for (let m = 0; m < 12; m++) names.set(keyOf(format.format(Date.UTC(2000, m, 15))), m + 1);
    }
  }
  return names;
}

function keyOf(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}]/gu, '');
}

/**
 * `2000-01-03`, with the time of day where there is one.
 *
 * @example
 * ```ts
 * import { formatDate } from 'hiddenstate/forecast';
 *
 * console.log(formatDate(Date.UTC(2024, 0, 31))); // 2024-01-31
 * ```
 */
export function formatDate(time: number): string {
  const text = new Date(time).toISOString();
  if (text.endsWith('T00:00:00.000Z')) return text.slice(0, 10);
  return text.slice(0, text.endsWith(':00.000Z') ? 16 : 19).replace('T', ' ');
}
