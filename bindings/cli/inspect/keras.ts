import { dirname, join, relative } from 'node:path';
import { reasonOf } from '../../errors.js';
import type { KerasDescription, KerasFiles, KerasValue } from '../../formats/keras/index.js';
import { CliError, oneLine } from '../cli-error.js';
import { readInputFile } from '../input-file.js';
import type { ModelFile } from '../model-file.js';
import { counted, cut, formatBytes, formatCount } from '../terminal/format.js';
import { type Inspection, left, right, section, shownDims, shownName } from './layout.js';
import { verdict } from './verdict.js';

/** Characters of a layer's options that are shown. */
const LONGEST_OPTIONS = 80;

/**
 * Inputs, outputs and layers of a `.keras` or `.h5` file, and what of it would not run.
 *
 * @throws {CliError} if it cannot be read or holds no model
 */
export async function inspectKeras({ path, bytes }: ModelFile): Promise<Inspection> {
  return inspectFiles(path, 'Keras', bytes.length, bytes);
}

/**
 * The same of a TensorFlow.js layers model: its model.json, with the shards beside it.
 *
 * @throws {CliError} if one of them cannot be read, or they hold no model
 */
export async function inspectTfjs({ path, bytes: file }: ModelFile): Promise<Inspection> {
  const text = new TextDecoder().decode(file);
  const model = parse(path, text);
  const shards = Object.fromEntries(shardPaths(model).map((name) => [name, readInputFile(beside(path, name))]));
  const bytes = Object.values(shards).reduce((sum, shard) => sum + shard.length, text.length);
  return inspectFiles(path, 'TensorFlow.js', bytes, { model, shards });
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new CliError(`${path}: not a model: ${(error as Error).message}`);
  }
}

/** Whatever is listed as the path of a shard; that the manifest is one is for the reader to say. */
function shardPaths(model: unknown): string[] {
  const { weightsManifest } = (model ?? {}) as { weightsManifest?: unknown };
  if (!Array.isArray(weightsManifest)) return [];
  const paths: unknown[] = weightsManifest.flatMap((group) => (group as { paths?: unknown } | null)?.paths ?? []);
  return paths.filter((each) => typeof each === 'string');
}

/** A manifest is no reason to read files elsewhere. */
function beside(path: string, name: string): string {
  const place = join(dirname(path), name);
  const way = relative(dirname(path), place);
  if (way !== '' && !way.startsWith('..')) return place;
  throw new CliError(`${path}: got shard path ${JSON.stringify(cut(name, 60))}, expected one beside model.json`);
}

async function inspectFiles(path: string, format: string, bytes: number, files: KerasFiles): Promise<Inspection> {
  // Loaded here, so that no other command waits for it.
  const { describeKeras } = await import('../../formats/keras/index.js');
  try {
    const content = { file: path, format, bytes, ...(await describeKeras(files)) };
    return { content, lines: linesOf(content) };
  } catch (error) {
    throw new CliError(`${path}: not a model: ${reasonOf(error, 'describeKeras')}`);
  }
}

type Content = KerasDescription & { readonly file: string; readonly format: string; readonly bytes: number };

function linesOf(content: Content): string[] {
  const { file, format, bytes, name, dialect, inputs, outputs, layers, parameters, problems } = content;
  const size = parameters === undefined ? [] : [counted(parameters, 'parameter')];
  const counts = [counted(layers.length, 'layer'), ...size, formatBytes(bytes)];
  return [
    `${oneLine(file)}: ${format}, ${counts.join(', ')}`,
    `${shownName(name)}, written by ${dialect === 'keras-3' ? 'Keras 3' : 'Keras 2'}`,
    ...section('Inputs', VALUE_COLUMNS, inputs.map(valueRow)),
    ...section('Outputs', VALUE_COLUMNS, outputs.map(valueRow)),
    ...section(
      'Layers',
      [left('name'), left('type'), right('parameters'), left('runs'), left('options')],
      layers.map((layer) => [
        shownName(layer.name),
        shownName(layer.type),
        layer.parameters === undefined ? '?' : formatCount(layer.parameters),
        layer.runs ? 'yes' : 'NO',
        optionsText(layer.options),
      ]),
    ),
    '',
    ...verdict(problems),
  ];
}

const VALUE_COLUMNS = [left('name'), left('dtype'), left('shape')];

function valueRow({ name, dtype = '', dims }: KerasValue): string[] {
  return [shownName(name), dtype, dims ? shownDims(dims.map((dim) => dim ?? '?')) : ''];
}

/** Without those that are off, which are most. */
function optionsText(options: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(options).filter(([, value]) => value !== false);
  const words = shown.map(([name, value]) => (value === true ? name : `${name} ${plain(value)}`));
  return oneLine(cut(words.join(', '), LONGEST_OPTIONS));
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
