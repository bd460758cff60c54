import { rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import type { Site } from '../operator.js';

/**
 * What an attribute that is one of some words stands for.
 *
 * @throws {RangeError} if it is another word
 */
export function choice<T>(site: Site, name: string, meanings: Readonly<Record<string, T>>, fallback: string): T {
  const word = site.attributes.string(name, fallback);
  if (Object.hasOwn(meanings, word)) return meanings[word];
  const expected = Object.keys(meanings).join(', ');
  throw rangeError(`${site.who}: ${name}: got ${describeValue(word)}, expected one of ${expected}`);
}
