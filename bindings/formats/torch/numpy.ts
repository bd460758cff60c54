import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';
import { DTYPES, type ElementType } from '../arrays/dtypes.js';
import { NUMPY_CODES, stridesOf } from '../arrays/numpy-codes.js';
import { type Budget, readTensor, Storage, TensorView, type TypedTensor } from '../arrays/strided.js';
import type { Buildable } from './pickle/values.js';

/** `numpy.dtype('f8')`; its byte order comes when it is built. */
export class NumpyDtype implements Buildable {
  private order = '<';

  constructor(
    private readonly code: unknown,
    private readonly who: string,
  ) {}

  build(state: unknown): void {
    if (Array.isArray(state) && typeof state[1] === 'string') this.order = state[1];
  }

  /** @throws {HiddenstateError} if there is no such element type here */
  get dtype(): ElementType {
    const { code, order, who } = this;
    if (typeof code === 'string' && Object.hasOwn(NUMPY_CODES, code) && order !== '>') return NUMPY_CODES[code];
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${who}: got a NumPy array of ${describeValue(code)}${order === '>' ? ', big-endian' : ''}, ` +
        `expected one of ${Object.keys(NUMPY_CODES).join(', ')}, little-endian`,
    );
  }
}

/** `numpy.ndarray`, whose shape and data come when it is built. */
export class NumpyArray implements Buildable {
  private view: TensorView | undefined;

  constructor(
    private readonly who: string,
    private readonly budget: Budget,
  ) {}

  build(state: unknown): void {
    const [, dims, dtype, isFortran, bytes] = Array.isArray(state) ? state : [];
    const fits = Array.isArray(dims) && dims.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
    if (!fits || !(dtype instanceof NumpyDtype) || !(bytes instanceof Uint8Array)) {
      throw new HiddenstateError('FILE', `${this.who}: got a NumPy array that is not made of dims, dtype and bytes`);
    }
    const size = dims.reduce((product: number, extent: number) => product * extent, DTYPES[dtype.dtype].size);
    if (size !== bytes.length) {
      throw rangeError(
        `${this.who}: got a NumPy array of dims ${formatDims(dims)} in ${bytes.length} bytes, expected ${size}`,
      );
    }
    const storage = new Storage('numpy', dtype.dtype);
    storage.bytes = bytes;
    this.view = new TensorView(storage, dtype.dtype, 0, dims, stridesOf(dims, isFortran === true));
  }

  /** The array as a tensor. */
  read(): TypedTensor {
    if (!this.view) throw new HiddenstateError('FILE', `${this.who}: got a NumPy array without its data`);
    return readTensor(this.view, this.budget, this.who);
  }
}

/** `numpy.float64(0.5)` and its kin: a plain number. */
export function numpyScalar([dtype, bytes]: readonly unknown[], who: string): unknown {
  if (!(dtype instanceof NumpyDtype) || !(bytes instanceof Uint8Array)) {
    throw new HiddenstateError('FILE', `${who}: got a NumPy number that is not made of a dtype and bytes`);
  }
  const { size, read } = DTYPES[dtype.dtype];
  if (bytes.length !== size) throw rangeError(`${who}: got a NumPy number of ${bytes.length} bytes, expected ${size}`);
  const [value] = read(bytes);
  return dtype.dtype === 'bool' ? value === 1 : value;
}
