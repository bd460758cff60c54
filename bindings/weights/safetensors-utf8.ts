// TextDecoder and TextEncoder are absent in an AudioWorklet, so the few lines of UTF-8 that weight files need live here.

/**
 * Reads one code point of strict UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF.
 *
 * @param bytes the text
 * @param at where the code point begins
 * @param end one past the last byte of the text
 * @returns the code point, or −1 if the bytes are not UTF-8
 */
export function utf8CodePoint(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return lead;
  const size = lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > end) return -1;
  let code = lead & (0x7f >> size);
  for (let i = 1; i < size; i++) {
    if ((bytes[at + i] & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (bytes[at + i] & 0x3f);
  }
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return utf8Size(code) === size && !isSurrogate && code <= 0x10ffff ? code : -1;
}

/**
 * Counts the bytes of a code point in UTF-8.
 *
 * @param code a code point
 * @returns 1 to 4
 */
export function utf8Size(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/**
 * Counts the bytes of text in UTF-8.
 *
 * @param text well-formed UTF-16 (`isWellFormed`)
 * @returns the number of bytes `writeUtf8` writes
 */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const size = utf8Size(text.codePointAt(i) as number);
    if (size === 4) i++;
    length += size;
  }
  return length;
}

/**
 * Writes text as UTF-8.
 *
 * @param text well-formed UTF-16 (`isWellFormed`): a lone surrogate would become bytes no strict decoder takes
 * @param out the array to write to, with room for `utf8Length(text)` bytes from `at` on
 * @param at where the first byte goes
 */
export function writeUtf8(text: string, out: Uint8Array, at: number): void {
  for (let i = 0, end = at; i < text.length; i++) {
    const code = text.codePointAt(i) as number;
    const size = utf8Size(code);
    if (size === 4) i++;
    for (let k = size - 1, rest = code; k > 0; k--, rest >>>= 6) out[end + k] = 0x80 | (rest & 0x3f);
    out[end] = size === 1 ? code : ((0xf00 >> size) & 0xff) | (code >>> (6 * (size - 1)));
    end += size;
  }
}

/**
 * Tells whether text has no lone surrogate. (`String.prototype.isWellFormed` is younger than the browsers served.)
 *
 * @param text any string
 * @returns true if it can be written as UTF-8
 */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/**
 * Orders strings by code point, as bytes of UTF-8 are ordered. JavaScript's own order is by UTF-16 unit and puts an
 * emoji (a surrogate pair, from 0xD800) before U+E000 … U+FFFF.
 *
 * @param a well-formed text
 * @param b well-formed text
 * @returns negative, zero or positive, for `Array.prototype.sort`
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  return i < length ? sortKey(a.charCodeAt(i)) - sortKey(b.charCodeAt(i)) : a.length - b.length;
}

/** Lifts surrogate units above every unit that stands for itself; order within each kind is kept. */
function sortKey(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
