import { HiddenstateError, typeError } from '../../errors.js';
import { assertOptions } from '../../options.js';
import { describeValue, type StateDict } from '../../tensor.js';
import { isZip, openArchive } from '../archive/archive.js';
import { Budget, Storage } from '../arrays/strided.js';
import { allowedName, type Context } from './allowed-names.js';
import { plainValue, tensorsIn } from './finish.js';
import { isLegacy, readLegacy } from './legacy-file.js';
import { Cursor } from './pickle/cursor.js';
import { interpretPickle } from './pickle/machine.js';
import { holdsPickle, isTorchScript, readZip } from './zip-file.js';

/** Options of `readTorch`. */
export interface TorchOptions {
  /**
   * Bytes that reading may take beside the file's own, for elements that are widened, copied out of strided views or
   * expanded. Default: 16 times the file, at least 64 MiB.
   */
  maxBytes?: number;
  /**
   * Full names of further classes, `'mypackage.Config'`, whose objects are kept as records `{ class, args, state }`. Nothing
   * of them is run. Any other unknown name in the pickle is an error that says the name.
   */
  safeGlobals?: readonly string[];
}

/** What a file of PyTorch holds. */
export interface TorchFile {
  /**
   * Every tensor in it, as float32, under the path to it: `rec.weight_ih_l0` of a state dict, `model.rec.weight_ih_l0` of a
   * checkpoint whose state dict lies under `model`. Layers load them with `prefix`. No prototype.
   */
  tensors: StateDict;
  /**
   * The whole value that was saved: dicts as objects without a prototype (Maps where a key is no text), lists and tuples as
   * arrays, tensors as `TypedTensor` with the element type of the file.
   */
  value: unknown;
}

/** A pickle that holds the bytes of another file of PyTorch, which may do the same. */
const DEEPEST = 4;
const MIB = 2 ** 20;

/**
 * Reads a file that `torch.save` wrote, `.pt`, `.pth`, `.ckpt`, `.pth.tar` or without an ending: a state dict, a whole
 * checkpoint, a single tensor; with or without zip; also the tensors of a TorchScript archive, and a state dict that
 * Python's `pickle` wrote. The pickle in it is interpreted by a list of allowed names: nothing of the file is ever run.
 *
 * Ownership: contiguous float32 tensors are views of `bytes`, where these lie on a multiple of four bytes (in files of
 * PyTorch they do). So do not write to `bytes` while the tensors are in use; layers copy what they load.
 *
 * @param bytes the file
 * @throws {TypeError} if `bytes` is neither a Uint8Array nor an ArrayBuffer
 * @throws {RangeError} if a tensor reaches beyond its storage, or reading takes more than `maxBytes`
 * @throws {HiddenstateError} if the file is damaged, is no file of PyTorch, or names something that is not allowed
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { LSTM } from 'hiddenstate';
 * import { readTorch } from 'hiddenstate/torch';
 *
 * const { tensors } = readTorch(await readFile('checkpoint.pt')); // torch.save(model.state_dict(), 'checkpoint.pt')
 * const lstm = LSTM.fromStateDict(tensors, { prefix: 'rec.' });
 * console.log(lstm.hiddenSize); // 4
 * ```
 */
export function readTorch(bytes: Uint8Array | ArrayBuffer, options: TorchOptions = {}): TorchFile {
  const who = 'readTorch';
  assertOptions(options, ['maxBytes', 'safeGlobals'], who);
  const file = asBytes(bytes, who);
  const { maxBytes = Math.max(64 * MIB, 16 * file.length), safeGlobals = [] } = options;
  if (!(maxBytes >= 0)) throw typeError(`${who}: got maxBytes ${describeValue(maxBytes)}, expected a number of bytes`);
  if (!Array.isArray(safeGlobals) || safeGlobals.some((name) => typeof name !== 'string')) {
    throw typeError(`${who}: got safeGlobals ${describeValue(safeGlobals)}, expected an array of names`);
  }
  const budget = new Budget(maxBytes, who);
  const value = plainValue(readValue(file, { who, budget, safeGlobals: new Set(safeGlobals) }, 0), budget, who);
  return { tensors: tensorsIn(value, budget, who), value };
}

type Limits = Pick<Context, 'who' | 'budget' | 'safeGlobals'>;

function readValue(bytes: Uint8Array, limits: Limits, depth: number): unknown {
  const { who } = limits;
  const storageFromBytes = (inner: Uint8Array) => {
    if (depth >= DEEPEST)
      throw new HiddenstateError('FILE', `${who}: got files within files, expected at most ${DEEPEST}`);
    limits.budget.spend(inner.length, 'a storage within the pickle');
    const storage = readValue(inner, limits, depth + 1);
    if (storage instanceof Storage) return storage;
    throw new HiddenstateError('FILE', `${who}: got ${describeValue(storage)} within the pickle, expected a storage`);
  };
  if (isZip(bytes)) {
    const entries = openArchive(bytes, who);
    if (!holdsPickle(entries)) {
      throw new HiddenstateError('FILE', `${who}: got a zip archive without data.pkl, expected one of torch.save`);
    }
    return readZip(entries, { ...limits, isTorchScript: isTorchScript(entries), storageFromBytes });
  }
  const context = { ...limits, isTorchScript: false, storageFromBytes };
  if (isLegacy(bytes)) return readLegacy(bytes, context);
  if (bytes[0] !== 0x80 || bytes[1] > 5) {
    throw new HiddenstateError(
      'FILE',
      `${who}: got bytes that begin with ${firstBytes(bytes)}, expected a file of torch.save: a zip archive or a pickle`,
    );
  }
  const cursor = new Cursor(bytes, 0, who);
  return interpretPickle(cursor, {
    global: (module, name) => allowedName(context, module, name),
    persistent: (id) => {
      throw cursor.damaged(`a storage ${describeValue(id)} outside the file`);
    },
  });
}

function firstBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'nothing';
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function asBytes(bytes: unknown, who: string): Uint8Array {
  if (ArrayBuffer.isView(bytes) && Object.prototype.toString.call(bytes) === '[object Uint8Array]')
    return bytes as Uint8Array;
  if (Object.prototype.toString.call(bytes) === '[object ArrayBuffer]') return new Uint8Array(bytes as ArrayBuffer);
  throw typeError(`${who}: got ${describeValue(bytes)}, expected the file as a Uint8Array or an ArrayBuffer`);
}
