import { tagOf } from '../describe-value.js';

/** Whether it is an address; by tag, for a URL may be of another realm. */
export function isPlace(value: unknown): value is string | URL {
  return typeof value === 'string' || tagOf(value) === 'URL';
}
