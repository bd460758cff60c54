/**
 * hiddenstate/keras: recurrent models of Keras and TensorFlow.js, run as they are.
 */
import { type Engine, ready } from '../../index.js';
import { assertOptions, assertSize } from '../../options.js';
import { isPlace } from '../is-place.js';
import { buildGraph } from './build-graph.js';
import { kitFor } from './choose-kit.js';
import { describeModel, type KerasDescription } from './describe-model.js';
import { fetchSource, type TfjsFiles } from './files/fetch-source.js';
import { KerasModel } from './keras-model.js';
import { type JsonAndWeights, type KerasFiles, readSource } from './read-source.js';

export type { Dtype, GraphTensor, OuterValues, ValueInfo } from '../../graph/index.js';
export type { KerasDescription, KerasLayer, KerasValue } from './describe-model.js';
export type { KerasFeed, KerasModel } from './keras-model.js';
export type { KerasStream, KerasStreamOptions } from './keras-stream.js';
export type { JsonAndWeights, KerasFiles, TfjsFiles };

/** Options of `loadKeras`. */
export interface LoadKerasOptions {
  /** Where it runs; the shared engine unless given. */
  engine?: Engine;
  /**
   * Bytes that an archive may inflate to, that each fetched file may have, and that a run may take in wasm memory. Default: a
   * hundred times the archive's own bytes, 2 GiB a fetched file, and for a run what suits the sizes of its feeds.
   */
  maxBytes?: number;
}

/**
 * Loads a model: a `.keras` archive, a legacy `.h5` file, a configuration with an HDF5 file of weights, or a TensorFlow.js
 * layers model. Layers, options and weights are checked here, shapes when it first runs.
 *
 * @param source bytes; `{ json, weights }`; `{ model, shards }`; or where a file is, or a `model.json` with its
 *   shards: a URL, in Node also a path
 * @throws {TypeError} if the source or an option is of the wrong kind
 * @throws {RangeError | Error} if a file is damaged, a layer or option is not supported, or weights are missing, unknown or
 *   misshapen: the message names the layer
 *
 * @example
 * ```ts
 * import { loadKeras } from 'hiddenstate/keras';
 *
 * const model = await loadKeras('model.keras');
 * const { dims } = model.predict({ data: new Float32Array(5 * 3), dims: [1, 5, 3] });
 * console.log(dims); // [ 1, 5 ]
 * model.dispose();
 * ```
 */
export async function loadKeras(
  source: KerasFiles | string | URL,
  options: LoadKerasOptions = {},
): Promise<KerasModel> {
  const who = 'loadKeras';
  assertOptions(options, ['engine', 'maxBytes'], who);
  const { maxBytes } = options;
  if (maxBytes !== undefined) assertSize(maxBytes, `${who}: maxBytes`, 1, Number.MAX_SAFE_INTEGER);
  const files = isPlace(source) ? await fetchSource(source, who, maxBytes) : source;
  const model = readSource(files, who, maxBytes);
  const kit = await kitFor(model, who);
  const { engine = await ready() } = options;
  const whole = { ...model, kit };
  const built = buildGraph(whole, false, who);
  // Kernels that few models need are loaded for those alone.
  const transforms = kit.mayTransform?.(built.graph) ? await import('../../spectra/kernels.js') : undefined;
  return new KerasModel(engine, whole, maxBytes, built, transforms?.spectraKernels);
}

/**
 * Says what is in a Keras or TensorFlow.js model, without loading it: layers with their options and parameters, inputs and
 * outputs, and what of it would not run. Takes models with layers that `loadKeras` refuses.
 *
 * @param files bytes; `{ json, weights }`; or `{ model, shards }`
 * @param options `maxBytes` as of `loadKeras`
 * @throws {TypeError | RangeError | Error} if the files are damaged or hold no model
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { describeKeras } from 'hiddenstate/keras';
 *
 * const { layers } = await describeKeras(await readFile('model.keras'));
 * for (const layer of layers) console.log(layer);
 * ```
 */
export async function describeKeras(
  files: KerasFiles,
  options: Pick<LoadKerasOptions, 'maxBytes'> = {},
): Promise<KerasDescription> {
  const who = 'describeKeras';
  assertOptions(options, ['maxBytes'], who);
  const { maxBytes } = options;
  if (maxBytes !== undefined) assertSize(maxBytes, `${who}: maxBytes`, 1, Number.MAX_SAFE_INTEGER);
  const model = readSource(files, who, maxBytes);
  return describeModel({ ...model, kit: await kitFor(model, who) }, who);
}
