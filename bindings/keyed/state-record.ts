import { HiddenstateError } from '../errors.js';
import { widenFloat16 } from '../weights/half-float.js';
import { narrowFloat16 } from './narrow-float16.js';

/** How the numbers of a state are kept. */
export type StateFormat = 'float32' | 'float16' | 'int8';

const FORMATS: readonly StateFormat[] = ['float32', 'float16', 'int8'];

/** Numbers that share a scale, as int8. */
const BLOCK = 64;

/** The state of a key as the log keeps it. */
export interface StateRecord {
  /** The version of the model that made it. */
  readonly version: string;
  /** Events since it began. */
  readonly count: number;
  /** The time of the last of them. */
  readonly time: number;
  /** All its floats, one tensor after the other. */
  readonly values: Float32Array;
  /** Bytes of tensors that are no floats. */
  readonly rest: Uint8Array;
}

/*
 * Byte 0: format. Byte 1: length of the version, which follows in UTF-8. Then, little-endian, count u32, time u48, length of the
 * rest u32, the rest, the values. int8: blocks of 64 values, each after a float32 scale.
 */
const FIXED = 2 + 4 + 6 + 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How many bytes a version may have. */
export const LONGEST_VERSION = 64;

/** Writes a state. */
export function writeRecord({ version, count, time, values, rest }: StateRecord, format: StateFormat): Uint8Array {
  const head = headSize(version);
  const bytes = new Uint8Array(head + rest.length + sizeOf(values.length, format));
  writeHead(bytes, new DataView(bytes.buffer), 0, { version, count, time, restLength: rest.length }, format);
  bytes.set(rest, head);
  WRITERS[format](bytes, head + rest.length, values);
  return bytes;
}

/** Bytes of a record before its rest and its values. */
export function headSize(version: string): number {
  return FIXED + versionBytes(version).length;
}

/** Writes what stands before the rest and the values of a record that begins at `at`. */
export function writeHead(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  { version, count, time, restLength }: Pick<StateRecord, 'version' | 'count' | 'time'> & { restLength: number },
  format: StateFormat,
): void {
  const name = versionBytes(version);
  bytes[at] = FORMATS.indexOf(format);
  bytes[at + 1] = name.length;
  if (name.length > 0) bytes.set(name, at + 2);
  at += 2 + name.length;
  view.setUint32(at, count, true);
  view.setUint32(at + 4, time % 2 ** 32, true);
  view.setUint16(at + 8, Math.floor(time / 2 ** 32), true);
  view.setUint32(at + 10, restLength, true);
}

/**
 * Reads a state.
 *
 * @throws {HiddenstateError} `HIDDENSTATE_DATA` if the bytes are none
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { memoryLog, partitionOf, readState, runKeyed } from 'hiddenstate/keyed';
 *
 * const log = memoryLog();
 * const stop = new AbortController();
 * const worker = runKeyed({ model: new GRU({ inputSize: 1, hiddenSize: 8 }), log, signal: stop.signal });
 * await (await log.producer()).send([{ key: 'pump-7', value: new Uint8Array(4) }]);
 * for await (const _ of log.results({ group: 'alarms' })) break;
 * stop.abort();
 * await worker.done;
 * const history = await log.history(partitionOf('pump-7', await log.partitions()));
 * const bytes = await history.state('pump-7');
 * if (bytes) console.log(readState(bytes, 'pump-7').values.length); // 8
 * ```
 */
export function readRecord(bytes: Uint8Array, who: string): StateRecord {
  const format = FORMATS[bytes[0]];
  const name = 2 + (bytes[1] ?? 0);
  const at = name + 14;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const restLength = at <= bytes.length ? view.getUint32(name + 10, true) : 0;
  const from = at + restLength;
  const count = format && from <= bytes.length ? countOf(bytes.length - from, format) : -1;
  if (count < 0) {
    throw new HiddenstateError(
      'DATA',
      `${who}: got ${bytes.length} bytes that are no state, expected what hiddenstate wrote`,
    );
  }
  return {
    version: decoder.decode(bytes.subarray(2, name)),
    count: view.getUint32(name, true),
    time: view.getUint32(name + 4, true) + view.getUint16(name + 8, true) * 2 ** 32,
    rest: bytes.slice(at, from),
    values: READERS[format](bytes, from, count),
  };
}

/** The time of the last event of a state, without reading the rest of it. */
export function timeOfRecord(bytes: Uint8Array): number {
  const at = 2 + (bytes[1] ?? 0) + 4;
  if (at + 6 > bytes.length) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(at, true) + view.getUint16(at + 4, true) * 2 ** 32;
}

/** Rounds values as a format keeps them, in place. */
export function roundValues(values: Float32Array, format: StateFormat): void {
  if (format === 'float32') return;
  const bytes = new Uint8Array(sizeOf(values.length, format));
  WRITERS[format](bytes, 0, values);
  values.set(READERS[format](bytes, 0, values.length));
}

let lastVersion = '';
let lastBytes = new Uint8Array(0);

/** Nearly every state has the same version as the one before it. */
function versionBytes(version: string): Uint8Array {
  if (version !== lastVersion) {
    lastVersion = version;
    lastBytes = encoder.encode(version);
  }
  return lastBytes;
}

function sizeOf(count: number, format: StateFormat): number {
  if (format === 'float32') return 4 * count;
  return format === 'float16' ? 2 * count : count + 4 * Math.ceil(count / BLOCK);
}

/** How many values some bytes hold; -1 where no number of them does. */
function countOf(bytes: number, format: StateFormat): number {
  if (format === 'float32') return bytes % 4 === 0 ? bytes / 4 : -1;
  if (format === 'float16') return bytes % 2 === 0 ? bytes / 2 : -1;
  const blocks = Math.ceil(bytes / (BLOCK + 4));
  return bytes - 4 * blocks >= 0 && sizeOf(bytes - 4 * blocks, format) === bytes ? bytes - 4 * blocks : -1;
}

type Writer = (bytes: Uint8Array, at: number, values: Float32Array) => void;
type Reader = (bytes: Uint8Array, at: number, count: number) => Float32Array;

const WRITERS: Readonly<Record<StateFormat, Writer>> = {
  float32: (bytes, at, values) => bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at),
  float16: (bytes, at, values) => bytes.set(narrowFloat16(values), at),
  int8: (bytes, at, values) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let from = 0; from < values.length; from += BLOCK) {
      const block = values.subarray(from, from + BLOCK);
      let most = 0;
      for (const value of block) most = Math.max(most, Math.abs(value));
      const scale = Math.fround(most / 127) || 1;
      view.setFloat32(at, scale, true);
      at += 4;
      for (const value of block) view.setInt8(at++, Math.max(-127, Math.min(127, Math.round(value / scale))));
    }
  },
};

const READERS: Readonly<Record<StateFormat, Reader>> = {
  float32: (bytes, at, count) => new Float32Array(bytes.slice(at, at + 4 * count).buffer, 0, count),
  float16: (bytes, at, count) => widenFloat16(bytes.subarray(at, at + 2 * count)),
  int8: (bytes, at, count) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const values = new Float32Array(count);
    for (let from = 0; from < count; from += BLOCK) {
      const scale = view.getFloat32(at, true);
      at += 4;
      const stop = Math.min(from + BLOCK, count);
      for (let i = from; i < stop; i++) values[i] = view.getInt8(at++) * scale;
    }
    return values;
  },
};
