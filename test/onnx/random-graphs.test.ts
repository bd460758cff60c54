/**
 * Random graphs, branches, loops and scans within one another, beside onnxruntime-web: the same numbers, or the same refusal.
 * RANDOM_GRAPHS says how many, RANDOM_SEED which is the first.
 */
import * as ort from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { relativeError } from '../support/compare.js';
import { mulberry32, randomArray } from '../support/random.js';
import { randomGraph } from './random-graph.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

const COUNT = Number(process.env.RANDOM_GRAPHS ?? 60);
const FIRST = Number(process.env.RANDOM_SEED ?? 1);

/** Sums of sums of hundreds of products. */
const TOLERANCE = 2e-4;

test(`${COUNT} random graphs give what onnxruntime-web gives`, { timeout: 60_000 + COUNT * 200 }, async () => {
  const engine = createEngine();
  let [compared, refused] = [0, 0];
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const { model, inputs } = randomGraph(mulberry32(seed));
    const feeds = Object.fromEntries(
      inputs.map(({ name, dims }, i) => {
        const size = dims.reduce((product, dim) => product * dim, 1);
        return [name, new ort.Tensor('float32', randomArray(size, mulberry32(seed * 7 + i)), dims)];
      }),
    );
    let theirs: Awaited<ReturnType<ort.InferenceSession['run']>>;
    try {
      const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
      theirs = await session.run(feeds);
      await session.release();
    } catch (error) {
      if (process.env.RANDOM_SHOW) console.log(seed, (error as Error).message);
      refused++;
      continue;
    }
    const before = engine.bytesInUse;
    const ours = await loadOnnx(model, { engine });
    for (let turn = 0; turn < 2; turn++) {
      const results = ours.run(feeds as never);
      for (const [name, { dims, data }] of Object.entries(theirs)) {
        expect([...results[name].dims], `graph ${seed}, ${name}`).toEqual([...dims]);
        const error = relativeError(results[name].data as Float32Array, data as Float32Array);
        expect(error, `graph ${seed}, ${name}`).toBeLessThan(TOLERANCE);
      }
    }
    ours.dispose();
    expect(engine.bytesInUse).toBe(before);
    compared++;
  }
  console.log(`${compared} random graphs compared, ${refused} that onnxruntime-web does not run`);
  expect(refused).toBeLessThan(COUNT / 10);
});
