/** Runs one random graph here and in onnxruntime-web. */
import * as ort from 'onnxruntime-web';
import type { Engine } from '../../../bindings/core.js';
import { loadOnnx } from '../../../bindings/formats/onnx/index.js';
import { relativeError } from '../../support/compare.js';
import { mulberry32, randomArray } from '../../support/random.js';
import { sizeOf } from './draw.js';
import { randomGraph } from './random-graph.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

/** Sums of sums of hundreds of products. */
const TOLERANCE = 2e-4;

/** What came of a graph. */
export interface Comparison {
  /** Why onnxruntime-web does not run it. */
  readonly refused?: string;
  /** What is not as it should be here. */
  readonly fault?: string;
}

type Feeds = Record<string, ort.Tensor>;
type Answer = Awaited<ReturnType<ort.InferenceSession['run']>>;

/**
 * Draws the graph of a seed, and compares dims and numbers of all its outputs, of two runs, and the memory that is left in use.
 *
 * @throws {WebAssembly.RuntimeError} if onnxruntime-web's module fell: it answers no more
 */
export async function compareGraph(seed: number, engine: Engine): Promise<Comparison> {
  const { model, inputs } = randomGraph(mulberry32(seed));
  const feeds: Feeds = Object.fromEntries(
    inputs.map(({ name, dims }, i) => [
      name,
      new ort.Tensor('float32', randomArray(sizeOf(dims), mulberry32(seed * 7 + i)), [...dims]),
    ]),
  );
  const theirs = await theirsOf(model, feeds);
  if (typeof theirs === 'string') return { refused: theirs };
  const before = engine.bytesInUse;
  const fault = await faultOf(model, feeds, theirs, engine);
  const left = engine.bytesInUse - before;
  return left === 0 ? { fault } : { fault: `left ${left} bytes in use` };
}

/** What onnxruntime-web gives, or says. */
async function theirsOf(model: Uint8Array, feeds: Feeds): Promise<Answer | string> {
  try {
    const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 4 });
    try {
      return await session.run(feeds);
    } finally {
      await session.release();
    }
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw error;
    return (error as Error).message;
  }
}

async function faultOf(model: Uint8Array, feeds: Feeds, theirs: Answer, engine: Engine): Promise<string | undefined> {
  try {
    const ours = await loadOnnx(model, { engine });
    try {
      return differenceOf(theirs, ours.run(feeds as never)) ?? differenceOf(theirs, ours.run(feeds as never));
    } finally {
      ours.dispose();
    }
  } catch (error) {
    return (error as Error).message;
  }
}

function differenceOf(theirs: Answer, ours: Readonly<Record<string, { dims: readonly number[]; data: unknown }>>) {
  for (const [name, { dims, data }] of Object.entries(theirs)) {
    const got = ours[name];
    if (got.dims.join() !== dims.join()) return `${name}: got dims [${got.dims}], expected [${dims}]`;
    const error = relativeError(got.data as Float32Array, data as Float32Array);
    if (!(error < TOLERANCE)) return `${name}: an error of ${error}`;
  }
  return undefined;
}
