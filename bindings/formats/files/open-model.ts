import { HiddenstateError, typeError } from '../../errors.js';
import { assertOptions } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { fetchFile, isPlace } from '../fetch-file.js';
import type { FileFormat } from './formats.js';
import { asBytes, identify } from './identify.js';
import type { OpenedModel, OpenModelOptions, Source } from './opened-model.js';

/** How each format is opened. Its reader is loaded when the first file of it is. */
const OPENERS: Readonly<Partial<Record<FileFormat, (source: Source) => Promise<OpenedModel>>>> = {
  onnx: openOnnx,
  keras: openKeras,
  'tfjs-layers': openKeras,
  safetensors: async (source) => (await import('./open-layers.js')).openSafetensors(source),
  torch: async (source) => (await import('./open-torch.js')).openTorch(source),
  torchscript: async (source) => (await import('./open-torch.js')).openTorch(source),
  npz: async (source) => (await import('./open-arrays.js')).openArrays(source),
  npy: async (source) => (await import('./open-arrays.js')).openArrays(source),
  hdf5: async (source) => (await import('./open-arrays.js')).openArrays(source),
  nam: async (source) => (await import('./open-amplifier.js')).openAmplifier(source),
  guitarml: async (source) => (await import('./open-amplifier.js')).openAmplifier(source),
  rtneural: async (source) => (await import('./open-amplifier.js')).openAmplifier(source),
};

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
  const bytes = isPlace(source) ? await fetchFile(source, who, options.maxBytes) : asBytes(source, who);
  const { format, problems } = identify(bytes);
  const open = OPENERS[format];
  if (open) return open({ format, bytes, place, options: rest });
  const name = isPlace(source) ? ` ${String(source).slice(-120)}:` : '';
  throw new HiddenstateError('FILE', `${who}:${name} got ${problems[0]}`);
}

/** Weights may lie in files beside the model. */
async function openOnnx({ bytes, place, options }: Source): Promise<OpenedModel> {
  const { loadOnnx } = await import('../onnx/index.js');
  const { layers: _, ...rest } = options;
  return Object.assign(await loadOnnx(bytes, { ...rest, ...(place && { place }) }), {
    format: 'onnx' as const,
  }) as unknown as OpenedModel;
}

/** The shards of a TensorFlow.js model lie beside it: they are found from where it is. */
async function openKeras({ format, bytes, place, options }: Source): Promise<OpenedModel> {
  const { loadKeras } = await import('../keras/index.js');
  const { layers: _, ...rest } = options;
  if (format === 'tfjs-layers' && place === undefined) {
    throw new HiddenstateError(
      'FILE',
      'openModel: got the bytes of a model.json, whose weights are in other files, expected its URL or path, or the option place; ' +
        'or give loadKeras of hiddenstate/keras { model, shards }',
    );
  }
  const model = await loadKeras(format === 'tfjs-layers' && place !== undefined ? place : bytes, rest);
  return Object.assign(model, { format }) as unknown as OpenedModel;
}
