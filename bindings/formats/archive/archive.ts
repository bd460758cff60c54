import { inflateSync } from 'fflate';
import { HiddenstateError, isOwnError, rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import { crc32 } from './crc32.js';

/** Deflate cannot do better than one byte for 1032. */
const MAX_RATIO = 1032;
/** Entries smaller than this in all may inflate as far as deflate can. */
const ROOM_BYTES = 2 ** 24;
/** Larger ones not: weights are numbers that hardly compress. A caller who says how many bytes may come sets this aside. */
const USUAL_RATIO = 100;

/** Sizes of the records of a zip archive, without what varies. Source: PKWARE's APPNOTE 6.3.10, 4.3. */
const LOCAL = 30;
const CENTRAL = 46;
const END = 22;
const LOCATOR = 20;
const END64 = 56;

const SIGNATURE = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  locator: 0x07064b50,
  end64: 0x06064b50,
};

/** What the directory says of an entry. */
interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  /** Bytes in the archive, and those that they inflate to. */
  readonly size: number;
  readonly originalSize: number;
  /** Of the entry's own header. */
  readonly offset: number;
}

/** Whether bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** A zip archive whose directory has been read and checked; its entries have not. */
export interface Archive {
  /** In the order of the directory, each once. */
  readonly names: readonly string[];
  /**
   * The bytes of an entry, its CRC-32 checked: a view where the entry is stored, a new array where it is deflated.
   *
   * @throws {RangeError} if all entries that were read take more than `maxBytes`
   * @throws {HiddenstateError} if the entry is damaged, encrypted, or not there
   */
  read(name: string): Uint8Array;
}

/**
 * Reads the directory of a zip archive. Names are compared and used for nothing else. Every count and size is compared with
 * the bytes that are there before anything is read.
 *
 * @param maxBytes to which entries may inflate in all; a hundred times the bytes of the archive, or 16 MiB, unless given
 * @throws {RangeError} if a name comes twice, or the entries claim more bytes than the file has
 * @throws {HiddenstateError} if the archive is damaged
 */
export function openArchive(
  bytes: Uint8Array,
  who: string,
  maxBytes = Math.max(ROOM_BYTES, USUAL_RATIO * bytes.length),
): Archive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = guarded(who, () => {
    const found = new Map<string, Entry>();
    for (const entry of readDirectory(view, bytes)) {
      if (found.has(entry.name)) throw rangeError(`${who}: got two entries ${describeValue(entry.name)}, expected one`);
      // Of entries that nobody reads, too: a damaged name must not hide one.
      checkHeader(view, bytes, entry);
      found.set(entry.name, entry);
    }
    checkSizes([...found.values()], bytes.length, who);
    return found;
  });
  let inflated = 0;
  return {
    names: [...entries.keys()],
    read: (name) =>
      guarded(who, () => {
        const entry = entries.get(name);
        if (!entry) throw new DamagedArchive(`no entry ${describeValue(name)}`);
        inflated += entry.originalSize;
        if (inflated > maxBytes) throw tooLarge(bytes.length, inflated, maxBytes, who);
        return readEntry(view, bytes, entry);
      }),
  };
}

/**
 * Reads some entries of a zip archive.
 *
 * @param wanted names of entries; what is not wanted is not inflated
 * @returns those that are there
 * @throws as `openArchive` and `Archive.read`
 */
export function readArchive(
  bytes: Uint8Array,
  wanted: readonly string[],
  who: string,
  maxBytes?: number,
): Map<string, Uint8Array> {
  const { names, read } = openArchive(bytes, who, maxBytes);
  return new Map(names.filter((name) => wanted.includes(name)).map((name) => [name, read(name)]));
}

/** Errors of reading bytes that are damaged say whose they are. */
function guarded<T>(who: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isOwnError(error)) throw error;
    throw new HiddenstateError('FILE', `${who}: got a damaged zip archive (${messageOf(error)})`, { cause: error });
  }
}

function checkSizes(entries: readonly Entry[], length: number, who: string): void {
  let taken = 0;
  for (const { name, size, originalSize } of entries) {
    taken += size;
    if (taken > length || originalSize > size * MAX_RATIO) {
      throw rangeError(
        `${who}: entry ${describeValue(name)}: got a claim of ${originalSize} bytes from ${size}, expected at most ` +
          `${MAX_RATIO} times as many, and all together no more than the file has`,
      );
    }
  }
}

function tooLarge(length: number, inflated: number, maxBytes: number, who: string): RangeError {
  return rangeError(
    `${who}: got an archive of ${length} bytes that inflates to ${inflated}, expected at most ${maxBytes}: ` +
      'give maxBytes if it is to be trusted',
  );
}

function readDirectory(view: DataView, bytes: Uint8Array): Entry[] {
  const { count, size, offset, end } = findDirectory(view);
  if (count * CENTRAL > size || offset + size > end) {
    throw new DamagedArchive(`a directory of ${count} entries in ${size} bytes at ${offset}`);
  }
  const entries: Entry[] = [];
  let at = offset;
  for (let i = 0; i < count; i++) {
    expectSignature(view, at, SIGNATURE.central);
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const next = at + CENTRAL + nameSize + extraSize + commentSize;
    if (next > offset + size) throw new DamagedArchive('a directory that ends within an entry');
    entries.push(readRecord(view, bytes, at, nameSize, extraSize));
    at = next;
  }
  if (at !== offset + size)
    throw new DamagedArchive(`a directory of ${size} bytes whose ${count} entries take ${at - offset}`);
  return entries;
}

function readRecord(view: DataView, bytes: Uint8Array, at: number, nameSize: number, extraSize: number): Entry {
  const extra = at + CENTRAL + nameSize;
  const large = largeSizes(view, extra, extra + extraSize);
  // Where 32 bits are all ones, the extra field holds 64.
  const sized = (field: number) => {
    const value = view.getUint32(at + field, true);
    return value === 0xffffffff ? large() : value;
  };
  const originalSize = sized(24);
  const size = sized(20);
  return {
    name: textAt(bytes, at + CENTRAL, nameSize),
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    originalSize,
    size,
    offset: sized(42),
  };
}

/** Gives the numbers of the extra field of large archives (4.5.3), one a call. */
function largeSizes(view: DataView, start: number, end: number): () => number {
  let [next, last] = [0, 0];
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    next = at + 4;
    last = Math.min(end, next + view.getUint16(at + 2, true));
    break;
  }
  return () => {
    if (next + 8 > last) throw new DamagedArchive('a size that is missing');
    next += 8;
    return safe(view.getBigUint64(next - 8, true));
  };
}

/** The directory's place, as the record at the end of the archive says it. */
function findDirectory(view: DataView): { count: number; size: number; offset: number; end: number } {
  const end = findEnd(view);
  const [disk, start, here, count] = [4, 6, 8, 10].map((field) => view.getUint16(end + field, true));
  const size = view.getUint32(end + 12, true);
  const offset = view.getUint32(end + 16, true);
  const large = count === 0xffff || size === 0xffffffff || offset === 0xffffffff;
  const locator = end - LOCATOR;
  if (large && locator >= 0 && view.getUint32(locator, true) === SIGNATURE.locator) return findLarge(view, locator);
  if (disk !== 0 || start !== 0 || here !== count) throw new DamagedArchive('an archive in several parts');
  return { count, size, offset, end };
}

function findLarge(view: DataView, locator: number) {
  const end = safe(view.getBigUint64(locator + 8, true));
  if (end + END64 > locator) throw new DamagedArchive(`a directory that ends at ${end}`);
  expectSignature(view, end, SIGNATURE.end64);
  const [here, count, size, offset] = [24, 32, 40, 48].map((field) => safe(view.getBigUint64(end + field, true)));
  if (here !== count) throw new DamagedArchive('an archive in several parts');
  return { count, size, offset, end };
}

/** A comment of up to 65535 bytes may follow the record. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === SIGNATURE.end && view.getUint16(at + 20, true) === last - at) return at;
  }
  throw new DamagedArchive('no directory');
}

/** What the directory says of an entry has to be what its own header says. */
function checkHeader(view: DataView, bytes: Uint8Array, { name, flags, method, crc, size, offset }: Entry): void {
  if (offset + LOCAL > bytes.length) throw new DamagedArchive(`an entry at ${offset}`);
  expectSignature(view, offset, SIGNATURE.local);
  const [nameSize, extraSize] = [26, 28].map((field) => view.getUint16(offset + field, true));
  const start = offset + LOCAL + nameSize + extraSize;
  if (start + size > bytes.length) throw new DamagedArchive(`an entry of ${size} bytes at ${offset}`);
  const same =
    textAt(bytes, offset + LOCAL, nameSize) === name &&
    view.getUint16(offset + 6, true) === flags &&
    view.getUint16(offset + 8, true) === method &&
    // Bit 3: sizes and checksum were not known yet when the header was written.
    ((flags & 8) !== 0 || view.getUint32(offset + 14, true) === crc);
  if (!same) throw new DamagedArchive(`${name.slice(0, 20)}: a directory that says something else than the entry`);
}

function readEntry(view: DataView, bytes: Uint8Array, entry: Entry): Uint8Array {
  const { name, flags, method, crc, size, originalSize, offset } = entry;
  const start = offset + LOCAL + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (flags & 1) throw new DamagedArchive(`${name.slice(0, 20)}: an encrypted entry`);
  const data = inflated(bytes.subarray(start, start + size), method, originalSize);
  if (data.length !== originalSize || crc32(data) !== crc)
    throw new DamagedArchive(`${name.slice(0, 20)}: a wrong CRC-32`);
  return data;
}

function inflated(bytes: Uint8Array, method: number, originalSize: number): Uint8Array {
  if (method === 0) return bytes;
  if (method !== 8) throw new DamagedArchive(`compression method ${method}`);
  return inflateSync(bytes, { out: new Uint8Array(originalSize) });
}

function expectSignature(view: DataView, at: number, signature: number): void {
  if (view.getUint32(at, true) !== signature) throw new DamagedArchive(`no entry at ${at}`);
}

/** Byte for byte: names are only compared. */
function textAt(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (const byte of bytes.subarray(at, at + length)) text += String.fromCharCode(byte);
  return text;
}

function safe(value: bigint): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw new DamagedArchive(`a size of ${value}`);
}

/** What is wrong with an archive, to follow the name of the reader. */
class DamagedArchive extends Error {}

/** What a library threw, shortened. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 80);
}
