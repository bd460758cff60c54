const DAY = 864e5;

/**
 * Goes on with dates: month by month where the last steps are whole months, from weekday to weekday where no value falls on
 * a weekend, and otherwise by the usual step.
 *
 * @param times in order, in milliseconds since 1970
 * @returns the dates of the next values
 *
 * @example
 * ```ts
 * import { formatDate, nextTimes } from 'hiddenstate/forecast';
 *
 * const times = Float64Array.of(Date.UTC(2024, 0, 31), Date.UTC(2024, 1, 29), Date.UTC(2024, 2, 31));
 * console.log(Array.from(nextTimes(times, 2), formatDate)); // [ '2024-04-30', '2024-05-31' ]
 * ```
 */
export function nextTimes(times: Float64Array, count: number): Float64Array {
  const last = times[times.length - 1];
  if (times.length < 2) return Float64Array.from({ length: count }, (_, h) => last + (h + 1) * DAY);
  const recent = times.slice(-RECENT);
  const months = monthsOf(recent);
  if (months !== undefined)
    return Float64Array.from({ length: count }, (_, h) => addMonths(last, (h + 1) * months, recent));
  const steps = Array.from(recent.subarray(1), (time, i) => time - recent[i]).sort((a, b) => a - b);
  const step = steps[Math.floor((steps.length - 1) / 2)];
  const skipsWeekends = step === DAY && recent.length >= 6 && !recent.some(isWeekend);
  let time = last;
  return Float64Array.from({ length: count }, () => {
    do time += step;
    while (skipsWeekends && isWeekend(time));
    return time;
  });
}

/** Values by which the pace is judged. */
const RECENT = 40;

function isWeekend(time: number): boolean {
  return new Date(time).getUTCDay() % 6 === 0;
}

/** Whole months of the usual step, where values are of one day of the month, or of its last. */
function monthsOf(times: Float64Array): number | undefined {
  const days = Array.from(times, (time) => new Date(time).getUTCDate());
  const sameDay = days.every((day) => day === days[0]);
  if (!sameDay && !times.every(isMonthEnd)) return undefined;
  const steps = Array.from(times.subarray(1), (time, i) => monthOf(time) - monthOf(times[i])).sort((a, b) => a - b);
  const months = steps[Math.floor((steps.length - 1) / 2)];
  return months > 0 ? months : undefined;
}

function monthOf(time: number): number {
  const date = new Date(time);
  return 12 * date.getUTCFullYear() + date.getUTCMonth();
}

function isMonthEnd(time: number): boolean {
  return new Date(time + DAY).getUTCDate() === 1;
}

function addMonths(time: number, months: number, recent: Float64Array): number {
  const date = new Date(time);
  const clock = time - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const end = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
  const day = recent.every(isMonthEnd) ? end : Math.min(date.getUTCDate(), end);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, day) + clock;
}
