import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import { DTYPE_NUMBERS, type Dtype, LazyTensor, type TensorValue, type Values } from '../../graph/index.js';
import { describeValue, elementCount, formatDims } from '../../tensor.js';
import { widenFloat16 } from '../../weights/half-float.js';
import type { Field } from './message.js';

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

/**
 * Reads a TensorProto. Sizes are checked at once, elements are decoded when they are first asked for.
 *
 * @param file before the field that holds it; its bytes stay in use
 * @returns the tensor and its name
 * @throws {TypeError | RangeError | Error} if its type is not there, its dims do not fit its data, or its data is in another file
 */
export function readTensor(file: Field, who: string): { name: string; tensor: TensorValue } {
  let name = '';
  let type = 0;
  let raw: Uint8Array | undefined;
  let external = false;
  const dims: number[] = [];
  const numbers: number[] = [];
  const around = file.enter();
  while (file.next()) {
    switch (file.no) {
      case 1:
        file.intsInto(dims);
        break;
      case 2:
        type = file.int();
        break;
      case 4:
        file.floatsInto(numbers);
        break;
      case 5:
      case 7:
        file.intsInto(numbers);
        break;
      case 8:
        name = file.text();
        break;
      case 9:
        raw = file.bytes();
        break;
      case 10:
        file.doublesInto(numbers);
        break;
      case 11:
        file.uintsInto(numbers);
        break;
      case 14:
        external = file.int() === 1;
        break;
      default:
        file.skip();
    }
  }
  file.leave(around);
  // Attributes' tensors have no name, which is said without escaping it.
  const label = `${who}: tensor ${name === '' ? '""' : describeValue(name)}`;
  if (external)
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${label}: got external data (another file), expected data within the model`,
    );
  const dtype = dtypeOf(type, label);
  const count = elementCount(dims, label);
  const got = raw ? raw.length / RAW_BYTES[dtype] : numbers.length;
  if (got !== count) {
    throw rangeError(`${label}: got ${got} elements of ${dtype}, expected ${count} for dims ${formatDims(dims)}`);
  }
  const decode = () => (raw ? fromRaw(raw, dtype) : fromNumbers(numbers, dtype));
  return { name, tensor: new LazyTensor(dtype, dims, decode, raw && !CONVERTED.has(dtype) ? [raw] : undefined) };
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
