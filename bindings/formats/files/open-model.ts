import { describeValue } from '../../describe-value.js';
import { typeError } from '../../errors.js';
import { assertOptions } from '../../options.js';
import { isPlace } from '../is-place.js';
import type { FileFormat } from './formats.js';
import { asBytes, identify } from './identify.js';
import type { Model, OpenModelOptions } from './opened-model.js';

/** A model of any format, with one face. Owns wasm memory to `dispose()`. */
export interface OpenedModel extends Model {
  readonly format: FileFormat;
}

/**
 * Opens a model of any format that is read here: ONNX, Keras, TensorFlow.js, the files of `Sequential.save`, amplifiers, and
 * files of weights with `layers` (PyTorch, safetensors, NumPy, HDF5). What the file is, its content says. Only the reader of
 * that format is loaded.
 *
 * @param source the bytes of the file, which stay in use and must not change until `dispose()`; or where it is: a URL, in Node
 *   also a path
 * @throws {TypeError} if the source or an option is of the wrong kind
 * @throws {HiddenstateError | RangeError} if the file is none that is read (the message says what it is, and what to do), or its
 *   reader refuses it
 *
 * @example
 * ```ts
 * import { openModel } from 'hiddenstate/files';
 *
 * const model = await openModel('checkpoint.pt', { layers: ['rec', 'head'] });
 * const { output } = model.run({ input: { data: new Float32Array(20 * 3), dims: [20, 3] } });
 * console.log(output.dims); // [ 20, 2 ]
 * model.dispose();
 * ```
 */
export async function openModel(
  source: Uint8Array | ArrayBuffer | string | URL,
  options: OpenModelOptions = {},
): Promise<OpenedModel> {
  const who = 'openModel';
  assertOptions(options, ['engine', 'layers', 'maxBytes', 'place'], who);
  const { place = isPlace(source) ? source : undefined, ...rest } = options;
  if (place !== undefined && !isPlace(place)) {
    throw typeError(`${who}: place: got ${describeValue(place)}, expected a URL or a path`);
  }
  const bytes = isPlace(source)
    ? await (await import('../fetch-file.js')).fetchFile(source, who, options.maxBytes)
    : asBytes(source, who);
  const { format, problems } = identify(bytes);
  const { openAs, unread } = await import('./readers.js');
  if (problems.length > 0) {
    const name = isPlace(source) ? ` ${String(source).slice(-120)}:` : '';
    throw unread(`${who}:${name} got ${problems[0]}`);
  }
  return Object.assign(await openAs({ format, bytes, place, options: rest }), { format });
}
