import { typeError } from '../../errors.js';
import { type GraphModel, hasOperators, GraphModel as Model } from '../../graph/index.js';
import { hasUsualCells, mayTransform, plainOperators } from '../../graph/plain-operators.js';
import { type Engine, ready } from '../../index.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { fetchFile } from '../fetch-file.js';
import { isPlace } from '../is-place.js';
import { ExternalFiles } from './external-files.js';
import { type ExternalData, loadExternal, provideGiven } from './load-external.js';
import { givenBytes, readOnnx } from './read-onnx.js';

/** Options of `loadOnnx`. */
export interface LoadOnnxOptions {
  /** Where it runs; the shared engine unless given. */
  engine?: Engine;
  /**
   * Bytes that a fetched file may have, and that a run may take in wasm memory. Default: 2 GiB for a fetched file, and for a
   * run what suits the sizes of its feeds, at most 1 GiB.
   */
  maxBytes?: number;
  /**
   * Files beside the model that hold its weights, as PyTorch writes them: `[{ path: 'model.onnx.data', data }]`. Files that are not
   * given are read from the folder of a model that comes from a path or URL.
   */
  externalData?: readonly ExternalData[];
  /** Where a model that is given as bytes lies, so that files beside it are found. */
  place?: string | URL;
}

/**
 * Loads an ONNX model, opsets 1 to 28. Everything is checked that can be without knowing shapes: the file, that every operator
 * is there, that every name is computed before it is read. Weights are unpacked at the first run that needs them. Of a branch of
 * an If only the operators are looked at; the rest is read, and checked, by the first run that takes it.
 *
 * @param source the bytes of the file, which stay in use and must not change until `dispose()`; or where it is: a URL, in Node
 *   also a path
 * @throws {TypeError} if the source or an option is of the wrong kind
 * @throws {Error} if it cannot be fetched, or is no ONNX model that runs here: the message names the node and operator
 *
 * @example
 * ```ts
 * import { loadOnnx } from 'hiddenstate/onnx';
 *
 * const model = await loadOnnx('model.onnx');
 * const { y } = model.run({ x: { data: new Float32Array(6), dims: [1, 2, 3] } });
 * console.log(y.dims); // [ 1, 2, 3 ]
 * model.dispose();
 * ```
 */
export function loadOnnx(
  source: Uint8Array | ArrayBuffer | string | URL,
  options: LoadOnnxOptions = {},
): Promise<GraphModel> {
  return loadFor('loadOnnx', source, options);
}

/**
 * Loads a model for another entry.
 *
 * @internal
 * @param who the beginning of messages about the source and the options
 */
export async function loadFor(
  who: string,
  source: Uint8Array | ArrayBuffer | string | URL,
  options: LoadOnnxOptions,
): Promise<GraphModel> {
  assertOptions(options, ['engine', 'maxBytes', 'externalData', 'place'], who);
  const { engine: kernels = ready(), maxBytes, externalData = [], place } = options;
  if (maxBytes !== undefined) assertSize(maxBytes, `${who}: maxBytes`, 1, Number.MAX_SAFE_INTEGER);
  if (place !== undefined && !isPlace(place)) {
    throw typeError(`${who}: place: got ${describeValue(place)}, expected a URL or a path`);
  }
  // Not read while the kernels compile: that is little work, in turns with this thread, which would come too late.
  const [engine, bytes] = await Promise.all([kernels, bytesOf(source, maxBytes, who)]);
  const external = new ExternalFiles();
  provideGiven(external, externalData, who);
  const graph = readOnnx(bytes, external);
  if (external.missing.length > 0) {
    await loadExternal(external, isPlace(source) ? source : place, externalData, maxBytes, who);
  }
  // What few models need is loaded for those alone.
  const plain = plainOperators();
  const isPlain = hasOperators(graph, plain);
  const [all, cells, transforms] = await Promise.all([
    isPlain ? undefined : import('../../graph/all-operators.js'),
    isPlain && !hasUsualCells(graph) ? import('../../graph/general-cells.js') : undefined,
    mayTransform(graph) ? import('../../spectra/kernels.js') : undefined,
  ]);
  return new Model({
    engine,
    graph,
    registry: all?.allOperators() ?? (cells ? { '': { ...plain[''], ...cells.generalCells() } } : plain),
    repetitions: all?.REPETITIONS,
    spectra: transforms?.spectraKernels,
    reader: 'loadOnnx',
    maxBytes,
  });
}

async function bytesOf(source: unknown, maxBytes: number | undefined, who: string): Promise<Uint8Array> {
  const given = givenBytes(source);
  if (given) return given;
  if (!isPlace(source)) {
    throw typeError(`${who}: got ${describeValue(source)}, expected a Uint8Array, an ArrayBuffer or a URL`);
  }
  return fetchFile(source, who, maxBytes);
}
