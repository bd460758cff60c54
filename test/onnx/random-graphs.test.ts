/**
 * Random graphs, branches, loops, scans and functions within one another, beside onnxruntime-web: the same numbers, or the same
 * refusal. RANDOM_GRAPHS says how many, RANDOM_SEED which is the first; `node test/onnx/random/run.mjs` compares ten thousand.
 */
import { expect, test } from 'vitest';
import { createEngine } from '../../bindings/index.js';
import { compareGraph } from './random/compare-graph.js';

const COUNT = Number(process.env.RANDOM_GRAPHS ?? 120);
const FIRST = Number(process.env.RANDOM_SEED ?? 1);

test(`${COUNT} random graphs give what onnxruntime-web gives`, { timeout: 60_000 + COUNT * 1000 }, async () => {
  const engine = createEngine();
  const faults: string[] = [];
  let refused = 0;
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const { refused: why, fault } = await compareGraph(seed, engine);
    if (why !== undefined) refused++;
    if (fault !== undefined) faults.push(`graph ${seed}: ${fault}`);
  }
  console.log(`${COUNT - refused - faults.length} random graphs are the same, ${refused} onnxruntime-web does not run`);
  expect(faults).toEqual([]);
  expect(refused).toBeLessThan(COUNT / 10);
});
