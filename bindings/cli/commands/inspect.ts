import type { SafetensorsEntry } from '../../index.js';
import { oneLine } from '../cli-error.js';
import type { Command } from '../command.js';
import { type HeaderFile, readHeaderFile } from '../input-file.js';
import { type DescribedModule, describedModules, describeSizes } from '../inspect/modules.js';
import { elements, type RecognisedLayer, recogniseLayers } from '../inspect/recognise.js';
import { cut, formatBytes, formatCount } from '../terminal/format.js';
import { writeOut } from '../terminal/standard-output.js';
import { type Column, tableLines } from '../terminal/table.js';

/** Characters of a name, of a value of the metadata, and of a module's sizes, that are shown. */
const LONGEST_NAME = 60;
const LONGEST_VALUE = 60;
const LONGEST_SIZES = 120;

/** `hiddenstate inspect FILE` */
export const inspect: Command = {
  name: 'inspect',
  summary: 'show what is in a safetensors file',
  description: [
    'Shows the metadata of a safetensors file, its tensors, and the layers that they make',
    'out by the names PyTorch gives them. Reads the header only, however large the file.',
  ],
  operand: { name: 'FILE', help: 'any safetensors file' },
  options: [{ name: 'json', help: 'everything, uncut, as JSON' }],
  examples: ['inspect models/moby-dick.safetensors', 'inspect models/moby-dick.safetensors --json'],
  async run(args) {
    const path = args.operand as string;
    const file = readHeaderFile(path);
    const content = contentOf(path, file);
    await writeOut(args.has('json') ? `${JSON.stringify(content, null, 2)}\n` : text(content));
  },
};

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
  return {
    file: path,
    bytes: fileBytes,
    parameters: tensors.reduce((sum, { shape }) => sum + elements(shape), 0),
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
  const { rows, columns } = layer.sizes;
  if (module.type === 'Embedding') {
    return { ...layer, type: 'Embedding', sizes: { numEmbeddings: rows, embeddingDim: columns } };
  }
  if (module.type !== 'Linear') return layer;
  return { ...layer, type: 'Linear', sizes: { inFeatures: columns, outFeatures: rows, bias: false } };
}

function text(content: Content): string {
  const { file, bytes, parameters, metadata, modules, layers, tensors } = content;
  const counts = [counted(tensors.length, 'tensor'), counted(parameters, 'parameter'), formatBytes(bytes)];
  return [
    `${oneLine(file)}: ${counts.join(', ')}`,
    ...section('Metadata', [left(''), left('')], metadataRows(metadata, modules !== undefined)),
    ...(modules ? section('Modules, in order', MODULE_COLUMNS, modules.map(moduleRow)) : []),
    ...(modules ? [] : section('Layers', LAYER_COLUMNS, layers.map(layerRow))),
    ...section('Tensors', TENSOR_COLUMNS, tensors.map(tensorRow)),
    '',
  ].join('\n');
}

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });
const MODULE_COLUMNS = [right(''), left('type'), left('sizes'), right('parameters')];
const LAYER_COLUMNS = [left('prefix'), left('type'), left('sizes'), right('parameters')];
const TENSOR_COLUMNS = [left('name'), left('dtype'), left('shape'), right('bytes')];

function section(title: string, columns: readonly Column[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return [];
  return ['', title, ...tableLines(columns, rows).map((line) => `  ${line}`)];
}

/** The description is left out where it is shown as a list of modules. */
function metadataRows(metadata: Readonly<Record<string, string>>, described: boolean): string[][] {
  return Object.entries(metadata)
    .filter(([key]) => !(described && key === 'hiddenstate'))
    .map(([key, value]) => [name(key), oneLine(cut(value, LONGEST_VALUE))]);
}

function moduleRow({ index, parameters, ...module }: DescribedModule): string[] {
  return [
    String(index),
    name(module.type),
    oneLine(cut(describeSizes(module), LONGEST_SIZES)),
    formatCount(parameters),
  ];
}

function layerRow({ prefix, parameters, ...layer }: RecognisedLayer): string[] {
  return [name(prefix) || '(none)', layer.type, describeSizes(layer), formatCount(parameters)];
}

function tensorRow({ name: tensor, dtype, shape, byteLength }: SafetensorsEntry): string[] {
  return [name(tensor), dtype, shape.length ? shape.join(' × ') : 'scalar', formatCount(byteLength)];
}

function name(text: string): string {
  return oneLine(cut(text, LONGEST_NAME));
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
