import { isOwnError } from '../errors.js';
import type { FileFormat, OpenedModel } from '../formats/files/index.js';
import { layersOfDict } from '../formats/files/layers-of-dict.js';
import { WEIGHTS_READERS } from '../formats/files/readers.js';
import { type Engine, loadModel, readSafetensors, ready, type Sequential, type StateDict } from '../index.js';
import { CliError } from './cli-error.js';
import { readInputFile } from './input-file.js';
import type { Option } from './syntax.js';

/** What the help calls a model file. */
export const ANY_MODEL = 'model file of any format that "hiddenstate inspect" shows';

/** For the commands that make layers of a file of weights. */
export const LAYERS: Option = {
  name: 'layers',
  value: 'A,B',
  help: 'of a file of weights: the layers in order, by the prefixes that inspect shows',
};

/** The layers that `--layers` names. */
export function layersOption(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new CliError(`--layers: got ${JSON.stringify(text)}, expected prefixes with commas: rec,head`);
}

/** A model file, recognised by its content. */
export interface ModelFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly format: FileFormat;
}

/**
 * Reads a model file and says what it is.
 *
 * @throws {CliError} if it cannot be read, or is of a format that is not: the message says which, and what to do
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const bytes = readInputFile(path);
  const { identify } = await import('../formats/files/index.js');
  const { format, problems } = identify(bytes);
  if (problems.length > 0) throw new CliError(`${path}: got ${problems[0]}`);
  return { path, bytes, format };
}

/** Whether a format is one of weights without an order of layers; a safetensors file may be. */
export function isDict(format: FileFormat): boolean {
  return WEIGHTS_READERS[format] !== undefined;
}

/**
 * The tensors of a file of weights.
 *
 * @throws {CliError} if it is damaged
 */
export async function readDict({ path, bytes, format }: ModelFile): Promise<StateDict> {
  const reader = WEIGHTS_READERS[format];
  if (!reader) throw new CliError(`${path}: got a model of ${format}, expected a file of weights`);
  return attempt(path, () => reader.read(bytes));
}

/**
 * Opens a model file of any format to run it.
 *
 * @param layers of a file of weights, in order
 * @throws {CliError} that says why it does not run
 */
export async function openModelFile(
  file: ModelFile,
  layers: readonly string[] | undefined,
  engine?: Engine,
): Promise<OpenedModel> {
  const { path, bytes, format } = file;
  if (layers && !isDict(format) && format !== 'safetensors') {
    throw new CliError(`--layers: ${path} says itself how its layers follow each other (${format}); leave it out`);
  }
  const { openModel } = await import('../formats/files/index.js');
  // Shards and external data lie beside the file.
  return attempt(path, () => openModel(bytes, { place: path, ...(engine && { engine }), ...(layers && { layers }) }));
}

/** What makes an int8 model of the formats that keep their own graph. */
const OWN_WAYS: Readonly<Partial<Record<FileFormat, string>>> = {
  onnx: 'quantize it with quantize_dynamic of onnxruntime.quantization, whose files hiddenstate runs',
  keras: 'quantize it with model.quantize("int8") of Keras 3, whose files hiddenstate runs',
  'tfjs-layers': 'convert it with tensorflowjs_converter --quantize_uint8, whose files hiddenstate runs',
};

/**
 * Reads a file as layers one after the other.
 *
 * @throws {CliError} if it is something else: the message says the way out
 */
export async function openSequential(file: ModelFile, layers: readonly string[] | undefined): Promise<Sequential> {
  const { path, bytes, format } = file;
  const way = OWN_WAYS[format];
  if (way) throw new CliError(`${path}: got a model of ${format}, which is no chain of layers; ${way}`);
  return attempt(path, async () => {
    if (isDict(format)) return layersOfDict(await readDict(file), layers, await ready(), 'openModel');
    if (format === 'safetensors') return sequentialOf(bytes, layers);
    const { loadAmplifier } = await import('../formats/amplifier/index.js');
    const { model, state, skip } = loadAmplifier(bytes);
    if (!skip && state.every((part) => part === undefined)) return model;
    model.dispose();
    throw new CliError(
      `${path}: got an amplifier ${skip ? 'that adds its input to its output' : 'with a trained state'}, which a file of ` +
        'Sequential.save cannot hold; quantize(loadAmplifier(bytes).model) in code keeps it beside',
    );
  });
}

/** The model in a file of `Sequential.save`; undefined for any other file. */
export function savedModel({ path, bytes, format }: ModelFile): Sequential | undefined {
  if (format !== 'safetensors') return undefined;
  try {
    return Object.hasOwn(readSafetensors(bytes, { int8: true }).metadata, 'hiddenstate') ? loadModel(bytes) : undefined;
  } catch (error) {
    throw inWords(error, path);
  }
}

async function sequentialOf(bytes: Uint8Array, layers: readonly string[] | undefined): Promise<Sequential> {
  if (layers === undefined && Object.hasOwn(readSafetensors(bytes, { int8: true }).metadata, 'hiddenstate')) {
    return loadModel(bytes);
  }
  return layersOfDict(readSafetensors(bytes).tensors, layers, await ready(), 'openModel');
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inWords(error, path);
  }
}

/** An error of a reader in the words of the command line. */
function inWords(error: unknown, path: string): unknown {
  if (!isOwnError(error)) return error;
  const reason = error.message
    .replace(/^(openModel|loadModel|loadKeras|loadOnnx|loadAmplifier|read[A-Z]\w+): /, '')
    .replace('expected { layers: [names in order] }', 'expected --layers with their names in order');
  return new CliError(`${path}: ${reason}`);
}
