import { HiddenstateError, rangeError, typeError } from '../errors.js';
import { assertBoolean, assertOptions } from '../options.js';
import type { Int8Tensor, StateDict, StoredStateDict, Tensor } from '../tensor.js';
import { assertStoredTensor, describeValue, isInt8Array, tagOf } from '../tensor.js';
import { widenBfloat16, widenFloat16 } from './half-float.js';
import type { SafetensorsEntry, SafetensorsHeader } from './safetensors-header.js';
import { LENGTH_BYTES, MAX_HEADER_BYTES, METADATA_KEY, parseHeader } from './safetensors-header.js';
import { compareCodePoints, isWellFormed, utf8Length, writeUtf8 } from './safetensors-utf8.js';

export type { SafetensorsDtype, SafetensorsEntry, SafetensorsHeader } from './safetensors-header.js';

/**
 * Reads a safetensors file (github.com/huggingface/safetensors, "Format"): F32 as it is, F16 and BF16 widened exactly,
 * F64 rounded to the nearest float32. The whole header is checked before any data are touched, and nothing is
 * allocated that the file merely claims.
 *
 * Ownership: an F32 tensor that lies on a multiple of four bytes is a view of `bytes`, not a copy (files written by
 * `writeSafetensors` and by the reference writer always are, if `bytes` begins its buffer). So do not write to `bytes`
 * while the tensors are in use; layers copy what they load, after that both may go. Every other tensor is a new array.
 *
 * Both results have no prototype, so that names such as `__proto__` and `constructor` are plain keys.
 *
 * @param bytes the file
 * @param options `int8`: whether I8 tensors are read too, as views of `bytes`; they are refused unless asked for
 * @returns the tensors by name, and the file's metadata (empty if it has none)
 * @throws {TypeError} if `bytes` is neither a Uint8Array nor an ArrayBuffer
 * @throws {RangeError} on a length, dim or offset that does not fit the file
 * @throws {Error} on a dtype other than F32, F16, BF16, F64 and, with `int8`, I8, and on any other malformed content
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { LSTM, readSafetensors } from 'hiddenstate';
 *
 * const { tensors } = readSafetensors(await readFile('model.safetensors'));
 * console.log(tensors.weight_ih_l0.dims); // [ 512, 64 ]
 * const lstm = LSTM.fromStateDict(tensors);
 * console.log(lstm.inputSize, lstm.hiddenSize); // 64 128
 * ```
 */
export function readSafetensors(
  bytes: Uint8Array | ArrayBuffer,
  options?: { int8?: false },
): { tensors: StateDict; metadata: Record<string, string> };
/**
 * Reads a safetensors file that may hold the int8 matrices of `Sequential.save` and `storedStateDict()`, otherwise as above.
 *
 * @param options `int8: true` reads I8 tensors as views of `bytes`
 * @throws as without `int8`, but for I8
 */
export function readSafetensors(
  bytes: Uint8Array | ArrayBuffer,
  options: { int8: boolean },
): { tensors: StoredStateDict; metadata: Record<string, string> };
export function readSafetensors(
  bytes: Uint8Array | ArrayBuffer,
  options: { int8?: boolean } = {},
): { tensors: StoredStateDict; metadata: Record<string, string> } {
  const who = 'readSafetensors';
  assertOptions(options, ['int8'], who);
  const { int8 = false } = options;
  assertBoolean(int8, `${who}: int8`);
  const file = asBytes(bytes, who);
  const { tensors: entries, metadata } = parseHeader(file, file.length, who);
  const tensors: StoredStateDict = Object.create(null);
  for (const entry of entries) tensors[entry.name] = readTensor(file, entry, int8, who);
  return { tensors, metadata };
}

/**
 * Reads and checks only the header of a safetensors file, for every dtype of the format: what is in the file, and where.
 *
 * @param bytes the file, or at least its beginning up to the end of the header
 * @param fileSize bytes of the whole file, if `bytes` is only its beginning
 * @returns the tensors in the order of their data, and the metadata; copies, independent of `bytes`
 * @throws {TypeError} if `bytes` is neither a Uint8Array nor an ArrayBuffer
 * @throws {RangeError} on a length, dim or offset that does not fit the file
 * @throws {Error} on any other malformed content
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readSafetensorsHeader } from 'hiddenstate';
 *
 * const { tensors } = readSafetensorsHeader(await readFile('model.safetensors'));
 * for (const { name, dtype, shape } of tensors) console.log(name, dtype, shape);
 * ```
 */
export function readSafetensorsHeader(bytes: Uint8Array | ArrayBuffer, fileSize?: number): SafetensorsHeader {
  const who = 'readSafetensorsHeader';
  const file = asBytes(bytes, who);
  return parseHeader(file, fileSize ?? file.length, who);
}

/**
 * Writes a safetensors file, byte for byte as the reference writer does: F32 before I8, each sorted by name in code point
 * order, the header padded with spaces so that data begin on a multiple of eight.
 *
 * @param tensors the tensors by name; copied
 * @param metadata free text by key, written in the object's own order; left out of the file if absent
 * @returns a new array of the file's size
 * @throws {TypeError} if `tensors`, one of them, or `metadata` is of the wrong kind
 * @throws {RangeError} if a tensor's dims do not fit its data, a name is `__metadata__`, a name, key or value has a lone
 *   surrogate, or the header passes 100 MB
 *
 * @example
 * ```ts
 * import { GRU, readSafetensors, writeSafetensors } from 'hiddenstate';
 *
 * const gru = new GRU({ inputSize: 4, hiddenSize: 8 });
 * const bytes = writeSafetensors(gru.stateDict(), { source: 'run 7' });
 * console.log(readSafetensors(bytes).metadata.source); // run 7
 * ```
 */
export function writeSafetensors(tensors: StoredStateDict, metadata?: Record<string, string>): Uint8Array {
  const who = 'writeSafetensors';
  assertPlainObject(tensors, `${who}: tensors`);
  const names = inFileOrder(tensors);
  const members = metadata === undefined ? [] : [metadataJson(metadata, who)];
  let dataBytes = 0;
  for (const name of names) {
    assertStoredTensor(tensors[name], `${who}: tensor ${describeValue(name)}`);
    if (name === METADATA_KEY) throw rangeError(`${who}: got a tensor named ${name}, expected any other name`);
    const { data, dims } = tensors[name];
    const offsets = `${dataBytes},${dataBytes + data.byteLength}`;
    const dtype = isInt8Array(data) ? 'I8' : 'F32';
    members.push(`${textJson(name, who)}:{"dtype":"${dtype}","shape":[${dims.join(',')}],"data_offsets":[${offsets}]}`);
    dataBytes += data.byteLength;
  }
  const header = `{${members.join(',')}}`;
  const headerBytes = Math.ceil(utf8Length(header) / 8) * 8;
  if (headerBytes > MAX_HEADER_BYTES) {
    throw rangeError(`${who}: got a header of ${headerBytes} bytes, expected at most ${MAX_HEADER_BYTES}`);
  }
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  writeUtf8(header, file, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerBytes;
  for (const name of names) {
    const { data } = tensors[name];
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** The larger element type first, so that every tensor is aligned; then by name. */
function inFileOrder(tensors: StoredStateDict): string[] {
  const isByte = (name: string) => Number(isInt8Array(tensors[name]?.data));
  return Object.keys(tensors).sort((a, b) => isByte(a) - isByte(b) || compareCodePoints(a, b));
}

function readTensor(file: Uint8Array, entry: SafetensorsEntry, int8: boolean, who: string): Tensor | Int8Tensor {
  const { dtype, shape, byteOffset, byteLength } = entry;
  if (dtype !== 'I8' || !int8) return { data: readFloat32(file, entry, who), dims: entry.shape };
  return { data: new Int8Array(file.buffer, file.byteOffset + byteOffset, byteLength), dims: shape };
}

/** The tensor's elements as float32. Typed arrays are little-endian wherever WebAssembly runs in practice, as files are. */
function readFloat32(file: Uint8Array, entry: SafetensorsEntry, who: string): Float32Array {
  const { name, dtype, byteOffset, byteLength } = entry;
  const bytes = file.subarray(byteOffset, byteOffset + byteLength);
  if (dtype === 'F32') {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
    return new Float32Array(aligned.buffer, aligned.byteOffset, byteLength / 4);
  }
  if (dtype === 'F64') {
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
    return new Float32Array(new Float64Array(aligned.buffer, aligned.byteOffset, byteLength / 8));
  }
  if (dtype === 'F16') return widenFloat16(bytes);
  if (dtype === 'BF16') return widenBfloat16(bytes);
  throw new HiddenstateError(
    'FILE',
    `${who}: tensor ${describeValue(name)}: got dtype ${dtype}, expected F32, F16, BF16 or F64`,
  );
}

/** A plain view of the argument: `slice` of Node's Buffer would be a view too, not a copy. */
function asBytes(bytes: unknown, who: string): Uint8Array {
  // By tag, not by instanceof: arrays of another realm are welcome.
  const tag = tagOf(bytes);
  if (tag === 'ArrayBuffer') return new Uint8Array(bytes as ArrayBuffer);
  if (tag === 'Uint8Array' && ArrayBuffer.isView(bytes)) {
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  throw typeError(`${who}: bytes: got ${describeValue(bytes)}, expected a Uint8Array or an ArrayBuffer`);
}

function metadataJson(metadata: Record<string, string>, who: string): string {
  assertPlainObject(metadata, `${who}: metadata`);
  const members = Object.entries(metadata).map(([key, value]) => {
    if (typeof value === 'string') return `${textJson(key, who)}:${textJson(value, who)}`;
    const where = `${who}: metadata ${describeValue(key)}`;
    throw typeError(`${where}: got ${describeValue(value)}, expected a string`);
  });
  return `"${METADATA_KEY}":{${members.join(',')}}`;
}

/** `JSON.stringify` escapes exactly what the reference writer's serde_json does, once lone surrogates are ruled out. */
function textJson(text: string, who: string): string {
  if (isWellFormed(text)) return JSON.stringify(text);
  throw rangeError(`${who}: got the text ${describeValue(text)}, expected no lone surrogate`);
}

/** A Map or an array would pass for an object without keys of its own, or with the wrong ones. */
function assertPlainObject(value: unknown, who: string): void {
  if (tagOf(value) === 'Object') return;
  throw typeError(`${who}: got ${describeValue(value)}, expected a plain object`);
}
