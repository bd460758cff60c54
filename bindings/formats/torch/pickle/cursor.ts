import { HiddenstateError } from '../../../errors.js';
import { strictUtf8 } from '../../utf8.js';

const LINE_FEED = 0x0a;

/** Reads a pickle from its beginning to its end. Every length is compared with the bytes that are left before it is used. */
export class Cursor {
  private readonly view: DataView;

  /**
   * @param bytes the file; the cursor keeps it and gives views of it
   * @param at where the pickle begins
   */
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
    private readonly who: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.view.getUint8(this.take(1));
  }

  uint16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  int32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  uint32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** A length of eight bytes: one that no array could have is refused here. */
  uint64(): number {
    const value = this.view.getBigUint64(this.take(8), true);
    if (value > BigInt(this.bytes.length)) throw this.damaged(`a length of ${value} bytes`);
    return Number(value);
  }

  /** Python's floats are big-endian in a pickle. */
  float64(): number {
    return this.view.getFloat64(this.take(8), false);
  }

  /** A view of the next bytes. */
  span(length: number): Uint8Array {
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  utf8(length: number): string {
    const text = strictUtf8(this.span(length));
    if (text === undefined) throw this.damaged('text that is not UTF-8');
    return text;
  }

  /** One byte a character, as the strings of Python 2. */
  latin1(length: number): string {
    return latin1(this.span(length));
  }

  /** Text up to the next line feed, which is passed over. */
  line(): string {
    const end = this.bytes.indexOf(LINE_FEED, this.at);
    if (end < 0) throw this.damaged('a line without an end');
    const text = this.latin1(end - this.at);
    this.at++;
    return text;
  }

  /** An error about the pickle's bytes. */
  damaged(what: string): HiddenstateError {
    return new HiddenstateError('FILE', `${this.who}: got a damaged pickle: ${what} at byte ${this.at}`);
  }

  private take(length: number): number {
    const start = this.at;
    if (length < 0 || length > this.bytes.length - start) {
      throw this.damaged(`${length} bytes wanted where ${this.bytes.length - start} are left,`);
    }
    this.at = start + length;
    return start;
  }
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}
