import { rangeError, typeError } from '../errors.js';
import { describeValue, isFloat32Array } from '../tensor.js';

/** Sample rates that sound is recorded at, in Hz. */
const LOWEST_RATE = 1000;
const HIGHEST_RATE = 768_000;

/**
 * Checks a sample rate.
 *
 * @throws {TypeError} if it is not a number
 * @throws {RangeError} if it is not an integer from 1000 to 768000
 */
export function assertRate(value: unknown, who: string): asserts value is number {
  if (Number.isInteger(value) && (value as number) >= LOWEST_RATE && (value as number) <= HIGHEST_RATE) return;
  const error = typeof value === 'number' ? rangeError : typeError;
  throw error(
    `${who}: got ${describeValue(value)}, expected a whole number of Hz from ${LOWEST_RATE} to ${HIGHEST_RATE}`,
  );
}

/** @throws {TypeError} if it is not a Float32Array */
export function assertSamples(value: unknown, who: string): asserts value is Float32Array {
  if (!isFloat32Array(value))
    throw typeError(`${who}: got ${describeValue(value)}, expected a Float32Array of samples`);
}

/** @throws {TypeError} if it is not a function */
export function assertFunction(value: unknown, who: string): void {
  if (typeof value !== 'function') throw typeError(`${who}: got ${describeValue(value)}, expected a function`);
}

/**
 * Checks a number.
 *
 * @throws {TypeError} if it is not a number
 * @throws {RangeError} if it is NaN, or not from `least` to `most`
 */
export function assertBetween(value: unknown, least: number, most: number, who: string): asserts value is number {
  if (typeof value === 'number' && value >= least && value <= most) return;
  const error = typeof value === 'number' ? rangeError : typeError;
  throw error(`${who}: got ${describeValue(value)}, expected a number from ${least} to ${most}`);
}
