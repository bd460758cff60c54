/** Arguments and results lie in memory that the caller and a thread both see, where the host has it; the bits are the same without. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { mulberry32, randomArray } from '../support/random.js';

// As shipped, because the threads load a file of dist/.
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const library: typeof import('../../bindings/index.js') = await import(join(DIST, 'index.js'));
const { openPool }: typeof import('../../bindings/parallel/index.js') = await import(join(DIST, 'parallel.js'));

const I = 24;
const BATCH = 128;
const model = new library.Sequential([
  new library.GRU({ inputSize: I, hiddenSize: 40, seed: 1 }),
  new library.Linear({ inFeatures: 40, outFeatures: 30, seed: 2 }),
]);
const random = mulberry32(11);
const inputs = Array.from({ length: 100 }, () => randomArray(BATCH * I, random));

const { SharedArrayBuffer: own } = globalThis;
afterEach(() => {
  globalThis.SharedArrayBuffer = own;
});

/** Counts what is made from now on. */
function counted(): () => number {
  let count = 0;
  globalThis.SharedArrayBuffer = class extends own {
    constructor(size?: number) {
      super(size ?? 0);
      count++;
    }
  };
  return () => count;
}

describe.each([true, false])('shared memory: %s', (isThere) => {
  it('gives the bits of one thread, whatever waits', async () => {
    if (!isThere) Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');
    const pool = await openPool(model, { threads: 2, minWork: 0 });
    const stream = await pool.stream({ batch: BATCH });
    using alone = model.stream({ batch: BATCH });
    const steps = inputs.map((x) => stream.step(x));
    const sequences = inputs.map((data) => pool.forward({ data, dims: [4, BATCH / 4, I] }));
    expect(await Promise.all(steps)).toEqual(inputs.map((x) => alone.step(x)));
    expect(await Promise.all(sequences)).toEqual(
      inputs.map((data) => model.forward({ data, dims: [4, BATCH / 4, I] })),
    );
    await pool.close();
  });
});

it('is used again by later calls', async () => {
  const count = counted();
  const pool = await openPool(model, { threads: 2, minWork: 0 });
  const stream = await pool.stream({ batch: BATCH });
  const out = new Float32Array(BATCH * 30);
  for (const data of inputs) {
    await stream.step(data, out);
    await pool.forward({ data, dims: [4, BATCH / 4, I] });
  }
  // Of each thread: arguments and results of a step at once.
  expect(count()).toBeGreaterThan(0);
  expect(count()).toBeLessThanOrEqual(2 * 2);
  await pool.close();
});

it('is not given to another call while one that is refused still runs elsewhere', async () => {
  const table = new library.Sequential([
    new library.Embedding({ numEmbeddings: 50, embeddingDim: 8, seed: 3 }),
    new library.GRU({ inputSize: 8, hiddenSize: 40, seed: 4 }),
  ]);
  const pool = await openPool(table, { threads: 2, minWork: 0 });
  const stream = await pool.stream({ batch: 2048 });
  using alone = table.stream({ batch: 2048 });
  const indices = Float32Array.from({ length: 2048 }, (_, i) => i % 50);
  const wrong = indices.slice();
  wrong[0] = 99;
  const lanes = Array.from({ length: 1024 }, (_, i) => i);
  const calls = Array.from({ length: 30 }, (_, i) =>
    // A step of the first thread alone, which it refuses, and one of both.
    i % 3 === 0 ? stream.step(wrong.subarray(0, 1024), undefined, { lanes }) : stream.step(indices),
  );
  for (const [i, each] of (await Promise.allSettled(calls)).entries()) {
    if (i % 3 === 0) expect(each).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) });
    else expect(each).toEqual({ status: 'fulfilled', value: alone.step(indices) });
  }
  await pool.close();
});
