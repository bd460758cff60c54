import { elements, type RecognisedLayer, recogniseLayers, scalesAmong } from '../../formats/files/recognise-layers.js';
import type { SafetensorsEntry } from '../../index.js';
import { oneLine } from '../cli-error.js';
import { type HeaderFile, readHeaderFile } from '../input-file.js';
import { counted, cut, formatBytes, formatCount } from '../terminal/format.js';
import { type Inspection, left, right, section, shownDims, shownName } from './layout.js';
import { type DescribedModule, describedModules, describeSizes } from './modules.js';

/** Characters of a value of the metadata, and of a module's sizes, that are shown. */
const LONGEST_VALUE = 60;
const LONGEST_SIZES = 120;

/**
 * Metadata, layers and tensors of a safetensors file. Reads the header only, however large the file.
 *
 * @throws {CliError} if it cannot be read or is no such file
 */
export function inspectSafetensors(path: string): Inspection {
  const content = contentOf(path, readHeaderFile(path));
  return { content, lines: linesOf(content) };
}

interface Content {
  readonly file: string;
  readonly bytes: number;
  readonly parameters: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** The modules of a saved model, in order; absent for any other file. */
  readonly modules?: readonly DescribedModule[];
  readonly layers: readonly RecognisedLayer[];
  readonly tensors: readonly SafetensorsEntry[];
}

function contentOf(path: string, { header, fileBytes }: HeaderFile): Content {
  const { tensors, metadata } = header;
  const modules = describedModules(header);
  const isScale = scalesAmong(tensors);
  return {
    file: path,
    bytes: fileBytes,
    parameters: tensors.reduce((sum, { name, shape }) => sum + (isScale(name) ? 0 : elements(shape)), 0),
    metadata,
    modules,
    layers: recogniseLayers(tensors).map((layer) => withDescription(layer, modules)),
    tensors,
  };
}

/** Whether a matrix is an Embedding or a Linear is not in its shape, but in the description of a saved model. */
function withDescription(layer: RecognisedLayer, modules: readonly DescribedModule[] = []): RecognisedLayer {
  const module = modules.find(({ index }) => layer.prefix === `${index}.`);
  if (layer.type !== 'Matrix' || !module) return layer;
  const { rows, columns, ...rest } = layer.sizes;
  if (module.type === 'Embedding') {
    return { ...layer, type: 'Embedding', sizes: { numEmbeddings: rows, embeddingDim: columns, ...rest } };
  }
  if (module.type !== 'Linear') return layer;
  return { ...layer, type: 'Linear', sizes: { inFeatures: columns, outFeatures: rows, bias: false, ...rest } };
}

function linesOf(content: Content): string[] {
  const { file, bytes, parameters, metadata, modules, layers, tensors } = content;
  const counts = [counted(tensors.length, 'tensor'), counted(parameters, 'parameter'), formatBytes(bytes)];
  return [
    `${oneLine(file)}: ${counts.join(', ')}`,
    ...section('Metadata', [left(''), left('')], metadataRows(metadata, modules !== undefined)),
    ...(modules ? section('Modules, in order', MODULE_COLUMNS, modules.map(moduleRow)) : []),
    ...(modules ? [] : section('Layers', LAYER_COLUMNS, layers.map(layerRow))),
    ...section('Tensors', TENSOR_COLUMNS, tensors.map(tensorRow)),
  ];
}

const MODULE_COLUMNS = [right(''), left('type'), left('sizes'), right('parameters')];
const LAYER_COLUMNS = [left('prefix'), left('type'), left('sizes'), right('parameters')];
const TENSOR_COLUMNS = [left('name'), left('dtype'), left('shape'), right('bytes')];

/** The description is left out where it is shown as a list of modules. */
function metadataRows(metadata: Readonly<Record<string, string>>, described: boolean): string[][] {
  return Object.entries(metadata)
    .filter(([key]) => !(described && key === 'hiddenstate'))
    .map(([key, value]) => [shownName(key), oneLine(cut(value, LONGEST_VALUE))]);
}

function moduleRow({ index, parameters, ...module }: DescribedModule): string[] {
  return [
    String(index),
    shownName(module.type),
    oneLine(cut(describeSizes(module), LONGEST_SIZES)),
    formatCount(parameters),
  ];
}

function layerRow({ prefix, parameters, ...layer }: RecognisedLayer): string[] {
  return [shownName(prefix) || '(none)', layer.type, describeSizes(layer), formatCount(parameters)];
}

function tensorRow({ name, dtype, shape, byteLength }: SafetensorsEntry): string[] {
  return [shownName(name), dtype, shownDims(shape), formatCount(byteLength)];
}
