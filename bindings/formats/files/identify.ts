import { describeValue } from '../../describe-value.js';
import { typeError } from '../../errors.js';
import { type FileFormat, FORMATS, type Format } from './formats.js';
import { zipNames } from './zip-names.js';

/** What a file is. */
export interface Identified {
  readonly format: FileFormat;
  /** The version of the format, or of the program that wrote the file, where its beginning says it. */
  readonly version?: string;
  /** Whether `openModel` reads files of this format. Whether it runs this one, opening it says. */
  readonly runs: boolean;
  /** What the file is instead and what to do, for one that is not read; empty otherwise. */
  readonly problems: readonly string[];
}

/** Text is judged by its beginning; only JSON is read as a whole. */
const TEXT_BYTES = 512;
const MAX_JSON = 64 * 2 ** 20;

/**
 * Says what a file is, by its content and never by its name.
 *
 * @param bytes the whole file
 * @throws {TypeError} if `bytes` is neither a Uint8Array nor an ArrayBuffer
 *
 * @example
 * ```ts
 * import { identify } from 'hiddenstate/files';
 *
 * const { format, runs, problems } = identify(Uint8Array.of(0x1c, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33));
 * console.log(format, runs, problems.length); // tflite false 1
 * ```
 */
export function identify(bytes: Uint8Array | ArrayBuffer): Identified {
  const { format, version } = recognise(asBytes(bytes, 'identify'));
  const { problem } = FORMATS[format];
  const known = { format, runs: problem === undefined, problems: problem === undefined ? [] : [problem] };
  return version === undefined ? known : { ...known, version };
}

interface Recognised {
  readonly format: FileFormat;
  readonly version?: string | undefined;
}

/** Every format with its row. */
const ROWS = Object.entries(FORMATS) as [FileFormat, Format][];

function recognise(bytes: Uint8Array): Recognised {
  if (bytes.length === 0) return { format: 'empty' };
  const signed = ROWS.find(([, { begins }]) => begins && startsWith(bytes, begins[1], begins[0]));
  if (signed) return { format: signed[0] };
  if (startsWith(bytes, 'PK\x03\x04')) return { format: archiveFormat(zipNames(bytes)) };
  if (startsWith(bytes, '\x89HDF\r\n\x1a\n')) return hdf5Format(bytes);
  if (isSafetensors(bytes)) return { format: 'safetensors' };
  const pickle = isPickle(bytes) ? 'torch' : isOldPickle(bytes) ? 'pickle' : undefined;
  if (pickle) return { format: contains(bytes.subarray(0, 256), 'sklearn.') ? 'sklearn' : pickle };
  const protobuf = protobufFormat(bytes);
  if (protobuf) return protobuf;
  return textFormat(bytes);
}

function archiveFormat(names: readonly string[] | undefined): FileFormat {
  if (names === undefined) return 'cut-zip';
  if (names.includes('config.json') && names.some((name) => name.endsWith('.weights.h5'))) return 'keras';
  if (names.some((name) => /^([^/]+\/)?data\.pkl$/.test(name))) {
    return names.some((name) => /^([^/]+\/)?constants\.pkl$/.test(name)) ? 'torchscript' : 'torch';
  }
  if (names.length > 0 && names.every((name) => name.endsWith('.npy'))) return 'npz';
  return names.some((name) => /^([^/]+\/)?saved_model\.pb$/.test(name)) ? 'saved-model' : 'zip';
}

/** A whole model keeps its configuration in an attribute of that name; without it, the file holds weights alone. */
function hdf5Format(bytes: Uint8Array): Recognised {
  if (!contains(bytes, 'model_config')) return { format: 'hdf5' };
  return { format: 'keras' };
}

/** Eight bytes of length, then JSON. */
function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  return length <= 100_000_000n && length >= 2n;
}

/** PROTO and a version, then what a pickle of a checkpoint goes on with: a frame, a container, a long, a name. */
function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5 && '\x95}](\x8ac'.includes(String.fromCharCode(bytes[2]));
}

/** Protocols 0 and 1 have no mark: a class or a container, what is done with it, and a full stop at the end. */
function isOldPickle(bytes: Uint8Array): boolean {
  const beginning = letters(bytes.subarray(0, 128));
  return bytes.at(-1) === 0x2e && /^(c[\w.]+\n\w+\n[(pq)]|\([dl]p\d+\n|[}\]]q)/.test(beginning);
}

/** The fields of a message, as far as they tell ONNX from the messages of TensorFlow; undefined where it is no message. */
function protobufFormat(bytes: Uint8Array): Recognised | undefined {
  // SavedModel: schema version 1, then a MetaGraphDef, which begins with its own first field.
  if (startsWith(bytes, '\x08\x01\x12') && bytes[3] >= 0x80 && contains(bytes.subarray(0, 4096), 'serve')) {
    return { format: 'saved-model' };
  }
  const fields = new Set<number>();
  let version: string | undefined;
  for (let at = 0; at < bytes.length; ) {
    const [tag, next] = varint(bytes, at);
    const [value, after] = varint(bytes, next);
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (field < 1 || field > 32 || after < 0) return undefined;
    fields.add(field);
    if (field === 1 && wire === 0) version = String(value);
    if (wire === 0) at = after;
    else if (wire === 2 && value <= bytes.length - after) at = after + value;
    // The graph, which is nearly all of a model, behind a version.
    else return wire === 2 && field === 7 && version !== undefined ? { format: 'cut-onnx' } : undefined;
  }
  // ModelProto: 7 is the graph, 8 the operator sets. GraphDef: 1 the nodes, 2 and 4 versions.
  if (fields.has(7)) return { format: 'onnx', version: version && `IR ${version}` };
  return fields.has(1) && version === undefined && bytes.length > 16 ? { format: 'tensorflow-graph' } : undefined;
}

function varint(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || at < 0) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, at + i + 1];
  }
  return [0, -1];
}

function textFormat(bytes: Uint8Array): Recognised {
  const beginning = letters(bytes.subarray(0, TEXT_BYTES)).replace(BYTE_ORDER_MARK, '').trimStart();
  if (/^<(!doctype|html|head|body|\?xml)/i.test(beginning)) return { format: 'html' };
  if (beginning.startsWith('version https://git-lfs')) return { format: 'git-lfs' };
  if (/^[{[]/.test(beginning)) return bytes.length > MAX_JSON ? { format: 'large-json' } : jsonFormat(letters(bytes));
  return { format: TEXT.test(beginning.slice(0, TEXT_BYTES / 2)) ? 'text' : 'unknown' };
}

/** No control characters but white space, and nothing that is not UTF-8, whose last character may be cut. */
const TEXT = /^([\t-\r -~]|[\xc2-\xf4][\x80-\xbf]{1,3})*[\xc2-\xf4]?$/;
const BYTE_ORDER_MARK = /^\xef\xbb\xbf/;

/** A letter a byte, which leaves ASCII as it is: the names that tell a file are that. Nothing here needs a decoder. */
function letters(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

function jsonFormat(text: string): Recognised {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(BYTE_ORDER_MARK, ''));
  } catch {
    return { format: 'cut-json' };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { format: 'json' };
  const fields = json as Record<string, unknown>;
  const has = (...names: string[]) => names.every((name) => Object.hasOwn(fields, name));
  const version = typeof fields.version === 'string' ? fields.version.slice(0, 32) : undefined;
  if (has('modelTopology')) return { format: isGraphModel(fields) ? 'tfjs-graph' : 'tfjs-layers' };
  if (has('architecture', 'weights')) return { format: 'nam', version };
  if (has('model_data', 'state_dict')) return { format: 'guitarml' };
  if (has('in_shape', 'layers')) return { format: 'rtneural' };
  if (has('class_name', 'config')) return { format: 'keras-config' };
  if (has('weight_map')) return { format: 'safetensors-index' };
  return { format: 'json' };
}

/** A graph model's topology is a GraphDef: nodes, and no configuration. */
function isGraphModel({ format, modelTopology }: Record<string, unknown>): boolean {
  if (format === 'graph-model') return true;
  return typeof modelTopology === 'object' && modelTopology !== null && 'node' in modelTopology;
}

function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function contains(bytes: Uint8Array, text: string): boolean {
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (startsWith(bytes, text, at)) return true;
  }
  return false;
}

/**
 * A file's bytes, whatever holds them.
 *
 * @throws {TypeError} if it is neither a Uint8Array nor an ArrayBuffer
 */
export function asBytes(bytes: unknown, who: string): Uint8Array {
  const tag = Object.prototype.toString.call(bytes);
  if (tag === '[object Uint8Array]') return bytes as Uint8Array;
  if (tag === '[object ArrayBuffer]') return new Uint8Array(bytes as ArrayBuffer);
  throw typeError(`${who}: got ${describeValue(bytes)}, expected the file as a Uint8Array or an ArrayBuffer`);
}
