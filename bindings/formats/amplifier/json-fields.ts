import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';

/** An object of a file of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with names. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A field that holds an object.
 *
 * @throws {HiddenstateError} if it does not
 */
export function objectIn(object: JsonObject, name: string, who: string): JsonObject {
  const value = object[name];
  if (Object.hasOwn(object, name) && isObject(value)) return value;
  throw wrongField(who, name, value, 'an object');
}

/**
 * A field that holds a size.
 *
 * @param fallback what a file means that leaves it out; without one the field has to be there
 * @throws {HiddenstateError} if it is no integer from 1 to 65536
 */
export function sizeIn(object: JsonObject, name: string, who: string, fallback?: number): number {
  const value = object[name] ?? fallback;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65536) return value as number;
  throw wrongField(who, name, value, 'an integer from 1 to 65536');
}

/**
 * The numbers of nested lists, row-major.
 *
 * @param dims what the lists have to measure
 * @throws {RangeError} if they measure something else
 * @throws {HiddenstateError} if something else than numbers is in them
 */
export function numbersOf(value: unknown, dims: readonly number[], who: string): Float32Array {
  const out = new Float32Array(dims.reduce((product, size) => product * size, 1));
  let at = 0;
  const visit = (part: unknown, depth: number) => {
    if (depth === dims.length) {
      if (typeof part !== 'number') throw wrongField(who, 'weights', part, 'numbers');
      out[at++] = part;
      return;
    }
    if (!Array.isArray(part) || part.length !== dims[depth]) {
      throw rangeError(
        `${who}: got weights of ${describeValue(part)} in dimension ${depth}, expected dims ${formatDims(dims)}`,
      );
    }
    for (const item of part) visit(item, depth + 1);
  };
  // The count of a list is compared before anything is made of the lists in it, so a claim costs no more than its bytes.
  visit(value, 0);
  return out;
}

/** A field whose value is not what it has to be. */
export function wrongField(who: string, name: string, got: unknown, expected: string): HiddenstateError {
  return new HiddenstateError('FILE', `${who}: ${name}: got ${describeValue(got)}, expected ${expected}`);
}
