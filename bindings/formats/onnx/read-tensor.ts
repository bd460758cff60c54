import { rangeError, typeError } from '../../errors.js';
import {
  DTYPE_NUMBERS,
  type Dtype,
  fromBrain,
  LazyTensor,
  STORAGE,
  type TensorValue,
  type TextTable,
  typeName,
  type Values,
} from '../../graph/index.js';
import { describeValue, elementCount, formatDims } from '../../tensor.js';
import { widenFloat16 } from '../../weights/half-float.js';
import { type ExternalBytes, type ExternalPlace, ExternalTensor } from './external-files.js';
import type { Field, Span } from './message.js';
import * as schema from './schema.js';

/** TensorProto.DataType of strings. */
const STRING = 8;

/** Bytes of an element in raw_data, where they are not those that hold it. */
const RAW_BYTES: Readonly<Partial<Record<Dtype, number>>> = { float16: 2, bfloat16: 2, int4: 0.5, uint4: 0.5 };

/** Types that the runtime holds in another form than raw_data does. */
const CONVERTED: ReadonlySet<Dtype> = new Set<Dtype>(['float16', 'bfloat16', 'int64', 'uint64', 'int4', 'uint4']);

/**
 * ONNX's number of a data type as ours.
 *
 * @throws {TypeError} if the runtime does not have it
 */
export function dtypeOf(number: number, who: string): Dtype {
  const dtype = number === STRING ? 'string' : DTYPE_NUMBERS[number];
  if (dtype === undefined) {
    throw typeError(
      `${who}: got data type ${typeName(number)}, expected one of ${Object.values(DTYPE_NUMBERS).join(', ')}`,
    );
  }
  return dtype;
}

/** What readers of tensors need to know of the file around them. */
export interface TensorContext {
  readonly file: Field;
  /** The beginning of error messages. */
  readonly who: string;
  readonly external: ExternalBytes;
  /** Where the strings of the model go. */
  readonly texts: TextTable;
}

/**
 * Reads a TensorProto. Sizes are checked at once, elements are decoded when they are first asked for.
 *
 * @param context its file stands before the field that holds the tensor; its bytes stay in use
 * @returns the tensor and its name
 * @throws {TypeError | RangeError} if its type is not there, its dims do not fit its data, or its data lies outside the model's
 *   folder
 */
export function readTensor({ file, who, external, texts }: TensorContext): { name: string; tensor: TensorValue } {
  let name = '';
  let type = 0;
  let raw: Uint8Array | undefined;
  let isExternal = false;
  let entries: Record<string, string> | undefined;
  const dims: number[] = [];
  const numbers: number[] = [];
  const strings: Span[] = [];
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
      case schema.TENSOR_STRING_DATA:
        strings.push(file.pass());
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
  // Attributes' tensors have no name, which is said without escaping it.
  const label = `${who}: tensor ${name === '' ? '""' : describeValue(name)}`;
  const dtype = dtypeOf(type, label);
  const count = elementCount(dims, label);
  const misfit = (got: number) =>
    rangeError(`${label}: got ${got} elements of ${dtype}, expected ${count} for dims ${formatDims(dims)}`);
  if (dtype === 'string') {
    if (strings.length !== count) throw misfit(strings.length);
    const decode = () => Int32Array.from(strings, (place) => texts.keep(file.textAt(place)));
    return { name, tensor: new LazyTensor(dtype, dims, decode) };
  }
  const width = RAW_BYTES[dtype] ?? STORAGE[dtype].bytes;
  if (isExternal) {
    const bytes = external.claim(placeOf(entries ?? {}), Math.ceil(count * width), label);
    const decode = (from: Uint8Array) => fromRaw(from, dtype, count);
    return { name, tensor: new ExternalTensor(dtype, dims, bytes, decode, CONVERTED.has(dtype)) };
  }
  // Four bits each: two in a byte, a last one alone. int32_data too has two in an element.
  const fits = raw
    ? raw.length === Math.ceil(count * width)
    : numbers.length === Math.ceil(count * Math.min(1, 2 * width));
  if (!fits) throw misfit(raw ? raw.length / width : numbers.length);
  const decode = () => (raw ? fromRaw(raw, dtype, count) : fromNumbers(numbers, dtype, count));
  return { name, tensor: new LazyTensor(dtype, dims, decode, raw && !CONVERTED.has(dtype) ? [raw] : undefined) };
}

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

/** Typed fields; float16 and bfloat16 come as their bits, one in each int32, 4-bit integers two in each. */
function fromNumbers(numbers: readonly number[], dtype: Dtype, count: number): Values {
  if (dtype === 'float16') {
    return widenFloat16(Uint8Array.from(numbers.flatMap((bits) => [bits & 0xff, (bits >>> 8) & 0xff])));
  }
  if (dtype === 'bfloat16') return Float32Array.from(numbers, fromBrain);
  if (dtype === 'int4' || dtype === 'uint4') return fromRaw(Uint8Array.from(numbers), dtype, count);
  const values = STORAGE[dtype].make(count);
  values.set(numbers);
  return values;
}

/** Little-endian elements: a view of the file where they are aligned, a copy where they are not. */
function fromRaw(raw: Uint8Array, dtype: Dtype, count: number): Values {
  if (dtype === 'int4' || dtype === 'uint4') {
    const values = STORAGE[dtype].make(count);
    const shift = dtype === 'int4' ? (x: number) => (x << 28) >> 28 : (x: number) => x & 15;
    for (let i = 0; i < count; i++) values[i] = shift(raw[i >> 1] >> (4 * (i & 1)));
    return values;
  }
  const width = RAW_BYTES[dtype] ?? STORAGE[dtype].bytes;
  const { buffer, byteOffset } = raw.byteOffset % width === 0 ? raw : new Uint8Array(raw);
  switch (dtype) {
    case 'float16':
      return widenFloat16(raw);
    case 'bfloat16':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count), fromBrain);
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case 'uint64':
      return Float64Array.from(new BigUint64Array(buffer, byteOffset, count), Number);
    default:
      return STORAGE[dtype].over(buffer, byteOffset, count);
  }
}
