import { HiddenstateError, rangeError } from '../errors.js';
import { describeValue, elementCount, formatDims } from '../tensor.js';
import { JsonCursor } from './safetensors-json.js';

/** Bits of one element of every dtype the format knows; the sub-byte ones pack without padding. */
const DTYPE_BITS = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** Bytes of the header length, a little-endian u64, that every file begins with. */
export const LENGTH_BYTES = 8;

/** The reference implementation's limit on the header's length in bytes, for reading and for writing. */
export const MAX_HEADER_BYTES = 100_000_000;

/** The key of the header that holds the metadata, and so cannot name a tensor. */
export const METADATA_KEY = '__metadata__';

/** The name of an element type of the safetensors format. */
export type SafetensorsDtype = keyof typeof DTYPE_BITS;

/** What a safetensors header says of one tensor, checked against the file. */
export interface SafetensorsEntry {
  /** The tensor's name. Any text: index plain objects with it only after thinking of `__proto__`. */
  readonly name: string;
  /** Element type; only F32, F16, BF16 and F64 can be read into a `Tensor`. */
  readonly dtype: SafetensorsDtype;
  /** The extent of each dimension, outermost first. */
  readonly shape: readonly number[];
  /** Where the data begin, in bytes from the start of the file. */
  readonly byteOffset: number;
  /** How many bytes the data take. */
  readonly byteLength: number;
}

/** A safetensors header. */
export interface SafetensorsHeader {
  /** The tensors in the order of their data. */
  readonly tensors: readonly SafetensorsEntry[];
  /** The file's free text by key, without a prototype; empty if the file has none. */
  readonly metadata: Record<string, string>;
}

/**
 * Reads and checks a header by the rules of the safetensors specification (README, "Format") and of its reference
 * reader: one byte range a tensor, of the size dtype and shape say, without hole or overlap, up to the end of the file.
 * Stricter than that reader, which lets pass: equal keys, spaces before the `{`, unknown fields of a tensor (they could
 * change what its data mean), arrays in place of a tensor's object, null for the metadata, sizes past 2^53.
 * Cost: linear in the header, n log n in the tensors; nothing is allocated for data.
 *
 * @param bytes the file, or its beginning up to the end of the header
 * @param fileSize bytes of the whole file
 * @param who the beginning of every error message
 * @returns the header
 * @throws {RangeError} on a length, dim or offset that does not fit
 * @throws {Error} on any other content that is not a safetensors header
 */
export function parseHeader(bytes: Uint8Array, fileSize: number, who: string): SafetensorsHeader {
  const dataStart = headerEnd(bytes, who);
  if (bytes[LENGTH_BYTES] !== 0x7b) {
    const got = dataStart === LENGTH_BYTES ? 'no header' : `0x${bytes[LENGTH_BYTES].toString(16)}`;
    throw new HiddenstateError('FILE', `${who}: header: got ${got}, expected '{' as the first byte`);
  }
  const cursor = new JsonCursor(bytes, LENGTH_BYTES, dataStart, who);
  const tensors: SafetensorsEntry[] = [];
  const metadata: Record<string, string> = Object.create(null);
  cursor.object('header', (name) => {
    if (name === METADATA_KEY) {
      cursor.object(METADATA_KEY, (key) => {
        metadata[key] = cursor.string(`${METADATA_KEY}: ${describeValue(key)}`);
      });
    } else {
      tensors.push(readEntry(cursor, name, dataStart, who));
    }
  });
  cursor.finish('header');
  checkLayout(tensors, dataStart, fileSize, who);
  return { tensors, metadata };
}

/** Where the header ends and the data begin. */
function headerEnd(bytes: Uint8Array, who: string): number {
  if (bytes.length < LENGTH_BYTES) {
    throw rangeError(`${who}: got a file of ${bytes.length} bytes, expected at least ${LENGTH_BYTES}`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw rangeError(`${who}: got a header length of ${length}, expected at most ${MAX_HEADER_BYTES}`);
  }
  const end = LENGTH_BYTES + Number(length);
  if (end > bytes.length) {
    const rest = bytes.length - LENGTH_BYTES;
    throw rangeError(`${who}: got a header length of ${length}, expected at most the ${rest} bytes that follow it`);
  }
  return end;
}

function readEntry(cursor: JsonCursor, name: string, dataStart: number, who: string): SafetensorsEntry {
  const what = `tensor ${describeValue(name)}`;
  const fields: { dtype?: string; shape?: number[]; offsets?: number[] } = {};
  cursor.object(what, (key) => {
    if (key === 'dtype') fields.dtype = cursor.string(`${what}: dtype`);
    else if (key === 'shape') fields.shape = cursor.integers(`${what}: shape`);
    else if (key === 'data_offsets') fields.offsets = cursor.integers(`${what}: data_offsets`);
    else
      throw new HiddenstateError(
        'FILE',
        `${who}: ${what}: got a field ${describeValue(key)}, expected dtype, shape and data_offsets only`,
      );
  });
  const { dtype, shape, offsets } = fields;
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = dtype === undefined ? 'dtype' : shape === undefined ? 'shape' : 'data_offsets';
    throw new HiddenstateError('FILE', `${who}: ${what}: got no ${missing}, expected dtype, shape and data_offsets`);
  }
  if (!isDtype(dtype)) {
    const known = Object.keys(DTYPE_BITS).join(', ');
    throw new HiddenstateError('FILE', `${who}: ${what}: got dtype ${describeValue(dtype)}, expected one of ${known}`);
  }
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin > end) {
    throw rangeError(`${who}: ${what}: got data_offsets ${formatDims(offsets)}, expected [begin, end], begin ≤ end`);
  }
  const byteLength = (elementCount(shape, `${who}: ${what}`) * DTYPE_BITS[dtype]) / 8;
  if (end - begin !== byteLength) {
    const kind = `${dtype} of shape ${formatDims(shape)}`;
    throw rangeError(`${who}: ${what}: got ${end - begin} bytes of data, expected ${byteLength} for ${kind}`);
  }
  return { name, dtype, shape, byteOffset: dataStart + begin, byteLength };
}

function isDtype(dtype: string): dtype is SafetensorsDtype {
  return Object.hasOwn(DTYPE_BITS, dtype);
}

/** Sorts the tensors by their data, as the file may list them in any order, and follows them from end to end. */
function checkLayout(tensors: SafetensorsEntry[], dataStart: number, fileSize: number, who: string): void {
  tensors.sort((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength);
  let at = dataStart;
  for (const { name, byteOffset, byteLength } of tensors) {
    if (byteOffset !== at) {
      const got = `data_offsets from ${byteOffset - dataStart}`;
      const expected = `${at - dataStart}, where the data before it end (no holes, no overlap)`;
      throw rangeError(`${who}: tensor ${describeValue(name)}: got ${got}, expected ${expected}`);
    }
    at += byteLength;
  }
  if (at !== fileSize) {
    const got = `${fileSize - dataStart} bytes of data after the header`;
    throw rangeError(`${who}: got ${got}, expected ${at - dataStart}, the end of the last tensor`);
  }
}
