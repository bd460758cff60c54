import { decodeUtf8 } from '../utf8.js';
import { DamagedMessage, WireReader, WireType } from './wire.js';

/** Reads the fields of a message in its turn: returns false for one that it does not know, which is then skipped. */
export type Visit = (field: Field) => boolean;

/**
 * Where a message lies in its file. A class, for a literal would share its hidden shape with any other of these names: where the
 * host keeps times in one, V8 would box every position that is read here.
 */
export class Span {
  constructor(
    readonly start: number,
    readonly end: number,
  ) {}
}

/**
 * The field that a reader stands before. One object walks through a whole file, messages within messages, so that reading makes
 * no garbage.
 */
export class Field {
  /** Its number. */
  no = 0;
  private wire: WireType = WireType.Varint;
  private end: number;
  private readonly reader: WireReader;

  constructor(private readonly file: Uint8Array) {
    this.end = file.length;
    this.reader = new WireReader(file);
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
      if (reader.pos > end) throw new DamagedMessage('premature EOF');
      return false;
    }
    const tag = this.uint();
    this.no = tag >>> 3;
    this.wire = (tag & 7) as WireType;
    if (this.no === 0 || this.wire > WireType.Bit32) throw new DamagedMessage(`illegal tag ${tag}`);
    return true;
  }

  /**
   * Goes on to the next field of those that are wanted, passing over others; `false` if there is none.
   *
   * @param wanted bit `1 << no` for each; numbers below 16
   */
  seek(wanted: number): boolean {
    const { file, reader } = this;
    for (;;) {
      // Nearly all fields of a model are a tag and a length of one byte each, and what is as long as that says.
      let at = reader.pos;
      while (at < this.end) {
        const tag = file[at];
        if (tag >= 0x80 || (tag & 7) !== WireType.LengthDelimited || (wanted >> (tag >> 3)) & 1) break;
        const length = file[at + 1];
        if (!(length < 0x80)) break;
        at += 2 + length;
      }
      reader.pos = at;
      if (!this.next()) return false;
      if (this.no < 16 && (wanted >> this.no) & 1) return true;
      this.skip();
    }
  }

  /** Back to the message around. */
  leave(around: number): void {
    this.end = around;
  }

  skip(): void {
    if (this.wire === WireType.LengthDelimited) this.reader.pos = this.lengthDelimited();
    else this.reader.skip(this.wire);
  }

  /** Passes over the field, a message or text, for `goTo` to come back to. */
  pass(): Span {
    const end = this.lengthDelimited();
    const start = this.reader.pos;
    this.reader.pos = end;
    return new Span(start, end);
  }

  /** What is left of the message that it stands in. */
  rest(): Span {
    return new Span(this.reader.pos, this.end);
  }

  /**
   * Goes to the beginning of a message elsewhere in the file.
   *
   * @returns what takes it back
   */
  goTo({ start, end }: Span): Span {
    const back = this.rest();
    this.reader.pos = start;
    this.end = end;
    return back;
  }

  /** A view of the file. */
  bytes(): Uint8Array {
    const end = this.lengthDelimited();
    const start = this.reader.pos;
    this.reader.pos = end;
    return this.file.subarray(start, end);
  }

  text(): string {
    const end = this.lengthDelimited();
    const start = this.reader.pos;
    this.reader.pos = end;
    return decodeUtf8(this.file.subarray(start, end));
  }

  /** The text of a field that was passed. */
  textAt({ start, end }: Span): string {
    return decodeUtf8(this.file.subarray(start, end));
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
    this.repeated(WireType.Varint, () => list.push(this.reader.uint64()));
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
    if (!(byte < 0x80)) return this.reader.int64();
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
    if (this.reader.pos > end) throw new DamagedMessage('premature EOF');
  }

  /** Where what follows ends. */
  private lengthDelimited(): number {
    this.expect(WireType.LengthDelimited);
    const length = this.uint();
    const end = this.reader.pos + length;
    if (end > this.end) throw new DamagedMessage('premature EOF');
    return end;
  }

  private expect(wire: WireType): void {
    if (this.wire !== wire) throw new DamagedMessage(`field ${this.no} has wire type ${this.wire}, not ${wire}`);
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
