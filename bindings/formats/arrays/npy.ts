import { HiddenstateError, rangeError } from '../../errors.js';
import { describeValue, formatDims } from '../../tensor.js';
import { TextDecoder } from '../text-decoder.js';
import { DTYPES, type ElementType } from './dtypes.js';
import { NUMPY_CODES, stridesOf } from './numpy-codes.js';
import { type Budget, readTensor, Storage, TensorView, type TypedTensor } from './strided.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy itself refuses longer headers unless it is told to trust them. */
const MAX_HEADER = 65_536;

/** Whether bytes begin as a `.npy` file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/**
 * Reads one array of NumPy's `.npy`, versions 1 to 3.
 *
 * Source: numpy/lib/format.py.
 *
 * @throws {RangeError} if its data are not as long as its shape says
 * @throws {HiddenstateError} if it is damaged, big-endian, or holds something else than numbers
 */
export function readNpyArray(bytes: Uint8Array, budget: Budget, who: string): TypedTensor {
  if (!isNpy(bytes) || bytes.length < 12) throw damaged(who, `${bytes.length} bytes that begin otherwise`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLong = bytes[6] >= 2;
  if (bytes[6] < 1 || bytes[6] > 3) throw damaged(who, `version ${bytes[6]}.${bytes[7]}`);
  const start = isLong ? 12 : 10;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  if (length > Math.min(MAX_HEADER, bytes.length - start)) throw damaged(who, `a header of ${length} bytes`);
  const { dtype, dims, isFortran } = parseHeader(new TextDecoder().decode(bytes.subarray(start, start + length)), who);
  const data = bytes.subarray(start + length);
  const size = dims.reduce((product, extent) => product * extent, DTYPES[dtype].size);
  if (data.length !== size) {
    throw rangeError(`${who}: got ${data.length} bytes for dims ${formatDims(dims)} of ${dtype}, expected ${size}`);
  }
  const storage = new Storage('data', dtype);
  storage.bytes = data;
  return readTensor(new TensorView(storage, dtype, 0, dims, stridesOf(dims, isFortran)), budget, who);
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`: a literal of Python, of which NumPy writes this form alone. */
const HEADER =
  /^\{\s*'descr':\s*'([^']*)',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(((?:\s*\d{1,16}L?\s*,)*(?:\s*\d{1,16}L?)?)\s*\),?\s*\}\s*$/;

function parseHeader(text: string, who: string): { dtype: ElementType; dims: number[]; isFortran: boolean } {
  const match = HEADER.exec(text);
  if (!match) throw damaged(who, `a header ${describeValue(text)}`);
  const [, descr, order, shape] = match;
  const code = /^[<|=](.*)$/.exec(descr)?.[1] ?? descr;
  if (!Object.hasOwn(NUMPY_CODES, code)) {
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${who}: got an array of ${describeValue(descr)}, expected little-endian numbers: ` +
        `${Object.keys(NUMPY_CODES).join(', ')}; save it with array.astype("<f4")`,
    );
  }
  const dims = shape
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => Number.parseInt(part, 10));
  return { dtype: NUMPY_CODES[code], dims, isFortran: order === 'True' };
}

function damaged(who: string, what: string): HiddenstateError {
  return new HiddenstateError('FILE', `${who}: got ${what}, expected a .npy file of NumPy`);
}
