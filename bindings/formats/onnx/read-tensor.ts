import { rangeError, typeError } from '../../errors.js';
import { DTYPE_NUMBERS, type Dtype, LazyTensor, type TensorValue, type Values } from '../../graph/index.js';
import { describeValue, elementCount, formatDims } from '../../tensor.js';
import { widenFloat16 } from '../../weights/half-float.js';
import { type ExternalFiles, type ExternalPlace, ExternalTensor } from './external-files.js';
import type { Field } from './message.js';
import * as schema from './schema.js';

/** Bytes of an element in raw_data. */
const RAW_BYTES: Readonly<Record<Dtype, number>> = {
  float32: 4,
  float16: 2,
  float64: 8,
  int64: 8,
  uint64: 8,
  int32: 4,
  uint32: 4,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Types that the runtime holds in another form than raw_data does. */
const CONVERTED: ReadonlySet<Dtype> = new Set<Dtype>(['float16', 'int64', 'uint64']);

/** Names of the types that are not there, for messages. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  8: 'string',
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
};

/**
 * ONNX's number of a data type as ours.
 *
 * @throws {TypeError} if the runtime does not have it
 */
export function dtypeOf(number: number, who: string): Dtype {
  const dtype = DTYPE_NUMBERS[number];
  if (dtype === undefined) {
    const got = OTHER_TYPES[number] ?? `number ${number}`;
    throw typeError(`${who}: got data type ${got}, expected one of ${Object.values(DTYPE_NUMBERS).join(', ')}`);
  }
  return dtype;
}

/** What readers of tensors need to know of the file around them. */
export interface TensorContext {
  readonly file: Field;
  /** The beginning of error messages. */
  readonly who: string;
  readonly external: ExternalFiles;
}

/** A tensor of strings, which nothing computes with: its name is known, its elements are not read. */
export const TEXT = 'text';

/**
 * Reads a TensorProto. Sizes are checked at once, elements are decoded when they are first asked for.
 *
 * @param context its file stands before the field that holds the tensor; its bytes stay in use
 * @returns the tensor and its name
 * @throws {TypeError | RangeError} if its type is not there, its dims do not fit its data, or its data lies outside the model's
 *   folder
 */
export function readTensor({ file, who, external }: TensorContext): {
  name: string;
  tensor: TensorValue | typeof TEXT;
} {
  let name = '';
  let type = 0;
  let raw: Uint8Array | undefined;
  let isExternal = false;
  let entries: Record<string, string> | undefined;
  const dims: number[] = [];
  const numbers: number[] = [];
  const around = file.enter();
  while (file.next()) {
    switch (file.no) {
      case schema.TENSOR_DIMS:
        file.intsInto(dims);
        break;
      case schema.TENSOR_DATA_TYPE:
        type = file.int();
        break;
      case schema.TENSOR_FLOAT_DATA:
        file.floatsInto(numbers);
        break;
      case schema.TENSOR_INT32_DATA:
      case schema.TENSOR_INT64_DATA:
        file.intsInto(numbers);
        break;
      case schema.TENSOR_NAME:
        name = file.text();
        break;
      case schema.TENSOR_RAW_DATA:
        raw = file.bytes();
        break;
      case schema.TENSOR_DOUBLE_DATA:
        file.doublesInto(numbers);
        break;
      case schema.TENSOR_UINT64_DATA:
        file.uintsInto(numbers);
        break;
      case schema.TENSOR_EXTERNAL_DATA:
        entries ??= Object.create(null) as Record<string, string>;
        readEntry(file, entries);
        break;
      case schema.TENSOR_DATA_LOCATION:
        isExternal = file.int() === schema.LOCATION_EXTERNAL;
        break;
      default:
        file.skip();
    }
  }
  file.leave(around);
  if (type === STRING) return { name, tensor: TEXT };
  // Attributes' tensors have no name, which is said without escaping it.
  const label = `${who}: tensor ${name === '' ? '""' : describeValue(name)}`;
  const dtype = dtypeOf(type, label);
  const count = elementCount(dims, label);
  if (isExternal) {
    const bytes = external.claim(placeOf(entries ?? {}), count * RAW_BYTES[dtype], label);
    const decode = (from: Uint8Array) => fromRaw(from, dtype);
    return { name, tensor: new ExternalTensor(dtype, dims, bytes, decode, CONVERTED.has(dtype)) };
  }
  const got = raw ? raw.length / RAW_BYTES[dtype] : numbers.length;
  if (got !== count) {
    throw rangeError(`${label}: got ${got} elements of ${dtype}, expected ${count} for dims ${formatDims(dims)}`);
  }
  const decode = () => (raw ? fromRaw(raw, dtype) : fromNumbers(numbers, dtype));
  return { name, tensor: new LazyTensor(dtype, dims, decode, raw && !CONVERTED.has(dtype) ? [raw] : undefined) };
}

/** TensorProto.DataType of strings. */
const STRING = 8;

/** A StringStringEntryProto. */
function readEntry(file: Field, into: Record<string, string>): void {
  let key = '';
  let value = '';
  const around = file.enter();
  while (file.next()) {
    if (file.no === schema.ENTRY_KEY) key = file.text();
    else if (file.no === schema.ENTRY_VALUE) value = file.text();
    else file.skip();
  }
  file.leave(around);
  into[key] = value;
}

/** Numbers are written as text; what is none becomes NaN, which no place has. */
function placeOf({ location = '', offset = '0', length }: Readonly<Record<string, string>>): ExternalPlace {
  return { location, offset: numberOf(offset), length: length === undefined ? undefined : numberOf(length) };
}

function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

/** Typed fields; float16 comes as its bits, one in each int32. */
function fromNumbers(numbers: readonly number[], dtype: Dtype): Values {
  switch (dtype) {
    case 'float32':
      return Float32Array.from(numbers);
    case 'float16':
      return widenFloat16(Uint8Array.from(numbers.flatMap((bits) => [bits & 0xff, (bits >>> 8) & 0xff])));
    case 'float64':
    case 'int64':
    case 'uint64':
      return Float64Array.from(numbers);
    case 'int32':
      return Int32Array.from(numbers);
    case 'uint32':
      return Uint32Array.from(numbers);
    case 'int16':
      return Int16Array.from(numbers);
    case 'uint16':
      return Uint16Array.from(numbers);
    case 'int8':
      return Int8Array.from(numbers);
    default:
      return Uint8Array.from(numbers);
  }
}

/** Little-endian elements: a view of the file where they are aligned, a copy where they are not. */
function fromRaw(raw: Uint8Array, dtype: Dtype): Values {
  const width = RAW_BYTES[dtype];
  const { buffer, byteOffset } = raw.byteOffset % width === 0 ? raw : new Uint8Array(raw);
  const count = raw.length / width;
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float16':
      return widenFloat16(raw);
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case 'uint64':
      return Float64Array.from(new BigUint64Array(buffer, byteOffset, count), Number);
    case 'int32':
      return new Int32Array(buffer, byteOffset, count);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'int16':
      return new Int16Array(buffer, byteOffset, count);
    case 'uint16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'int8':
      return new Int8Array(buffer, byteOffset, count);
    default:
      return new Uint8Array(buffer, byteOffset, count);
  }
}
