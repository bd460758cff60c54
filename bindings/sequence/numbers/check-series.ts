import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';

/** Squares of such values, and sums of them, are still numbers: variances need them. */
const GREATEST = 1e150;

/**
 * Checks a series of numbers and copies it.
 *
 * @param least how many values are needed
 * @param why what needs them, for the message
 * @throws {TypeError} if it is no array
 * @throws {RangeError} if a value is not finite or its square may not be, or there are too few
 */
export function checkSeries(series: unknown, who: string, least = 0, why = ''): Float64Array {
  if (!Array.isArray(series) && !(ArrayBuffer.isView(series) && 'length' in series)) {
    throw typeError(`${who}: got ${describeValue(series)}, expected an array of numbers`);
  }
  const values = series as ArrayLike<unknown>;
  if (values.length < least) {
    throw rangeError(`${who}: got ${values.length} values, expected at least ${least}${why && ` ${why}`}`);
  }
  const copy = new Float64Array(values.length);
  for (let i = 0; i < copy.length; i++) copy[i] = checkValue(values[i], who, i);
  const large = copy.findIndex((value) => Math.abs(value) > GREATEST);
  if (large < 0) return copy;
  throw rangeError(
    `${who}: value ${large}: got ${copy[large]}, expected a magnitude of at most ${GREATEST}; scale the series`,
  );
}

/** @throws {TypeError | RangeError} if a value of a series is no finite number */
export function checkValue(value: unknown, who: string, index?: number): number {
  if (Number.isFinite(value)) return value as number;
  const error = typeof value === 'number' ? rangeError : typeError;
  const at = index === undefined ? '' : `: value ${index}`;
  throw error(`${who}${at}: got ${describeValue(value)}, expected a finite number; fill the gap or leave it out`);
}

/** The least square that is a full number. */
const LEAST_SQUARE = 2 ** -1022;

/**
 * Checks that a series is not the same value over and over. Its variance would not tell: the mean of thirty values of 0.1
 * is not quite 0.1.
 *
 * @throws {Error} if it is, or varies by so little that its variance is 0
 */
export function assertVaries(series: Float64Array, who: string): void {
  const least = series.reduce((a, b) => Math.min(a, b));
  const most = series.reduce((a, b) => Math.max(a, b));
  if ((most - least) ** 2 >= LEAST_SQUARE) return;
  throw new HiddenstateError('DATA', `${who}: got a constant series, expected one that varies`);
}
