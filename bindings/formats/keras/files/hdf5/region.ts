import { TextDecoder } from '../../../text-decoder.js';
/** What is wrong with a file, to follow the name of the reader and the path. */
export class DamagedFile extends Error {}

/** An address that is none: what HDF5 writes for storage that was never taken. */
export const NOWHERE = -1;

/** A run of bytes of a file, little-endian. Every read is checked against its end. */
export class Region {
  private readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    return this.view.getUint8(this.checked(at, 1));
  }

  u16(at: number): number {
    return this.view.getUint16(this.checked(at, 2), true);
  }

  u32(at: number): number {
    return this.view.getUint32(this.checked(at, 4), true);
  }

  /** Eight bytes: a size or a count. */
  size(at: number): number {
    const value = this.view.getBigUint64(this.checked(at, 8), true);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw new DamagedFile(`a size of ${value}`);
  }

  /** Eight bytes: an address, or `NOWHERE`. */
  address(at: number): number {
    return this.view.getBigUint64(this.checked(at, 8), true) === UNDEFINED ? NOWHERE : this.size(at);
  }

  /** A part, which cannot be read past either. */
  part(at: number, length: number): Region {
    this.checked(at, length);
    return new Region(this.bytes.subarray(at, at + length));
  }

  /** What follows. */
  from(at: number): Region {
    return this.part(at, this.length - at);
  }

  /** Expects four letters. */
  expect(at: number, signature: string): void {
    for (let i = 0; i < signature.length; i++) {
      if (this.u8(at + i) !== signature.charCodeAt(i)) throw new DamagedFile(`no ${signature} at ${at}`);
    }
  }

  /** Text up to a zero, or to the end. */
  text(at: number, most = this.length - at): string {
    const bytes = this.part(at, most).bytes;
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  private checked(at: number, length: number): number {
    if (at >= 0 && length >= 0 && at + length <= this.length) return at;
    throw new DamagedFile(`${length} bytes at ${at} of ${this.length}`);
  }
}

const UNDEFINED = 2n ** 64n - 1n;

/**
 * Bytes that the structures of a file, or its arrays, may lead to in all. A file can name one place as often as it likes; what it
 * leads to is counted each time.
 */
export class Budget {
  constructor(
    private left: number,
    private readonly excess = 'structures that share bytes or lead back to themselves',
  ) {}

  /** @throws {DamagedFile} if the file leads to more than it may */
  charge(bytes: number): void {
    this.left -= bytes;
    if (!(this.left >= 0)) throw new DamagedFile(this.excess);
  }
}
