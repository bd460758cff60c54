import { HiddenstateError } from '../../errors.js';
import { describeValue } from '../../tensor.js';

/**
 * The text of a key that a pickle gives: text itself, a number, true, false or None. Tuples and objects are none: they may hold
 * themselves, or double with every level, and then have no text that fits into memory.
 *
 * @returns undefined for any other value
 */
export function keyText(key: unknown): string | undefined {
  return typeof key === 'object' && key !== null ? undefined : String(key);
}

/**
 * The key of a storage.
 *
 * @throws {HiddenstateError} `HIDDENSTATE_FILE` if it is no text or number
 */
export function storageKey(key: unknown, who: string): string {
  const text = keyText(key);
  if (text !== undefined) return text;
  throw new HiddenstateError('FILE', `${who}: got ${describeValue(key)} as the key of a storage, expected text`);
}
