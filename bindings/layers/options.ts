import { describeValue } from '../tensor.js';

/**
 * Checks a size: how many features, units, layers, sequences.
 *
 * @throws {TypeError} if it is not a number
 * @throws {RangeError} if it is not an integer from `least` to 2^31 − 1
 */
export function assertSize(value: unknown, who: string, least = 1): asserts value is number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= 0x7fffffff) return;
  const Kind = typeof value === 'number' ? RangeError : TypeError;
  throw new Kind(`${who}: got ${describeValue(value)}, expected an integer of at least ${least}`);
}

/**
 * Checks a switch.
 *
 * @throws {TypeError} if it is not true or false
 */
export function assertBoolean(value: unknown, who: string): asserts value is boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${who}: got ${describeValue(value)}, expected true or false`);
}

/**
 * Checks an options object and refuses names it does not know, so that a misspelt option is not silently ignored.
 *
 * @throws {TypeError} if it is not an object, or has a name that is not in `known`
 */
export function assertOptions(options: unknown, known: readonly string[], who: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${who}: got options ${describeValue(options)}, expected an object`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`${who}: got option ${describeValue(name)}, expected only ${known.join(', ')}`);
    }
  }
}
