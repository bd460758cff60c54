import { HiddenstateError, typeError } from '../../errors.js';
import { assertOptions } from '../../options.js';
import { describeValue, type StateDict } from '../../tensor.js';
import { isZip, openArchive } from '../archive/archive.js';
import { isNpy, readNpyArray } from './npy.js';
import { Budget, toFloat32 } from './strided.js';

/** Options of `readNumpy`. */
export interface ReadNumpyOptions {
  /** Bytes that reading may take beside the file's own. Default: 16 times the file, at least 64 MiB. */
  maxBytes?: number;
}

const MIB = 2 ** 20;

/**
 * Reads the arrays of a file of NumPy as float32 tensors: `.npz` under their names, `.npy` under `value`. float32 arrays that lie
 * on a multiple of four bytes are views of `bytes`; other numbers are rounded to the nearest float32.
 *
 * @param bytes the file
 * @throws {TypeError} if `bytes` is neither a Uint8Array nor an ArrayBuffer
 * @throws {RangeError} if an array is not as long as its shape says, or reading takes more than `maxBytes`
 * @throws {HiddenstateError} if the file is damaged, or holds Python objects
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { LSTM } from 'hiddenstate';
 * import { readNumpy } from 'hiddenstate/arrays';
 *
 * // numpy.savez('weights.npz', **model.state_dict())
 * const lstm = LSTM.fromStateDict(readNumpy(await readFile('weights.npz')), { prefix: 'rec.' });
 * console.log(lstm.hiddenSize); // 4
 * ```
 */
export function readNumpy(bytes: Uint8Array | ArrayBuffer, options: ReadNumpyOptions = {}): StateDict {
  const who = 'readNumpy';
  assertOptions(options, ['maxBytes'], who);
  const tag = Object.prototype.toString.call(bytes);
  if (tag !== '[object Uint8Array]' && tag !== '[object ArrayBuffer]') {
    throw typeError(`${who}: got ${describeValue(bytes)}, expected the file as a Uint8Array or an ArrayBuffer`);
  }
  const file = tag === '[object Uint8Array]' ? (bytes as Uint8Array) : new Uint8Array(bytes as ArrayBuffer);
  const { maxBytes = Math.max(64 * MIB, 16 * file.length) } = options;
  if (!(maxBytes >= 0)) throw typeError(`${who}: got maxBytes ${describeValue(maxBytes)}, expected a number of bytes`);
  const budget = new Budget(maxBytes, who);
  const dict: StateDict = Object.create(null);
  if (isNpy(file)) {
    dict.value = toFloat32(readNpyArray(file, budget, who), budget, 'value');
    return dict;
  }
  if (!isZip(file)) {
    throw new HiddenstateError(
      'FILE',
      `${who}: got ${file.length} bytes that begin otherwise, expected a .npz or .npy file`,
    );
  }
  const archive = openArchive(file, who, maxBytes);
  for (const entry of archive.names) {
    const name = entry.replace(/\.npy$/, '');
    const bytesOfEntry = archive.read(entry);
    dict[name] = toFloat32(readNpyArray(bytesOfEntry, budget, `${who}: ${describeValue(entry)}`), budget, name);
  }
  return dict;
}
