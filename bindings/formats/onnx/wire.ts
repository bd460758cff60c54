/** The wire format of Protocol Buffers: what lies behind a tag. https://protobuf.dev/programming-guides/encoding */

/** How the value of a field is written. */
export const WireType = {
  Varint: 0,
  Bit64: 1,
  LengthDelimited: 2,
  StartGroup: 3,
  EndGroup: 4,
  Bit32: 5,
} as const;

/** One of the values of `WireType`. */
export type WireType = (typeof WireType)[keyof typeof WireType];

/** What the bytes of a message are not; whoever reads the file says which file it is, in an error of the library. */
export class DamagedMessage extends Error {}

/** Bytes of the longest varint: 64 bits, seven a byte. */
const LONGEST_VARINT = 10;

const TWO_TO_32 = 2 ** 32;

/** Reads values one after the other. Every method throws a DamagedMessage when the bytes end within a value. */
export class WireReader {
  /** Where the next value begins. */
  pos = 0;
  private readonly view: DataView;
  /** The upper half of the varint that was read last. */
  private high = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A varint of 32 bits; of a longer one the lower half. */
  uint32(): number {
    return this.varint();
  }

  /** A varint of 64 bits with a sign, exact to 2^53. */
  int64(): number {
    const low = this.varint();
    return (this.high | 0) * TWO_TO_32 + low;
  }

  /** A varint of 64 bits without a sign, exact to 2^53. */
  uint64(): number {
    const low = this.varint();
    return this.high * TWO_TO_32 + low;
  }

  float(): number {
    return this.view.getFloat32(this.take(4), true);
  }

  double(): number {
    return this.view.getFloat64(this.take(8), true);
  }

  /** Passes over a value that is not length-delimited. Groups, which no writer of today makes, may hold groups. */
  skip(wire: WireType): void {
    let depth = 0;
    for (let kind: number = wire; ; kind = this.uint32() & 7) {
      if (kind === WireType.Varint) this.varint();
      else if (kind === WireType.Bit64) this.take(8);
      else if (kind === WireType.LengthDelimited) this.take(this.uint32());
      else if (kind === WireType.Bit32) this.take(4);
      else if (kind === WireType.StartGroup) depth++;
      else if (kind === WireType.EndGroup && depth > 0) depth--;
      else throw new DamagedMessage(`illegal wire type ${kind}`);
      if (depth === 0) return;
    }
  }

  /** Goes past so many bytes and says where they begin. */
  private take(size: number): number {
    const start = this.pos;
    if (start + size > this.bytes.length) throw new DamagedMessage('premature EOF');
    this.pos = start + size;
    return start;
  }

  /** Reads a varint: gives its lower half and leaves the upper in `high`. */
  private varint(): number {
    const { bytes } = this;
    let low = 0;
    let high = 0;
    for (let i = 0; i < LONGEST_VARINT; i++) {
      const byte = bytes[this.take(1)];
      const bits = byte & 0x7f;
      const shift = 7 * i;
      if (shift < 32) low |= bits << shift;
      // The fifth byte lies on both sides of the boundary.
      if (shift >= 32) high |= bits << (shift - 32);
      else if (shift > 25) high |= bits >>> (32 - shift);
      if (byte < 0x80) {
        this.high = high >>> 0;
        return low >>> 0;
      }
    }
    throw new DamagedMessage('invalid varint');
  }
}
