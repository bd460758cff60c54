const ISO = /^(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?Z?)?)?$/;
const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*';
/** A month by name, so that its place does not matter: `Jan 3 2000`, `3 January 2000`, `Mon, 03-Jan-2000`. */
const NAMED = new RegExp(`^(?:\\w{3,9}, )?(?:${MONTH} (\\d{1,2}),?|(\\d{1,2})[ -]${MONTH})[ -]\\d{4}$`, 'i');

/**
 * Reads a date as tables hold it, in UTC: `2000-01-03`, `2000/1/3`, `2000-01`, `2000-01-03 09:30`, `Jan 3 2000`,
 * `3 Jan 2000`, `2000`.
 *
 * @returns milliseconds since 1970, or undefined for what is no date, or could be two (`3/4/2000`)
 */
export function parseDate(text: string): number | undefined {
  if (/^\d{4}$/.test(text)) return Date.UTC(Number(text), 0);
  const iso = ISO.exec(text);
  if (iso) return isoDate(iso.slice(1).map((part) => (part === undefined ? undefined : Number(part))));
  const named = NAMED.exec(text);
  const time = named ? Date.parse(`${text} UTC`) : Number.NaN;
  // The 30th of February would have become March.
  return named && new Date(time).getUTCDate() === Number(named[1] ?? named[2]) ? time : undefined;
}

function isoDate([year, month, day = 1, hour = 0, minute = 0, second = 0]: readonly (number | undefined)[]) {
  if (year === undefined || month === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

/** `2000-01-03`, with the time of day where there is one. */
export function formatDate(time: number): string {
  const text = new Date(time).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ');
}
