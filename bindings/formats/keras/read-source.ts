import { HiddenstateError, typeError } from '../../errors.js';
import { describeValue, tagOf } from '../../tensor.js';
import { isZip, readArchive } from '../archive/archive.js';
import type { ModelSource } from './build-graph.js';
import { Fields } from './config/fields.js';
import type { Dialect, KerasVersion, LayerSpec } from './config/model-spec.js';
import { readLayer, readModel } from './config/read-model.js';
import type { TfjsFiles } from './files/fetch-source.js';
import { Hdf5File, isHdf5 } from './files/hdf5.js';
import { parseJson } from './files/json.js';
import { readManifest, shardPaths } from './files/tfjs-weights.js';
import { NamedWeights } from './weights/named-weights.js';
import { isNumbered, NumberedWeights, storeOf } from './weights/numbered-weights.js';
import type { WeightSource } from './weights/weight-source.js';

/** A configuration apart from its weights: `model.to_json()` and `model.save_weights()`. */
export interface JsonAndWeights {
  /** Text, bytes, or what JSON.parse made of them. */
  readonly json: unknown;
  /** The bytes of `.weights.h5`, or of an older `.h5` of weights. */
  readonly weights: Uint8Array | ArrayBuffer;
}

/** A model as files hold it. */
export type KerasFiles = Uint8Array | ArrayBuffer | JsonAndWeights | TfjsFiles;

/**
 * Reads a model's configuration and finds its weights.
 *
 * @param maxBytes that an archive may inflate to
 * @throws {TypeError} if the source is of the wrong kind
 * @throws {Error | RangeError} if the files are damaged or hold no model
 */
export function readSource(source: unknown, who: string, maxBytes?: number): ModelSource {
  const bytes = bytesOf(source);
  if (bytes) {
    if (isZip(bytes)) return readKerasArchive(bytes, who, maxBytes);
    if (isHdf5(bytes)) return readLegacyFile(new Hdf5File(bytes, who), who);
    throw new HiddenstateError(
      'FILE',
      `${who}: got ${describeValue(source)} that begin otherwise, expected a .keras archive or an HDF5 file`,
    );
  }
  const files = new Fields(source, who);
  if (files.has('shards')) return readTfjs(files, who);
  const weights = bytesOf(files.get('weights'));
  if (files.has('json') && weights) return readJson(files.get('json'), new Hdf5File(weights, who), who);
  throw typeError(`${who}: got an object, expected bytes, a URL, { json, weights } or { model, shards }`);
}

function bytesOf(value: unknown): Uint8Array | undefined {
  const tag = tagOf(value);
  if (tag === 'Uint8Array') return value as Uint8Array;
  return tag === 'ArrayBuffer' ? new Uint8Array(value as ArrayBuffer) : undefined;
}

/** Keras 3: a zip of config.json, metadata.json and model.weights.h5. */
function readKerasArchive(bytes: Uint8Array, who: string, maxBytes: number | undefined): ModelSource {
  const weights = 'model.weights.h5';
  const entries = readArchive(bytes, ['config.json', 'metadata.json', weights], who, maxBytes);
  const config = entries.get('config.json');
  const store = entries.get(weights);
  if (!config || !store) {
    const missing = config ? weights : 'config.json';
    throw new HiddenstateError('FILE', `${who}: got an archive without ${missing}, expected a .keras file`);
  }
  const model = readLayer(parseJson(config, `${who}: config.json`), `${who}: config.json`);
  const metadata = entries.get('metadata.json');
  const version = metadata && new Fields(parseJson(metadata, `${who}: metadata.json`), who).get('keras_version');
  return source(model, versionOf(version, 'keras-3'), new NumberedWeights(new Hdf5File(store, who), who), who);
}

/** A whole model in HDF5: its configuration in an attribute, its weights in groups by layer. */
function readLegacyFile(file: Hdf5File, who: string): ModelSource {
  const config = file.text('', 'model_config');
  if (config === undefined) {
    throw new HiddenstateError(
      'FILE',
      `${who}: got an HDF5 file without model_config, expected one of model.save(), or { json, weights }`,
    );
  }
  const model = readLayer(parseJson(config, `${who}: model_config`), `${who}: model_config`);
  const version = versionOf(file.text('', 'keras_version'), 'keras-2');
  return source(model, version, groupedWeights(file, 'model_weights', who), who);
}

function readJson(json: unknown, file: Hdf5File, who: string): ModelSource {
  const parsed = parseJson(json, `${who}: json`);
  const model = readLayer(parsed, `${who}: json`);
  const numbered = file.has('layers') || file.has('_layer_checkpoint_dependencies');
  const version = new Fields(parsed, `${who}: json`).get('keras_version');
  const guess = numbered || (parsed as { module?: unknown }).module !== undefined ? 'keras-3' : 'keras-2';
  const root = file.has('model_weights') ? 'model_weights' : '';
  const weights = numbered ? new NumberedWeights(file, who) : groupedWeights(file, root, who);
  return source(model, versionOf(version, guess), weights, who);
}

/** Groups by layer, each with the names of its weights. Source: keras/src/legacy/saving/legacy_h5_format.py. */
function groupedWeights(file: Hdf5File, root: string, who: string): WeightSource {
  const layers = file.texts(root, 'layer_names') ?? [];
  const groups = new Map(layers.map((layer) => [layer, file.texts(`${root}/${layer}`, 'weight_names') ?? []]));
  return NamedWeights.ofGroups(groups, (group, name) => file.tensor(`${root}/${group}/${name}`), who);
}

/** TensorFlow.js: topology and manifest in model.json, weights in shards. */
function readTfjs(files: Fields, who: string): ModelSource {
  const label = `${who}: model.json`;
  const model = new Fields(parseJson(files.get('model'), label), label);
  const shards = files.get('shards') as TfjsFiles['shards'];
  if (typeof shards !== 'object' || shards === null) {
    throw typeError(`${who}: shards: got ${describeValue(shards)}, expected { path: bytes }`);
  }
  const format = model.get('format');
  if (format === 'graph-model') {
    throw new HiddenstateError(
      'UNSUPPORTED',
      `${label}: got a TensorFlow.js graph model, which is a TensorFlow graph without its layers, expected a layers model: ` +
        'convert the Keras model with --output_format=tfjs_layers_model, or load its .keras or .h5 file itself',
    );
  }
  const topology = model.object('modelTopology');
  const written = topology.get('model_config') ?? topology.get('modelConfig');
  const config = written === undefined ? model.get('modelTopology') : parseJson(written, label);
  const manifest = model.list('weightsManifest');
  const weights = readManifest(manifest, named(shards, shardPaths(manifest, who)), who);
  const version = versionOf(topology.get('keras_version') ?? topology.get('kerasVersion'), 'keras-2');
  const found = isNumbered(weights)
    ? new NumberedWeights(storeOf(weights), who)
    : NamedWeights.ofManifest(weights, who);
  return source(readLayer(config, label), version, found, who);
}

/** Shards by the paths of the manifest, where the caller named `weights.bin` what the manifest calls `./weights.bin`. */
function named(shards: TfjsFiles['shards'], paths: readonly string[]): TfjsFiles['shards'] {
  const plain = (path: string) => path.replace(/^(\.\/)+/, '');
  const byPlain = new Map(Object.keys(shards).map((path) => [plain(path), shards[path]]));
  const found = paths.flatMap((path) => {
    const shard = Object.hasOwn(shards, path) ? shards[path] : byPlain.get(plain(path));
    return shard === undefined ? [] : [[path, shard] as const];
  });
  return Object.fromEntries(found);
}

function source(model: LayerSpec, version: KerasVersion, weights: WeightSource, who: string): ModelSource {
  return { spec: readModel(model, version, who), version, weights };
}

/** `3.4.1`, `2.15.0`, `2.2.4-tf`, `tfjs-layers 4.22.0`. */
function versionOf(written: unknown, otherwise: Dialect): KerasVersion {
  const numbers = typeof written === 'string' ? /^([0-9]+)\.([0-9]+)/.exec(written) : null;
  const unnumbered = typeof written === 'string' ? 'keras-2' : otherwise;
  if (!numbers) return { dialect: unnumbered, number: NEWEST[unnumbered] };
  const number = Number(numbers[1]) * 1000 + Number(numbers[2]);
  return { dialect: number >= 3000 ? 'keras-3' : 'keras-2', number };
}

/** A version past all of its dialect. */
const NEWEST: Readonly<Record<Dialect, number>> = { 'keras-2': 2999, 'keras-3': 3999 };
