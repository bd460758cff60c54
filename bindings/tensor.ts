import { describeValue, readable, tagOf } from './describe-value.js';
import { rangeError, typeError } from './errors.js';

// Beside tensors, where most who check one look for it.
export { describeValue, readable, tagOf };

/**
 * A dense, row-major array of float32: the library's only exchange type. Structural, so anything that carries `data`
 * and `dims` fits as it is, an onnxruntime float32 tensor included.
 */
export interface Tensor {
  /** The elements, last dimension fastest; as many as the product of `dims`. */
  readonly data: Float32Array;
  /** The extent of each dimension, outermost first; `[]` for a scalar, 0 allowed. */
  readonly dims: readonly number[];
}

/**
 * Tensors by name. Layers read and write PyTorch's names: `weight_ih_l0`, `weight_hh_l0_reverse`, `bias_ih_l0`,
 * `weight_hr_l0` …
 */
export type StateDict = Record<string, Tensor>;

/** A dense, row-major array of int8: a weight matrix of an int8 layer, beside the scales of its rows. */
export interface Int8Tensor {
  readonly data: Int8Array;
  /** As in `Tensor`. */
  readonly dims: readonly number[];
}

/**
 * Tensors by name, weight matrices of int8 layers as they are kept: `weight_ih_l0` an `Int8Tensor` [rows, columns] and
 * `weight_ih_l0_scale` a `Tensor` [rows], element [r, c] being the int8 times the scale of row r. Every `StateDict` is one.
 */
export type StoredStateDict = Record<string, Tensor | Int8Tensor>;

/**
 * Writes dims for an error message: `[2, 3]`.
 *
 * @param dims extents, also invalid ones; more than eight are cut
 * @returns one line
 */
export function formatDims(dims: readonly unknown[]): string {
  return `[${Array.from(dims.slice(0, 8), describeValue).join(', ')}${dims.length > 8 ? ', …' : ''}]`;
}

/**
 * Multiplies dims.
 *
 * @param dims extents, outermost first; `[]` counts 1
 * @param who the beginning of the error message: the function and the argument, `'LSTM.forward: input'`
 * @returns the number of elements, a safe integer
 * @throws {TypeError} if a dim is not a number
 * @throws {RangeError} if a dim is negative, fractional or NaN, or if the product passes 2^53 − 1
 */
export function elementCount(dims: readonly number[], who: string): number {
  const most = Number.MAX_SAFE_INTEGER;
  const got = (expected: string) => `${who}: got dims ${formatDims(dims)}, expected ${expected}`;
  let count = 1;
  for (let i = 0; i < dims.length; i++) {
    if (!Number.isSafeInteger(dims[i]) || dims[i] < 0) {
      const error = typeof dims[i] === 'number' ? rangeError : typeError;
      throw error(got(`integers from 0 to ${most}`));
    }
    count *= dims[i];
    // A product of safe integers is exact up to 2^53 and only grows past it, so one comparison finds every overflow.
    if (count > most) throw rangeError(got(`a product of at most ${most}`));
  }
  return count;
}

/**
 * Checks anything a user hands in as a tensor. Values are not looked at: NaN and infinities are data.
 *
 * @param value the candidate
 * @param who the beginning of the error message: the function and the argument, `'LSTM.forward: input'`
 * @throws {TypeError} if it is not an object of a Float32Array `data` and an array of numbers `dims`
 * @throws {RangeError} if a dim is not a non-negative safe integer, or the product of `dims` is not `data.length`
 */
export function assertTensor(value: unknown, who: string): asserts value is Tensor {
  const { data, dims } = (readable(value) ?? {}) as Partial<Tensor>;
  if (!isFloat32Array(data) || !Array.isArray(dims)) throw typeError(`${who}: ${notATensor(value, data, dims)}`);
  assertElements(data, dims, who);
}

/** As `assertTensor`, for a weight that may also be an `Int8Tensor`. */
export function assertStoredTensor(value: unknown, who: string): asserts value is Tensor | Int8Tensor {
  const { data, dims } = (readable(value) ?? {}) as Partial<Int8Tensor>;
  if (isInt8Array(data) && Array.isArray(dims)) assertElements(data, dims, who);
  else assertTensor(value, who);
}

/** By tag where `instanceof` fails: an array of another realm (an iframe, a test runner's sandbox) is one all the same. */
export function isFloat32Array(value: unknown): value is Float32Array {
  // A Proxy around one is none: nothing of it can be read.
  return ArrayBuffer.isView(value) && (value instanceof Float32Array || tagOf(value) === 'Float32Array');
}

/** By tag as well. */
export function isInt8Array(value: unknown): value is Int8Array {
  return ArrayBuffer.isView(value) && (value instanceof Int8Array || tagOf(value) === 'Int8Array');
}

function assertElements(data: Float32Array | Int8Array, dims: readonly number[], who: string): void {
  const count = elementCount(dims, who);
  if (count !== data.length) {
    throw rangeError(`${who}: got ${data.length} elements, expected ${count} for dims ${formatDims(dims)}`);
  }
}

function notATensor(value: unknown, data: unknown, dims: unknown): string {
  if (data === undefined) {
    return `got ${describeValue(value)}, expected a tensor { data: Float32Array, dims: number[] }`;
  }
  if (!isFloat32Array(data)) return `got data ${describeValue(data)}, expected data to be a Float32Array`;
  return `got dims ${describeValue(dims)}, expected dims to be an array of numbers`;
}
