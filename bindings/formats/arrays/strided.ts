import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue, formatDims, type Tensor } from '../../tensor.js';
import { DTYPES, type ElementData, type ElementType } from './dtypes.js';

/** An array as a file holds it. */
export interface TypedTensor {
  readonly dtype: ElementType;
  /** Row-major, whatever the strides in the file; float16 and bfloat16 widened to float32. */
  readonly data: ElementData;
  readonly dims: readonly number[];
}

/** A run of elements that tensors are views of. Its bytes may be found later than the tensors: the older format has them last. */
export class Storage {
  /** The elements' bytes, little-endian. */
  bytes: Uint8Array | undefined;

  constructor(
    readonly key: string,
    /** undefined for a storage without a type of its own: each tensor says how it reads the bytes. */
    readonly dtype: ElementType | undefined,
  ) {}
}

/** A tensor whose elements have not been read: a view of a storage. */
export class TensorView {
  constructor(
    readonly storage: Storage,
    readonly dtype: ElementType,
    /** In elements, as the strides are. */
    readonly offset: number,
    readonly dims: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** What may be made of a file in all: counts down, so that many small claims are bounded like one large one. */
export class Budget {
  private left: number;

  constructor(
    private readonly maxBytes: number,
    private readonly who: string,
  ) {
    this.left = maxBytes;
  }

  /** @throws {RangeError} if more is made than the file may cost */
  spend(bytes: number, what: string): void {
    this.left -= bytes;
    if (this.left >= 0) return;
    throw rangeError(
      `${this.who}: ${what}: got a file that takes more than ${this.maxBytes} bytes to read, expected fewer; ` +
        'give maxBytes if it is to be trusted',
    );
  }
}

/**
 * Arguments of `torch._utils._rebuild_tensor_v2`, checked.
 *
 * @throws {HiddenstateError} if they are not those of a tensor
 */
export function viewOf(args: readonly unknown[], dtype: unknown, who: string): TensorView {
  const [storage, offset, dims, strides] = args;
  if (!(storage instanceof Storage)) throw notATensor(who, `storage ${describeValue(storage)}`);
  if (!isCount(offset)) throw notATensor(who, `offset ${describeValue(offset)}`);
  if (!Array.isArray(dims) || !dims.every(isCount)) throw notATensor(who, `dims ${describeValue(dims)}`);
  if (!Array.isArray(strides) || !strides.every(isCount) || strides.length !== dims.length) {
    throw notATensor(who, `strides ${describeValue(strides)} for dims ${formatDims(dims)}`);
  }
  const type = (dtype as ElementType | undefined) ?? storage.dtype;
  if (type === undefined) throw notATensor(who, 'a storage without a dtype');
  return new TensorView(storage, type, offset, dims, strides);
}

/**
 * Reads the elements of a view. Contiguous ones of four or eight bytes stay a view of the file.
 *
 * @throws {RangeError} if they reach beyond the storage
 */
export function readTensor(view: TensorView, budget: Budget, who: string): TypedTensor {
  const { storage, dtype, offset, dims, strides } = view;
  const { size, read } = DTYPES[dtype];
  const { bytes } = storage;
  const name = `storage ${describeValue(storage.key)}`;
  if (!bytes) throw new HiddenstateError('FILE', `${who}: ${name}: got a tensor in it but no data for it`);
  const count = dims.reduce((product, extent) => product * extent, 1);
  const last = dims.reduce((sum, extent, axis) => sum + Math.max(0, extent - 1) * strides[axis], offset);
  if (count > 0 && (last + 1) * size > bytes.length) {
    throw rangeError(
      `${who}: ${name}: got a tensor of dims ${formatDims(dims)} that ends at element ${last + 1}, ` +
        `expected at most ${Math.floor(bytes.length / size)}`,
    );
  }
  if (count === 0) return { dtype, data: read(new Uint8Array(0)), dims: [...dims] };
  const isContiguous = contiguous(dims, strides);
  const isView = isContiguous && dtype !== 'float16' && dtype !== 'bfloat16';
  budget.spend(isView ? 64 : count * Math.max(size, 4), name);
  const start = offset * size;
  if (isContiguous) return { dtype, data: read(bytes.subarray(start, start + count * size)), dims: [...dims] };
  return { dtype, data: read(gather(bytes, view, size, count)), dims: [...dims] };
}

/** Copies the elements of a strided view one after the other, last dimension fastest. */
function gather(bytes: Uint8Array, { offset, dims, strides }: TensorView, size: number, count: number): Uint8Array {
  const out = new Uint8Array(count * size);
  const index = dims.map(() => 0);
  let from = offset * size;
  for (let to = 0; to < out.length; to += size) {
    for (let byte = 0; byte < size; byte++) out[to + byte] = bytes[from + byte];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += strides[axis] * size;
      if (++index[axis] < dims[axis]) break;
      from -= index[axis] * strides[axis] * size;
      index[axis] = 0;
    }
  }
  return out;
}

function contiguous(dims: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= dims[axis];
  }
  return true;
}

/** The tensor of a state dict: float32, other numbers rounded to the nearest one. Float32 data are not copied. */
export function toFloat32({ data, dims }: TypedTensor, budget: Budget, name: string): Tensor {
  if (data instanceof Float32Array) return { data, dims };
  budget.spend(data.length * 4, name);
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
  return { data: out, dims };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function notATensor(who: string, what: string): HiddenstateError {
  return new HiddenstateError(
    'FILE',
    `${who}: got a tensor of ${what}, expected a storage, an offset, dims and strides`,
  );
}
