import { inflateSync } from 'fflate';
import { DamagedFile, type Region } from './region.js';

/** What was done to every chunk of an array before it was written. */
export interface Filter {
  readonly id: number;
  readonly values: readonly number[];
}

/** Filters that come with HDF5 itself and are undone here, by number; further ones that h5py knows, for the message. */
const DEFLATE = 1;
const SHUFFLE = 2;
const FLETCHER32 = 3;
const NAMES: Readonly<Record<number, string>> = { 4: 'szip', 5: 'nbit', 6: 'scaleoffset', 32000: 'lzf' };

/** Bytes of a checksum behind a chunk. */
const CHECKSUM = 4;

/** Reads a filter pipeline message (specification, IV.A.2.l): what was done first comes first. */
export function readFilters(body: Region): Filter[] {
  const [version, count] = [body.u8(0), body.u8(1)];
  if (version !== 1 && version !== 2) throw new DamagedFile(`filters of version ${version}`);
  const filters: Filter[] = [];
  let at = version === 1 ? 8 : 2;
  for (let i = 0; i < count; i++) {
    const id = body.u16(at);
    // Version 2 leaves out the names of the filters that come with HDF5.
    const named = version === 1 || id >= 256;
    const nameSize = named ? body.u16(at + 2) : 0;
    at += named ? 4 : 2;
    const values = body.u16(at + 2);
    at += 4 + (version === 1 ? Math.ceil(nameSize / 8) * 8 : nameSize);
    filters.push({ id, values: Array.from({ length: values }, (_, k) => body.u32(at + 4 * k)) });
    at += 4 * (version === 1 ? values + (values & 1) : values);
  }
  return filters;
}

/**
 * Undoes the filters of a chunk, the last first.
 *
 * @param skipped bit i is set where filter i was not applied to this chunk
 * @param size bytes of the chunk's elements
 * @throws {DamagedFile} if a checksum is wrong, or there are other bytes than the elements take
 */
export function unfilter(filters: readonly Filter[], skipped: number, stored: Uint8Array, size: number): Uint8Array {
  let bytes = stored;
  for (let i = filters.length - 1; i >= 0; i--) {
    if ((skipped >>> i) & 1) continue;
    const { id, values } = filters[i];
    if (id === DEFLATE) bytes = inflated(bytes, size + CHECKSUM);
    else if (id === SHUFFLE) bytes = unshuffled(bytes, values[0]);
    else if (id === FLETCHER32) bytes = checked(bytes);
    else throw new DamagedFile(`chunks through filter ${NAMES[id] ?? id}; save with compression='gzip' or without,`);
  }
  if (bytes.length !== size) throw new DamagedFile(`a chunk of ${bytes.length} bytes where ${size} should be`);
  return bytes;
}

/** RFC 1950: two bytes before what was deflated, a checksum after it. */
function inflated(bytes: Uint8Array, most: number): Uint8Array {
  if (bytes.length < 6 || ((bytes[0] << 8) | bytes[1]) % 31 !== 0)
    throw new DamagedFile('a chunk that was not deflated');
  let data: Uint8Array;
  try {
    data = inflateSync(bytes.subarray(2, -CHECKSUM), { out: new Uint8Array(most) });
  } catch (error) {
    throw new DamagedFile(`a chunk that does not inflate: ${(error as Error).message}`);
  }
  const end = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - CHECKSUM);
  if (end.getUint32(0) !== adler32(data)) throw new DamagedFile('a chunk whose checksum is another');
  return data;
}

/** RFC 1950. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  // The remainders need not be taken before 5552 bytes: until then 32 bits hold the sums.
  for (let begin = 0; begin < bytes.length; begin += 5552) {
    const end = Math.min(begin + 5552, bytes.length);
    for (let i = begin; i < end; i++) {
      a += bytes[i];
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** First all first bytes of the elements, then all second ones, and so on; bytes that are left over follow. */
function unshuffled(bytes: Uint8Array, size: number): Uint8Array {
  // The file says how large an element is, and may say anything: a chunk without a whole one stays as it is.
  const count = size > 0 ? Math.floor(bytes.length / size) : 0;
  if (count === 0) return bytes;
  // Not `slice`, which copies nothing of a Buffer of Node.
  const data = new Uint8Array(bytes);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < count; i++) data[i * size + k] = bytes[k * count + i];
  }
  return data;
}

/** Takes the checksum off, which H5_checksum_fletcher32 computes. */
function checked(bytes: Uint8Array): Uint8Array {
  if (bytes.length < CHECKSUM) throw new DamagedFile('a chunk without its checksum');
  const data = bytes.subarray(0, -CHECKSUM);
  const expected = new DataView(bytes.buffer, bytes.byteOffset + data.length).getUint32(0, true);
  if (fletcher32(data) !== expected) throw new DamagedFile('a chunk whose checksum is another');
  return data;
}

/** Over 16 bits at a time, the more significant byte first; sums are kept within 16 bits by adding what is above them. */
function fletcher32(bytes: Uint8Array): number {
  let [a, b] = [0, 0];
  for (let i = 0; i < bytes.length; i += 2) {
    a += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
    a = (a & 0xffff) + (a >>> 16);
    b += a;
    b = (b & 0xffff) + (b >>> 16);
  }
  return ((b << 16) | a) >>> 0;
}
