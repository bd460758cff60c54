import { rangeError, typeError } from '../errors.js';
import { describeValue } from '../tensor.js';

/**
 * Checks a number.
 *
 * @throws {TypeError} if it is not a number
 * @throws {RangeError} if it is not finite or not from `least` to `most`
 */
export function assertFinite(
  value: unknown,
  who: string,
  least = Number.NEGATIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
): asserts value is number {
  if (Number.isFinite(value) && (value as number) >= least && (value as number) <= most) return;
  const error = typeof value === 'number' ? rangeError : typeError;
  throw error(`${who}: got ${describeValue(value)}, expected ${describeRange(least, most)}`);
}

/**
 * Checks a share of something that is less than all of it.
 *
 * @throws {TypeError} if it is not a number
 * @throws {RangeError} if it is not finite, less than 0, or 1 and more
 */
export function assertFraction(value: unknown, who: string): asserts value is number {
  if (Number.isFinite(value) && (value as number) >= 0 && (value as number) < 1) return;
  const error = typeof value === 'number' ? rangeError : typeError;
  throw error(`${who}: got ${describeValue(value)}, expected a finite number of at least 0 and less than 1`);
}

function describeRange(least: number, most: number): string {
  if (least === Number.NEGATIVE_INFINITY) return 'a finite number';
  const from = least === Number.MIN_VALUE ? 'above 0' : `of at least ${least}`;
  return most === Number.POSITIVE_INFINITY ? `a finite number ${from}` : `a number from ${least} to ${most}`;
}
