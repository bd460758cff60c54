/** What nothing can be loaded for later: apart from `loadOnnx`, so that a bundle without it has not every operator. */
import { HiddenstateError, typeError } from '../../errors.js';
import { allOperators, REPETITIONS } from '../../graph/all-operators.js';
import {
  type Feeds,
  type Graph,
  type GraphModel,
  type GraphModelParts,
  GraphModel as Model,
} from '../../graph/index.js';
import { createEngine, sharedEngine } from '../../index.js';
import { assertOptions, assertSize } from '../../options.js';
import { spectraKernels } from '../../spectra/kernels.js';
import { describeValue } from '../../tensor.js';
import { describeModel, type OnnxDescription } from './describe-model.js';
import { ExternalFiles } from './external-files.js';
import { provideGiven } from './load-external.js';
import type { LoadOnnxOptions } from './load-onnx.js';
import { asOnnx, givenBytes, readOnnx } from './read-onnx.js';
import { StepList } from './step-list.js';
import { type Trial, type TrialDims, tryOn, tryOnZeros } from './trial.js';

/**
 * Loads an ONNX model at once, for hosts where nothing may be waited for: a worklet. As `loadOnnx` otherwise. A bundle in which it
 * is called holds every operator, where `loadOnnx` loads those that few models need when one needs them.
 *
 * @param bytes of the file, which stay in use and must not change until `dispose()`
 * @param options `engine`: the shared engine unless given
 * @throws {TypeError} if the bytes or an option are of the wrong kind
 * @throws {Error} if it is no ONNX model that runs here: the message names the node and operator
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { loadOnnxSync } from 'hiddenstate/onnx';
 *
 * const model = loadOnnxSync(readFileSync('model.onnx'));
 * console.log(model.outputs.map(({ name }) => name)); // [ 'y' ]
 * ```
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
  return modelOf({ engine, graph, reader: who, maxBytes });
}

function modelOf(parts: Omit<GraphModelParts, 'registry' | 'repetitions' | 'spectra'>): GraphModel {
  return new Model({ ...parts, registry: allOperators(), repetitions: REPETITIONS, spectra: spectraKernels });
}

/** Nodes up to which a trial takes no longer than a reader waits. */
const MOST_TRIED = 10_000;

/** Options of `describeOnnx`. */
export interface DescribeOnnxOptions {
  /** Dims to try the inputs with, by name, instead of the declared ones; null where sizes are to be tried. */
  dims?: TrialDims;
  /** Tensors to run it with once, instead of zeros. */
  feeds?: Feeds;
}

/**
 * Says what is in an ONNX file: inputs and outputs, operators, recurrent layers, weights, and what of it would not run. Takes
 * files that `loadOnnx` refuses. Where nothing is in the way as far as the file tells, the model is run once on zeros, extents
 * that it leaves open at several sizes: `ran` says with which dims it ran, `steps` through which weights, `untried` why it was
 * not run.
 *
 * @param bytes the whole file; not kept
 * @throws {Error} if it is no ONNX file at all
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { describeOnnx } from 'hiddenstate/onnx';
 *
 * const { operators, problems } = describeOnnx(await readFile('model.onnx'));
 * console.log(operators, problems.length);
 * ```
 */
export function describeOnnx(bytes: Uint8Array, options: DescribeOnnxOptions = {}): OnnxDescription {
  assertOptions(options, ['dims', 'feeds'], 'describeOnnx');
  const { description, graph } = asOnnx(bytes, 'describeOnnx', describeModel);
  if (!graph || description.problems.length > 0) return { ...description, ran: [], steps: [] };
  const nodes = description.operators.reduce((sum, operator) => sum + operator.nodes, 0);
  if (nodes > MOST_TRIED)
    return { ...description, ran: [], steps: [], untried: `it has more than ${MOST_TRIED} nodes` };
  const steps = new StepList();
  const { ran, untried, problem } = trialOf(graph, options, description.tensors, steps);
  const what = options.feeds ? 'a run on the feeds' : 'a run on zeros';
  const problems = problem === undefined ? [] : [`${what}: ${problem}`];
  return { ...description, ran, steps: ran.length > 0 ? steps.found : [], untried, problems };
}

function trialOf(
  graph: Graph,
  { dims, feeds }: DescribeOnnxOptions,
  tensors: OnnxDescription['tensors'],
  steps: StepList,
): Trial {
  try {
    // Apart: memory of an engine never shrinks again.
    const model = modelOf({ engine: createEngine(), graph, reader: 'loadOnnxSync', onStep: steps.add });
    try {
      if (feeds) return tryOn(model, feeds);
      const weights = tensors.map((tensor) => tensor.dims);
      return tryOnZeros(model, dims, weights, () => steps.clear());
    } finally {
      model.dispose();
    }
  } catch (error) {
    return { ran: [], problem: (error as Error).message };
  }
}
