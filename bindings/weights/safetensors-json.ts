import { HiddenstateError, rangeError } from '../errors.js';
import { describeValue } from '../tensor.js';
import { utf8CodePoint, utf8Size } from './safetensors-utf8.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ESCAPES: Record<string, number | undefined> = {
  '"': 0x22,
  '\\': 0x5c,
  '/': 0x2f,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
};

/**
 * Reads the JSON of a safetensors header straight from its bytes, once, front to back. `JSON.parse` would not do: it
 * keeps the last of two equal keys, rounds integers past 2^53, takes 1.0 and 1e3 for integers, and builds whatever the
 * file nests. Here only what the caller asks for is read, so depth and memory follow the schema.
 */
export class JsonCursor {
  private readonly bytes: Uint8Array;
  private readonly end: number;
  private readonly who: string;
  private at: number;

  /**
   * @param bytes the file
   * @param begin first byte of the JSON text
   * @param end one past its last byte
   * @param who the beginning of every error message
   */
  constructor(bytes: Uint8Array, begin: number, end: number, who: string) {
    this.bytes = bytes;
    this.end = end;
    this.who = who;
    this.at = begin;
  }

  /**
   * Reads an object and hands each key to `member`, which must read the value.
   *
   * @param what names the object in an error message
   * @param member called once a key, in file order
   * @throws {Error} on a syntax error or a key that occurs twice
   */
  object(what: string, member: (key: string) => void): void {
    const seen = new Set<string>();
    this.expect('{', what);
    if (this.accept('}')) return;
    do {
      const key = this.string(what);
      if (seen.has(key)) this.fail(what, `the key ${describeValue(key)} twice`, 'each key once');
      seen.add(key);
      this.expect(':', what);
      member(key);
    } while (this.accept(','));
    this.expect('}', what);
  }

  /**
   * Reads an array of non-negative integers.
   *
   * @param what names the array in an error message
   * @returns a new array
   * @throws {RangeError} if a number is negative, fractional, written with an exponent or past 2^53 − 1
   * @throws {Error} on a syntax error or a value of another kind
   */
  integers(what: string): number[] {
    const values: number[] = [];
    this.expect('[', what);
    if (this.accept(']')) return values;
    do values.push(this.integer(what));
    while (this.accept(','));
    this.expect(']', what);
    return values;
  }

  /**
   * Reads a string.
   *
   * @param what names the string in an error message
   * @returns well-formed text
   * @throws {Error} on a syntax error, a control character, a lone surrogate or bytes that are not UTF-8
   */
  string(what: string): string {
    this.expect('"', what);
    let text = '';
    // Flushed in pieces: one concatenation a character would cost a hundred times the text in ropes.
    let codes: number[] = [];
    for (;;) {
      const byte = this.at < this.end ? this.bytes[this.at] : -1;
      if (byte === QUOTE) break;
      if (byte < 0x20) this.unexpected(what, 'a character of a string');
      if (byte === BACKSLASH) codes.push(this.escape(what));
      else codes.push(this.codePoint(what));
      if (codes.length === 4096) {
        text += String.fromCodePoint(...codes);
        codes = [];
      }
    }
    this.at++;
    return text + String.fromCodePoint(...codes);
  }

  /**
   * Reads to the end of the text.
   *
   * @param what names the text in an error message
   * @throws {Error} if anything but white space is left
   */
  finish(what: string): void {
    this.skipSpace();
    if (this.at < this.end) this.unexpected(what, 'only spaces after the closing }');
  }

  private integer(what: string): number {
    this.skipSpace();
    const begin = this.at;
    let value = 0;
    // Exact up to 2^53 − 1 and growing past it, so that one comparison at the end finds what does not fit.
    while (isDigit(this.bytes[this.at]) && this.at < this.end) value = 10 * value + (this.bytes[this.at++] - 0x30);
    const digits = this.at - begin;
    while (isNumberByte(this.bytes[this.at]) && this.at < this.end) this.at++;
    const isPlain = this.at - begin === digits && (digits === 1 || (digits > 1 && this.bytes[begin] !== 0x30));
    if (isPlain && value <= Number.MAX_SAFE_INTEGER) return value;
    const expected = `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`;
    if (this.at === begin) return this.unexpected(what, expected);
    const token = String.fromCharCode(...this.bytes.subarray(begin, Math.min(this.at, begin + 24)));
    throw rangeError(`${this.who}: ${what}: got ${token}, expected ${expected}`);
  }

  private codePoint(what: string): number {
    const code = utf8CodePoint(this.bytes, this.at, this.end);
    if (code < 0) this.unexpected(what, 'UTF-8');
    this.at += utf8Size(code);
    return code;
  }

  /** At a backslash. An escaped pair of surrogates is one code point; half a pair cannot be written as UTF-8. */
  private escape(what: string): number {
    const begin = this.at++;
    const letter = this.at < this.end ? String.fromCharCode(this.bytes[this.at++]) : '';
    if (letter !== 'u') return ESCAPES[letter] ?? this.malformedEscape(what, begin);
    const unit = this.hexUnit();
    if (unit >= 0xd800 && unit <= 0xdbff && this.bytes[this.at] === BACKSLASH && this.bytes[this.at + 1] === 0x75) {
      this.at += 2;
      const low = this.hexUnit();
      if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      return this.malformedEscape(what, begin);
    }
    return unit >= 0 && (unit < 0xd800 || unit > 0xdfff) ? unit : this.malformedEscape(what, begin);
  }

  /** Four hexadecimal digits, or −1. */
  private hexUnit(): number {
    const digits = String.fromCharCode(...this.bytes.subarray(this.at, Math.min(this.at + 4, this.end)));
    this.at += 4;
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
  }

  private malformedEscape(what: string, at: number): never {
    return this.fail(what, `a malformed escape at byte ${at}`, 'an escape sequence of JSON, surrogates in pairs');
  }

  private accept(char: string): boolean {
    this.skipSpace();
    if (this.at >= this.end || this.bytes[this.at] !== char.charCodeAt(0)) return false;
    this.at++;
    return true;
  }

  private expect(char: string, what: string): void {
    if (!this.accept(char)) this.unexpected(what, `'${char}'`);
  }

  private skipSpace(): void {
    while (this.at < this.end) {
      const byte = this.bytes[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.at++;
    }
  }

  private unexpected(what: string, expected: string): never {
    if (this.at >= this.end) return this.fail(what, 'the end of the header', expected);
    const byte = this.bytes[this.at];
    const shown = byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16)}`;
    return this.fail(what, `${shown} at byte ${this.at}`, expected);
  }

  private fail(what: string, got: string, expected: string): never {
    throw new HiddenstateError('FILE', `${this.who}: ${what}: got ${got}, expected ${expected}`);
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** A digit, a sign, a point or an exponent's letter: what follows an integer must be none, and belongs in the message. */
function isNumberByte(byte: number): boolean {
  return isDigit(byte) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x65 || byte === 0x45;
}
