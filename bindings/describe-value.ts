/**
 * Says what a value is, short enough for an error message whatever it holds: `Float64Array(6)`, `"abc"`, `NaN`, `Map`.
 *
 * @param value anything; long strings are cut, so a name taken from a hostile file is safe to pass
 * @returns one line, for the "got" of a message
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return quoted(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return String(value);
  try {
    const tag = tagOf(value);
    const { length } = value as { length?: unknown };
    return typeof length === 'number' ? `${tag}(${length})` : tag;
  } catch {
    // A Proxy around a typed array, or a revoked one.
    return 'a Proxy';
  }
}

/** The name of a value's class, whichever realm it comes from: `Float32Array`, `Module`; `Proxy` for one that is revoked. */
export function tagOf(value: unknown): string {
  return isRevoked(value) ? 'Proxy' : Object.prototype.toString.call(value).slice(8, -1);
}

/** As JSON, and of one line: what reorders text or commands a terminal is escaped, for messages are printed. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Controls that JSON leaves as they are: those of Latin-1, line separators, and the marks that reorder text. */
const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The value, or undefined if it is a revoked Proxy: looking at one throws an error that is not ours. */
export function readable<T>(value: T): T | undefined {
  return isRevoked(value) ? undefined : value;
}

function isRevoked(value: unknown): boolean {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}
