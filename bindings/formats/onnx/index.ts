/**
 * hiddenstate/onnx: ONNX models of recurrent networks, run as they are.
 */
import { HiddenstateError, isOwnError, typeError } from '../../errors.js';
import { allOperators, type GraphModel, GraphModel as Model } from '../../graph/index.js';
import { createEngine, type Engine, ready, sharedEngine } from '../../index.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue, tagOf } from '../../tensor.js';
import { fetchFile, isPlace } from '../fetch-file.js';
import { describeModel, type OnnxDescription } from './describe-model.js';
import { ExternalFiles } from './external-files.js';
import { type ExternalData, loadExternal, provideGiven } from './load-external.js';
import { readModel } from './read-model.js';
import { type Trial, type TrialDims, tryOnZeros } from './trial.js';

export type { Dtype, Feeds, FeedTensor, GraphModel, GraphTensor, OuterValues, ValueInfo } from '../../graph/index.js';

export type { OnnxDescription, OnnxLayer, OnnxOperator } from './describe-model.js';
export type { ExternalData } from './load-external.js';
export type { OnnxValue } from './onnx-value.js';
export type { TrialDims } from './trial.js';

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
  assertOptions(options, ['engine', 'maxBytes', 'externalData'], who);
  const { engine: kernels = ready(), maxBytes, externalData = [] } = options;
  if (maxBytes !== undefined) assertSize(maxBytes, `${who}: maxBytes`, 1, Number.MAX_SAFE_INTEGER);
  // Not read while the kernels compile: that is little work, in turns with this thread, which would come too late.
  const [engine, bytes] = await Promise.all([kernels, bytesOf(source, maxBytes, who)]);
  const external = new ExternalFiles();
  provideGiven(external, externalData, who);
  const graph = readOnnx(bytes, external);
  if (external.missing.length > 0) {
    await loadExternal(external, isPlace(source) ? source : undefined, externalData, maxBytes, who);
  }
  return new Model({ engine, graph, registry: allOperators(), reader: 'loadOnnx', maxBytes });
}

/**
 * Loads an ONNX model at once, for hosts where nothing may be waited for: a worklet. As `loadOnnx` otherwise.
 *
 * @param bytes of the file, which stay in use and must not change until `dispose()`
 * @param options `engine`: the shared engine unless given
 * @throws {TypeError} if the bytes or an option are of the wrong kind
 * @throws {Error} if it is no ONNX model that runs here: the message names the node and operator
 */
export function loadOnnxSync(bytes: Uint8Array | ArrayBuffer, options: LoadOnnxOptions = {}): GraphModel {
  const who = 'loadOnnxSync';
  assertOptions(options, ['engine', 'maxBytes', 'externalData'], who);
  const { maxBytes, externalData = [] } = options;
  if (maxBytes !== undefined) assertSize(maxBytes, `${who}: maxBytes`, 1, Number.MAX_SAFE_INTEGER);
  const file = givenBytes(bytes);
  if (!file) throw typeError(`${who}: got ${describeValue(bytes)}, expected a Uint8Array or an ArrayBuffer`);
  const external = new ExternalFiles();
  provideGiven(external, externalData, who);
  const graph = readOnnx(file, external);
  const [missing] = external.missing;
  if (missing !== undefined) {
    throw new HiddenstateError(
      'WEIGHTS',
      `${who}: got a model whose weights lie in ${describeValue(missing)}, expected its bytes in externalData: [{ path, data }]`,
    );
  }
  const { engine = sharedEngine() } = options;
  return new Model({ engine, graph, registry: allOperators(), reader: who, maxBytes });
}

/**
 * Reads a model without loading it.
 *
 * @internal
 * @throws as `loadOnnx`, but for operators, which are not looked at
 */
export function readOnnx(bytes: Uint8Array, external = new ExternalFiles()): ReturnType<typeof readModel> {
  return asOnnx(bytes, 'loadOnnx', (file, who) => readModel(file, who, external, true));
}

/** Nodes up to which a trial takes no longer than a reader waits. */
const MOST_TRIED = 10_000;

/** Options of `describeOnnx`. */
export interface DescribeOnnxOptions {
  /** Dims to try the inputs with, by name, instead of the declared ones; null where sizes are to be tried. */
  dims?: TrialDims;
}

/**
 * Says what is in an ONNX file: inputs and outputs, operators, recurrent layers, weights, and what of it would not run. Takes
 * files that `loadOnnx` refuses. Where nothing is in the way as far as the file tells, the model is run once on zeros, extents
 * that it leaves open at several sizes: `ran` says with which dims it ran, `untried` why it was not run.
 *
 * @param bytes the whole file; not kept
 * @throws {Error} if it is no ONNX file at all
 */
export function describeOnnx(bytes: Uint8Array, options: DescribeOnnxOptions = {}): OnnxDescription {
  assertOptions(options, ['dims'], 'describeOnnx');
  const description = asOnnx(bytes, 'describeOnnx', describeModel);
  if (description.problems.length > 0) return { ...description, ran: [] };
  const nodes = description.operators.reduce((sum, operator) => sum + operator.nodes, 0);
  if (nodes > MOST_TRIED) return { ...description, ran: [], untried: `it has more than ${MOST_TRIED} nodes` };
  const { ran, untried, problem } = trialOf(bytes, options.dims);
  return { ...description, ran, untried, problems: problem === undefined ? [] : [`a run on zeros: ${problem}`] };
}

function trialOf(bytes: Uint8Array, dims: TrialDims | undefined): Trial {
  try {
    // Apart: memory of an engine never shrinks again.
    const model = loadOnnxSync(bytes, { engine: createEngine() });
    try {
      return tryOnZeros(model, dims);
    } finally {
      model.dispose();
    }
  } catch (error) {
    return { ran: [], problem: (error as Error).message };
  }
}

/** Gives the protobuf reader's own words, premature EOF and illegal tag, a beginning of ours. */
function asOnnx<T>(bytes: Uint8Array, who: string, read: (bytes: Uint8Array, who: string) => T): T {
  try {
    return read(bytes, who);
  } catch (error) {
    if (isOwnError(error)) throw error;
    const { message } = error as Error;
    throw new HiddenstateError(
      'FILE',
      `${who}: got ${bytes.length} bytes that are no ONNX model (${message}), expected one`,
    );
  }
}

function givenBytes(source: unknown): Uint8Array | undefined {
  const tag = tagOf(source);
  if (tag === 'Uint8Array') return source as Uint8Array;
  return tag === 'ArrayBuffer' ? new Uint8Array(source as ArrayBuffer) : undefined;
}

async function bytesOf(source: unknown, maxBytes: number | undefined, who: string): Promise<Uint8Array> {
  const given = givenBytes(source);
  if (given) return given;
  if (!isPlace(source)) {
    throw typeError(`${who}: got ${describeValue(source)}, expected a Uint8Array, an ArrayBuffer or a URL`);
  }
  return fetchFile(source, who, maxBytes);
}
