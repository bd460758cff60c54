import { describeValue, readable } from './describe-value.js';
import { rangeError, typeError } from './errors.js';

/**
 * Checks a size: how many features, units, layers, sequences.
 *
 * @throws {TypeError} if it is not a number
 * @throws {RangeError} if it is not an integer from `least` to `most`
 */
export function assertSize(value: unknown, who: string, least = 1, most = 0x7fffffff): asserts value is number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  refuse(value, 'number', who, `an integer from ${least} to ${most}`);
}

/**
 * Checks a switch.
 *
 * @throws {TypeError} if it is not true or false
 */
export function assertBoolean(value: unknown, who: string): asserts value is boolean {
  if (typeof value !== 'boolean') refuse(value, 'boolean', who, 'true or false');
}

/**
 * Checks the seed of initial weights.
 *
 * @throws {TypeError} if it is neither a number nor null
 * @throws {RangeError} if it is not finite
 */
export function assertSeed(value: unknown, who: string): asserts value is number | null {
  if (value === null || Number.isFinite(value)) return;
  refuse(value, 'number', who, 'a finite number, or null for weights of zero');
}

/**
 * Refuses an option's value.
 *
 * @param type what `typeof` says of values of the right kind
 * @throws {TypeError} if the value is of another type
 * @throws {RangeError} otherwise
 */
export function refuse(value: unknown, type: string, who: string, expected: string): never {
  const error = typeof value === type ? rangeError : typeError;
  throw error(`${who}: got ${describeValue(value)}, expected ${expected}`);
}

/**
 * Checks an options object and refuses names it does not know, so that a misspelt option is not silently ignored.
 *
 * @throws {TypeError} if it is not an object, or has a name that is not in `known`
 */
export function assertOptions(options: unknown, known: readonly string[], who: string): void {
  if (typeof options !== 'object' || options === null || !readable(options) || Array.isArray(options)) {
    throw typeError(`${who}: got options ${describeValue(options)}, expected an object`);
  }
  // Not Object.keys, which would allocate: streams check options in every step.
  for (const name in options) {
    if (!known.includes(name)) {
      throw typeError(`${who}: got option ${describeValue(name)}, expected only ${known.join(', ')}`);
    }
  }
}
