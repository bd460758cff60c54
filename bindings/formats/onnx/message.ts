import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { utf8CodePoint, utf8Size } from '../../weights/safetensors-utf8.js';

/** The value of one field of a protobuf message. */
export class Field {
  constructor(
    /** Its number. */
    readonly no: number,
    private readonly wire: WireType,
    private readonly reader: BinaryReader,
  ) {}

  /** A view of the file. */
  bytes(): Uint8Array {
    this.expect(WireType.LengthDelimited);
    return this.reader.bytes();
  }

  text(): string {
    this.expect(WireType.LengthDelimited);
    return this.reader.string();
  }

  /** An int32 or int64; exact to 2^53. */
  int(): number {
    this.expect(WireType.Varint);
    return Number(this.reader.int64());
  }

  float(): number {
    this.expect(WireType.Bit32);
    return this.reader.float();
  }

  /** Adds the elements of a repeated field, packed or not. */
  intsInto(list: number[]): void {
    this.each(WireType.Varint, (reader) => list.push(Number(reader.int64())));
  }

  uintsInto(list: number[]): void {
    this.each(WireType.Varint, (reader) => list.push(Number(reader.uint64())));
  }

  floatsInto(list: number[]): void {
    this.each(WireType.Bit32, (reader) => list.push(reader.float()));
  }

  doublesInto(list: number[]): void {
    this.each(WireType.Bit64, (reader) => list.push(reader.double()));
  }

  private each(wire: WireType, read: (reader: BinaryReader) => void): void {
    if (this.wire === wire) {
      read(this.reader);
      return;
    }
    const packed = readerOf(this.bytes());
    while (packed.pos < packed.len) {
      read(packed);
      assertBounds(packed);
    }
  }

  private expect(wire: WireType): void {
    if (this.wire !== wire) throw new RangeError(`field ${this.no} has wire type ${this.wire}, not ${wire}`);
  }
}

/**
 * Reads a message field by field.
 *
 * @param bytes the message, nothing else
 * @param visit reads the value of a field it knows and returns true; fields that it returns false for are skipped
 * @throws {Error} if the bytes end within a field or are no message
 */
export function eachField(bytes: Uint8Array, visit: (field: Field) => boolean): void {
  const reader = readerOf(bytes);
  while (reader.pos < reader.len) {
    const [no, wire] = reader.tag();
    if (!visit(new Field(no, wire, reader))) reader.skip(wire, no);
    assertBounds(reader);
  }
}

/** Varints may run past the end of what is there. */
function assertBounds(reader: BinaryReader): void {
  if (reader.pos > reader.len) throw new RangeError('premature EOF');
}

/** With a decoder of our own: the library's needs a TextDecoder, which worklets do not have. */
function readerOf(bytes: Uint8Array): BinaryReader {
  return new BinaryReader(bytes, decodeUtf8);
}

/** UTF-8 to text; what is no UTF-8 becomes U+FFFD, byte by byte. */
function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const code = utf8CodePoint(bytes, at, bytes.length);
    text += code < 0 ? '\ufffd' : String.fromCodePoint(code);
    at += code < 0 ? 1 : utf8Size(code);
  }
  return text;
}
