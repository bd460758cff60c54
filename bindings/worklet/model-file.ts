import { HiddenstateError, typeError } from '../errors.js';
import { fetchFile } from '../formats/fetch-file.js';
import type { FileFormat } from '../formats/files/formats.js';
import { identify } from '../formats/files/identify.js';
import { WEIGHTS_READERS } from '../formats/files/readers.js';
import { isPlace } from '../formats/is-place.js';
import { describeValue, type StateDict } from '../tensor.js';
import type { ModelBytes } from './messages.js';

/** The file of a model: its bytes, or where it is. */
export type ModelFile = Uint8Array | ArrayBuffer | string | URL;

/** The reader of a file of weights, loaded for the files that need it. */
function weightsReader(format: FileFormat): ((bytes: Uint8Array) => Promise<StateDict>) | undefined {
  if (format === 'safetensors') return async (bytes) => (await import('../index.js')).readSafetensors(bytes).tensors;
  return WEIGHTS_READERS[format]?.read;
}

/** What a processor reads itself. */
const READ_THERE: readonly FileFormat[] = ['onnx', 'nam', 'guitarml', 'rtneural'];

/**
 * Gets a model and brings it to what a processor reads: weights become layers here, in the page.
 *
 * @param layers of a file of weights: the layers to make, in order
 * @throws {TypeError} if the model is of the wrong kind
 * @throws {HiddenstateError} if the file cannot be fetched, or is none that runs in a worklet
 */
export async function readModelFile(
  model: ModelFile,
  layers: readonly string[] | undefined,
  who: string,
): Promise<ModelBytes> {
  const bytes = new Uint8Array(await bytesOf(model, who));
  const { format, problems } = identify(bytes);
  if (READ_THERE.includes(format)) return { bytes, format };
  const isSaved = format === 'safetensors' && layers === undefined && (await isOfSequential(bytes));
  if (isSaved) return { bytes, format };
  const read = weightsReader(format);
  if (read) {
    const { saveLayers } = await import('./save-layers.js');
    return { bytes: saveLayers(await read(bytes), layers, who), format: 'safetensors' };
  }
  throw new HiddenstateError(
    'FILE',
    `${who}: got ${problems[0] ?? `a file of format ${format}, which does not run in a worklet`}; expected ONNX, the file of ` +
      'Sequential.save, weights with { layers }, or an amplifier',
  );
}

async function isOfSequential(bytes: Uint8Array): Promise<boolean> {
  const { readSafetensorsHeader } = await import('../index.js');
  return Object.hasOwn(readSafetensorsHeader(bytes).metadata, 'hiddenstate');
}

/**
 * The bytes of a file.
 *
 * @throws {TypeError} if it is of the wrong kind
 * @throws {HiddenstateError} if it cannot be fetched
 */
export async function bytesOf(model: unknown, who: string): Promise<Uint8Array | ArrayBuffer> {
  if (isPlace(model)) return fetchFile(model, who);
  const tag = Object.prototype.toString.call(model);
  if (tag === '[object Uint8Array]' || tag === '[object ArrayBuffer]') return model as Uint8Array | ArrayBuffer;
  throw typeError(`${who}: got ${describeValue(model)}, expected the file's bytes or its URL`);
}
