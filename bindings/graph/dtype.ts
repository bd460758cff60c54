import { typeError } from '../errors.js';
import { describeValue, tagOf } from '../tensor.js';

/** The element types of ONNX that the runtime has. It computes with all but strings, which it only moves: see `text-table.ts`. */
export type Dtype =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float64'
  | 'int64'
  | 'uint64'
  | 'int32'
  | 'uint32'
  | 'int16'
  | 'uint16'
  | 'int8'
  | 'uint8'
  | 'int4'
  | 'uint4'
  | 'bool'
  | 'string';

/**
 * Elements as the runtime holds them: float16 and bfloat16 as float32, 64-bit integers as float64 (exact to 2^53), 4-bit ones as bytes,
 * bool as 0 and 1, strings as their places in the graph's table.
 */
export type Values =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** Numbers as callers hold them: float16 and bfloat16 as their bits, 64-bit integers as bigints, 4-bit ones as bytes. */
export type OuterNumbers = Values | BigInt64Array | BigUint64Array;

/** Elements as callers hold them. */
export type OuterValues = OuterNumbers | string[];

/** Which view of wasm memory holds a type. */
export type ViewName = 'f32' | 'f64' | 'i32' | 'u32' | 'i16' | 'u16' | 'i8' | 'u8';

/** How a type is held. */
export interface Storage {
  readonly view: ViewName;
  readonly bytes: number;
  /** Whether arithmetic truncates. */
  readonly integer: boolean;
  /** An array of zeros. */
  make(length: number): Values;
  /** Elements that are there, at a multiple of their size. */
  over(buffer: ArrayBufferLike, start: number, length: number): Values;
}

interface ArrayOf<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): A;
  new (buffer: ArrayBufferLike, start: number, length: number): A;
}

function storage(view: ViewName, Type: ArrayOf<Values>, integer: boolean): Storage {
  return {
    view,
    bytes: Type.BYTES_PER_ELEMENT,
    integer,
    make: (length) => new Type(length),
    over: (buffer, start, length) => new Type(buffer, start, length),
  };
}

/** How every type is held. */
export const STORAGE: Readonly<Record<Dtype, Storage>> = {
  float32: storage('f32', Float32Array, false),
  float16: storage('f32', Float32Array, false),
  bfloat16: storage('f32', Float32Array, false),
  float64: storage('f64', Float64Array, false),
  int64: storage('f64', Float64Array, true),
  uint64: storage('f64', Float64Array, true),
  int32: storage('i32', Int32Array, true),
  uint32: storage('u32', Uint32Array, true),
  int16: storage('i16', Int16Array, true),
  uint16: storage('u16', Uint16Array, true),
  int8: storage('i8', Int8Array, true),
  uint8: storage('u8', Uint8Array, true),
  int4: storage('i8', Int8Array, true),
  uint4: storage('u8', Uint8Array, true),
  bool: storage('u8', Uint8Array, true),
  string: storage('i32', Int32Array, true),
};

/** ONNX's TensorProto.DataType of what can be computed with, by number. Absent: strings, complex numbers, floats of 8 bits and fewer, integers of 2. */
export const DTYPE_NUMBERS: Readonly<Record<number, Dtype>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
  21: 'uint4',
  22: 'int4',
};

/** The names of all of them, as ONNX has them. */
const ALL_TYPES =
  'undefined float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64 complex64 complex128 bfloat16 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz uint4 int4 float4e2m1 float8e8m0 uint2 int2'.split(
    ' ',
  );

/** ONNX's name of a data type, for messages. */
export function typeName(number: number): string {
  return ALL_TYPES[number] ?? `number ${number}`;
}

/** The class of a caller's array, by type. */
const OUTER: Readonly<Record<Dtype, string>> = {
  float32: 'Float32Array',
  float16: 'Uint16Array',
  bfloat16: 'Uint16Array',
  float64: 'Float64Array',
  int64: 'BigInt64Array',
  uint64: 'BigUint64Array',
  int32: 'Int32Array',
  uint32: 'Uint32Array',
  int16: 'Int16Array',
  uint16: 'Uint16Array',
  int8: 'Int8Array',
  uint8: 'Uint8Array',
  int4: 'Int8Array',
  uint4: 'Uint8Array',
  bool: 'Uint8Array',
  string: 'plain Array of strings',
};

/** Whether a type's elements are floating-point numbers. */
export function isFloat(dtype: Dtype): boolean {
  return !STORAGE[dtype].integer;
}

/** The least and the greatest number of a type; of 64-bit integers the nearest float64. */
export function extremesOf(dtype: Dtype): readonly [number, number] {
  const { bytes, integer } = STORAGE[dtype];
  if (!integer) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (dtype === 'bool') return [0, 1];
  const bits = dtype.endsWith('t4') ? 4 : 8 * bytes;
  return dtype.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/**
 * Checks that a caller's array is of the class that holds a type: BigInt64Array for int64, Uint8Array for bool.
 *
 * @throws {TypeError} if it is not
 */
export function assertOuter(data: unknown, dtype: Dtype, who: string): asserts data is OuterValues {
  if (!holdsType(data, dtype)) {
    throw typeError(`${who}: got ${describeValue(data)}, expected a ${OUTER[dtype]} (${dtype})`);
  }
}

/** Whether an array, of this realm or another, is of the class that holds a type. */
export function holdsType(data: unknown, dtype: Dtype): data is OuterValues {
  // A view is no Proxy, of which instanceof may ask what it likes.
  if (dtype === 'float32' && ArrayBuffer.isView(data) && data instanceof Float32Array) return true;
  if (dtype === 'string') return Array.isArray(data) && data.every((each) => typeof each === 'string');
  const tag = tagOf(data);
  return tag === OUTER[dtype] || (dtype === 'float16' && tag === 'Float16Array');
}

/** Copies a caller's elements into wasm memory (or any array) from `start`. */
export function copyIn(to: Values, start: number, data: OuterNumbers, dtype: Dtype): void {
  if (dtype === 'int64' || dtype === 'uint64') {
    for (let i = 0; i < data.length; i++) to[start + i] = Number(data[i]);
  } else if (dtype === 'float16' && data instanceof Uint16Array) {
    for (let i = 0; i < data.length; i++) to[start + i] = fromHalf(data[i]);
  } else if (dtype === 'bfloat16') {
    for (let i = 0; i < data.length; i++) to[start + i] = fromBrain(data[i] as number);
  } else if (data.length < FEW) {
    for (let i = 0; i < data.length; i++) to[start + i] = data[i] as number;
  } else to.set(data as Values, start);
}

/** Below so many elements a loop is faster than `set`. */
const FEW = 32;

/** Copies elements out as the caller holds them. */
export function copyOut(from: Values, start: number, length: number, dtype: Dtype): OuterNumbers {
  switch (dtype) {
    case 'int64':
      return BigInt64Array.from({ length }, (_, i) => toBigInt(from[start + i], -(2n ** 63n), 2n ** 63n - 1n));
    case 'uint64':
      return BigUint64Array.from({ length }, (_, i) => toBigInt(from[start + i], 0n, 2n ** 64n - 1n));
    case 'float16':
      return Uint16Array.from({ length }, (_, i) => toHalf(from[start + i]));
    case 'bfloat16':
      return Uint16Array.from({ length }, (_, i) => toBrain(from[start + i]));
    default:
      return from.slice(start, start + length);
  }
}

/** Zeros as the caller holds them. */
export function outerZeros(dtype: Dtype, length: number): OuterValues {
  return dtype === 'string'
    ? new Array<string>(length).fill('')
    : copyOut(STORAGE[dtype].make(length), 0, length, dtype);
}

function toBigInt(value: number, least: bigint, most: bigint): bigint {
  if (!Number.isFinite(value)) return value > 0 ? most : value < 0 ? least : 0n;
  const big = BigInt(Math.trunc(value));
  return big < least ? least : big > most ? most : big;
}

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** bfloat16, the upper half of a float32, to a number. */
export function fromBrain(bits: number): number {
  BITS[0] = bits << 16;
  return FLOAT[0];
}

/** A float32 to bfloat16, rounded to the nearest, ties to even. */
export function toBrain(value: number): number {
  FLOAT[0] = value;
  if (Number.isNaN(value)) return 0x7fc0;
  return (BITS[0] + 0x7fff + ((BITS[0] >>> 16) & 1)) >>> 16;
}

/** IEEE 754 binary16 to a number, exact. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent ? sign * 2 ** (exponent - 25) * (1024 + fraction) : sign * 2 ** -24 * fraction;
}

/** A number to IEEE 754 binary16, rounded to the nearest, ties to even. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // In steps of the last place of its binade, a rounded value that reaches 2048 carries into the exponent by itself.
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = roundToEven(size / 2 ** (exponent - 10));
  return sign | (((exponent + 14) << 10) + steps);
}

/** Rounds to the nearest integer, ties to even. */
export function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
