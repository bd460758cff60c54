import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import { describeValue, type StateDict } from '../../tensor.js';
import { Hdf5File, isHdf5 } from '../keras/files/hdf5.js';

/** Links may lead back to a group above: no file of weights nests deeper, or has more arrays. */
const DEEPEST = 32;
const MOST_NAMES = 65_536;

/**
 * Reads every array of an HDF5 file as a float32 tensor, under its path: `layers/lstm/cell/vars/0` of what Keras 3's
 * `save_weights` writes, `lstm/lstm/lstm_cell/kernel:0` of Keras 2's. Matrices are as the file has them: Keras' kernels are the
 * transposes of PyTorch's weights, their gates in Keras' order (LSTM i f c o, GRU z r h).
 *
 * @param bytes the file; not kept
 * @throws {TypeError} if `bytes` is neither a Uint8Array nor an ArrayBuffer
 * @throws {RangeError | HiddenstateError} if the file is damaged, or an array is stored in a way that Keras does not write
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { readHdf5 } from 'hiddenstate/arrays';
 *
 * const arrays = readHdf5(await readFile('model.weights.h5'));
 * for (const [name, { dims }] of Object.entries(arrays)) console.log(name, dims);
 * ```
 */
export function readHdf5(bytes: Uint8Array | ArrayBuffer): StateDict {
  const who = 'readHdf5';
  const tag = Object.prototype.toString.call(bytes);
  if (tag !== '[object Uint8Array]' && tag !== '[object ArrayBuffer]') {
    throw typeError(`${who}: got ${describeValue(bytes)}, expected the file as a Uint8Array or an ArrayBuffer`);
  }
  const data = tag === '[object Uint8Array]' ? (bytes as Uint8Array) : new Uint8Array(bytes as ArrayBuffer);
  if (!isHdf5(data)) {
    throw new HiddenstateError('FILE', `${who}: got ${data.length} bytes that begin otherwise, expected an HDF5 file`);
  }
  const file = new Hdf5File(data, who);
  const dict: StateDict = Object.create(null);
  let seen = 0;
  const visit = (path: string, depth: number): void => {
    if (depth > DEEPEST || ++seen > MOST_NAMES) {
      throw rangeError(
        `${who}: got groups ${depth} deep and ${seen} names, expected at most ${DEEPEST} and ${MOST_NAMES}`,
      );
    }
    if (file.holdsArray(path)) dict[path] = file.tensor(path);
    else for (const name of file.names(path)) visit(path === '' ? name : `${path}/${name}`, depth + 1);
  };
  visit('', 0);
  return dict;
}
