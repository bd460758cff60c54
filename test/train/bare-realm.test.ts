/** Training in a realm that has what ECMAScript gives, WebAssembly, and nothing else gives the bits it gives here. */
import { createContext, runInContext, runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { ROOT } from '../structure/import-graph.js';

const CONTENTS = `
  import { createEngine, LSTM } from './dist/index.js';
  import { Adam, Tape } from './dist/train.js';
  const layer = new LSTM({ inputSize: 5, hiddenSize: 7, engine: createEngine({ simd: 'baseline' }), seed: 1 });
  const tape = new Tape(layer, { batch: 2, steps: 3 });
  const adam = new Adam(tape.parameters);
  for (let step = 0; step < 5; step++) {
    const { output } = tape.forward({ data: new Float32Array(30).fill(0.5), dims: [3, 2, 5] });
    tape.zeroGradients();
    tape.backward(output);
    adam.step();
  }
  globalThis.answer = JSON.stringify(Object.values(layer.stateDict()).map(({ data }) => [...data]));`;

it('a tape trains without a host', async () => {
  const stdin = { contents: CONTENTS, resolveDir: ROOT };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'iife', write: false });
  const realm = createContext(Object.create(null)) as { answer?: string };
  runInContext(outputFiles[0].text, realm);
  runInThisContext(outputFiles[0].text);
  expect(JSON.parse(realm.answer as string)).toHaveLength(4);
  expect(realm.answer).toBe((globalThis as { answer?: string }).answer);
});
