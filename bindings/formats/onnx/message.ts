import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { utf8CodePoint, utf8Size } from '../../weights/safetensors-utf8.js';

/** Reads the fields of a message in its turn: returns false for one that it does not know, which is then skipped. */
export type Visit = (field: Field) => boolean;

/**
 * The field that a reader stands before. One object walks through a whole file, messages within messages, so that reading makes
 * no garbage.
 */
export class Field {
  /** Its number. */
  no = 0;
  private wire = WireType.Varint;
  private end: number;
  private readonly reader: BinaryReader;

  constructor(private readonly file: Uint8Array) {
    this.end = file.length;
    // Its own decoder is the host's, which an AudioWorklet has not.
    this.reader = new BinaryReader(file, decodeUtf8);
  }

  /**
   * Reads the field as a message.
   *
   * @throws {Error} if it ends within a field or is no message
   */
  message(visit: Visit): void {
    const around = this.enter();
    while (this.next()) if (!visit(this)) this.skip();
    this.leave(around);
  }

  /**
   * Goes into the field, a message, for `next` to walk through.
   *
   * @returns what `leave` takes
   */
  enter(): number {
    const around = this.end;
    this.end = this.lengthDelimited();
    return around;
  }

  /** Goes on to the next field of the message, once this one is read or skipped; `false` at its end. */
  next(): boolean {
    const { reader, end } = this;
    if (reader.pos >= end) {
      if (reader.pos > end) throw new RangeError('premature EOF');
      return false;
    }
    const tag = this.uint();
    this.no = tag >>> 3;
    this.wire = tag & 7;
    if (this.no === 0 || this.wire > WireType.Bit32) throw new RangeError(`illegal tag ${tag}`);
    return true;
  }

  /** Back to the message around. */
  leave(around: number): void {
    this.end = around;
  }

  skip(): void {
    this.reader.skip(this.wire, this.no);
  }

  /** Passes over a field to come back to: adds where it begins and where it ends in the file. */
  passInto(spans: number[]): void {
    const end = this.lengthDelimited();
    spans.push(this.reader.pos, end);
    this.reader.pos = end;
  }

  /** Reads the message in a span of the file, and comes back to where it was. */
  within(start: number, end: number, visit: Visit): void {
    const { reader, end: around } = this;
    const { pos } = reader;
    reader.pos = start;
    this.end = end;
    while (this.next()) if (!visit(this)) this.skip();
    reader.pos = pos;
    this.end = around;
  }

  /** A view of the file. */
  bytes(): Uint8Array {
    this.expect(WireType.LengthDelimited);
    return this.reader.bytes();
  }

  text(): string {
    const end = this.lengthDelimited();
    const { reader, file } = this;
    const bytes = file.subarray(reader.pos, end);
    reader.pos = end;
    return decodeUtf8(bytes);
  }

  /** An int32 or int64; exact to 2^53. */
  int(): number {
    this.expect(WireType.Varint);
    return this.varint();
  }

  float(): number {
    this.expect(WireType.Bit32);
    return this.reader.float();
  }

  /** Adds the elements of a repeated field, packed or not. */
  intsInto(list: number[]): void {
    this.repeated(WireType.Varint, () => list.push(this.varint()));
  }

  uintsInto(list: number[]): void {
    this.repeated(WireType.Varint, () => list.push(Number(this.reader.uint64())));
  }

  floatsInto(list: number[]): void {
    this.repeated(WireType.Bit32, () => list.push(this.reader.float()));
  }

  doublesInto(list: number[]): void {
    this.repeated(WireType.Bit64, () => list.push(this.reader.double()));
  }

  /** Most are one byte: no need for a bigint. */
  private varint(): number {
    const byte = this.file[this.reader.pos];
    if (!(byte < 0x80)) return Number(this.reader.int64());
    this.reader.pos++;
    return byte;
  }

  /** A tag or a length: nearly all are one byte. */
  private uint(): number {
    const byte = this.file[this.reader.pos];
    if (!(byte < 0x80)) return this.reader.uint32();
    this.reader.pos++;
    return byte;
  }

  private repeated(wire: WireType, read: () => void): void {
    if (this.wire === wire) {
      read();
      return;
    }
    const end = this.lengthDelimited();
    while (this.reader.pos < end) read();
    if (this.reader.pos > end) throw new RangeError('premature EOF');
  }

  /** Where what follows ends. */
  private lengthDelimited(): number {
    this.expect(WireType.LengthDelimited);
    const length = this.uint();
    const end = this.reader.pos + length;
    if (end > this.end) throw new RangeError('premature EOF');
    return end;
  }

  private expect(wire: WireType): void {
    if (this.wire !== wire) throw new RangeError(`field ${this.no} has wire type ${this.wire}, not ${wire}`);
  }
}

/**
 * Reads a message field by field.
 *
 * @param bytes the message, nothing else
 * @throws {Error} if the bytes end within a field or are no message
 */
export function eachField(bytes: Uint8Array, visit: Visit): void {
  const field = new Field(bytes);
  while (field.next()) if (!visit(field)) field.skip();
}

/** UTF-8 to text, what is none to U+FFFD. The library's own needs a TextDecoder, which worklets do not have. */
export function decodeUtf8(bytes: Uint8Array): string {
  // Piece by piece a string becomes a tree, which costs more than all the rest of reading a model.
  if (bytes.length <= LONG) {
    const text = String.fromCharCode.apply(null, bytes as unknown as number[]);
    if (!BEYOND_ASCII.test(text)) return text;
  }
  const letters: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const code = utf8CodePoint(bytes, at, bytes.length);
    letters.push(code < 0 ? '\ufffd' : String.fromCodePoint(code));
    at += code < 0 ? 1 : utf8Size(code);
  }
  return letters.join('');
}

/** An expression and not a loop, which would be interpreted. */
const BEYOND_ASCII = /[\x80-\xff]/;

/** Bytes that are safe to pass as arguments. */
const LONG = 4096;
