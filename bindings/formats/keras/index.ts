/**
 * hiddenstate/keras: recurrent models of Keras and TensorFlow.js, run as they are.
 */
import { type Engine, ready } from '../../index.js';
import { assertOptions } from '../../options.js';
import { fetchSource, type TfjsFiles } from './files/fetch-source.js';
import { KerasModel } from './keras-model.js';
import { type JsonAndWeights, type KerasFiles, readSource } from './read-source.js';

export type { Dtype, GraphTensor, OuterValues, ValueInfo } from '../../graph/index.js';
export type { KerasFeed, KerasModel } from './keras-model.js';
export type { KerasStream, KerasStreamOptions } from './keras-stream.js';
export type { JsonAndWeights, KerasFiles, TfjsFiles };

/** Options of `loadKeras`. */
export interface LoadKerasOptions {
  /** Where it runs; the shared engine unless given. */
  engine?: Engine;
}

/**
 * Loads a model: a `.keras` archive, a legacy `.h5` file, a configuration with an HDF5 file of weights, or a TensorFlow.js
 * layers model. Layers, options and weights are checked here, shapes when it first runs.
 *
 * @param source bytes; `{ json, weights }`; `{ model, shards }`; or where to fetch a file or a `model.json` with its shards
 * @throws {TypeError} if the source or an option is of the wrong kind
 * @throws {RangeError | Error} if a file is damaged, a layer or option is not supported, or weights are missing, unknown or
 *   misshapen: the message names the layer
 */
export async function loadKeras(
  source: KerasFiles | string | URL,
  options: LoadKerasOptions = {},
): Promise<KerasModel> {
  const who = 'loadKeras';
  assertOptions(options, ['engine'], who);
  const files = typeof source === 'string' || source instanceof URL ? await fetchSource(source, who) : source;
  const model = readSource(files, who);
  const { engine = await ready() } = options;
  return new KerasModel(engine, model);
}
