import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { mulberry32, randomArray } from '../support/random.js';

// As shipped, because the threads load a file of dist/.
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const library: typeof import('../../bindings/index.js') = await import(join(DIST, 'index.js'));
const { openPool }: typeof import('../../bindings/parallel/index.js') = await import(join(DIST, 'parallel.js'));
const { GRU, Linear, Sequential } = library;

const random = mulberry32(5);
const model = new Sequential([
  new GRU({ inputSize: 3, hiddenSize: 8, seed: 1 }),
  new Linear({ inFeatures: 8, outFeatures: 2, seed: 2 }),
]);

describe('calls of a stream run in the order in which they come', async () => {
  const pool = await openPool(model, { threads: 2, minWork: 0 });
  afterAll(() => pool.close());

  it.each([1, 2, 3])('5000 steps that nobody awaits, batch %i', async (batch) => {
    using alone = model.stream({ batch });
    const stream = await pool.stream({ batch });
    const inputs = Array.from({ length: 5000 }, () => randomArray(batch * 3, random));
    const got = await Promise.all(inputs.map((x) => stream.step(x)));
    expect(got).toEqual(inputs.map((x) => alone.step(x)));
    await stream.dispose();
  });

  it('reset, stateOf and dispose among 3000 steps take effect where they stand', async () => {
    using alone = model.stream({ batch: 2 });
    const stream = await pool.stream({ batch: 2 });
    const begin = alone.stateOf(0);
    const calls: Promise<unknown>[] = [];
    const expected: unknown[] = [];
    for (let i = 0; i < 3000; i++) {
      const x = randomArray(6, random);
      calls.push(stream.step(x));
      expected.push(alone.step(x));
      // What the caller does with its array afterwards is not seen.
      x.fill(Number.NaN);
      if (i % 7 === 3) {
        calls.push(stream.reset(begin, { lane: i % 2 }).then(() => 'reset'));
        alone.reset(begin, { lane: i % 2 });
        expected.push('reset');
      }
      if (i % 11 === 5) {
        calls.push(stream.stateOf(i % 2));
        expected.push(alone.stateOf(i % 2));
      }
      if (i % 501 === 500) {
        calls.push(stream.reset().then(() => 'reset all'));
        alone.reset();
        expected.push('reset all');
      }
    }
    const disposed = stream.dispose();
    expect(await Promise.all(calls)).toEqual(expected);
    await disposed;
  });

  it.each([
    ['its threads', 0],
    ["the caller's thread", 1e9],
  ])('copyLane among 2000 steps takes effect where it stands, on %s', async (_, minWork) => {
    const lanes = await openPool(model, { threads: 2, minWork });
    using alone = model.stream({ batch: 4 });
    using other = model.stream({ batch: 2 });
    const [stream, source] = await Promise.all([lanes.stream({ batch: 4 }), lanes.stream({ batch: 2 })]);
    const calls: Promise<unknown>[] = [];
    const expected: unknown[] = [];
    for (let i = 0; i < 2000; i++) {
      const [x, y] = [randomArray(12, random), randomArray(6, random)];
      calls.push(stream.step(x), source.step(y));
      expected.push(alone.step(x), other.step(y));
      if (i % 5 !== 2) continue;
      // Within a thread and between two, within a stream and between two, and back at once.
      const [to, from] = [i % 4, (i >> 2) % 4];
      calls.push(
        stream.copyLane(to, source, i % 2),
        source.copyLane(i % 2, stream, from),
        stream.copyLane(from, stream, to),
      );
      alone.copyLane(to, other, i % 2);
      other.copyLane(i % 2, alone, from);
      alone.copyLane(from, alone, to);
      expected.push(undefined, undefined, undefined);
    }
    const closed = lanes.close();
    expect(await Promise.all(calls)).toEqual(expected);
    await closed;
  });

  it('a copyLane of no lane is refused, and does not move the calls behind it', async () => {
    const lanes = await openPool(model, { threads: 2, minWork: 0 });
    using alone = model.stream({ batch: 2 });
    const stream = await lanes.stream({ batch: 2 });
    const inputs = Array.from({ length: 50 }, () => randomArray(6, random));
    const refused: Promise<void>[] = [];
    const steps = inputs.map((x) => {
      refused.push(stream.copyLane(0, stream, 9), stream.copyLane(9, stream, 0));
      return stream.step(x);
    });
    for (const each of await Promise.allSettled(refused)) {
      expect(each).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) });
    }
    expect(await Promise.all(steps)).toEqual(inputs.map((x) => alone.step(x)));
    await lanes.close();
  });

  it('a step that is refused by its thread does not move those behind it', async () => {
    const table = new Sequential([
      new library.Embedding({ numEmbeddings: 4, embeddingDim: 3, seed: 3 }),
      new GRU({ inputSize: 3, hiddenSize: 4, seed: 4 }),
    ]);
    using alone = table.stream();
    const tables = await openPool(table, { threads: 1, minWork: 0 });
    const stream = await tables.stream();
    const indices = Array.from({ length: 200 }, (_, i) => (i % 10 === 9 ? 99 : i % 4));
    const got = await Promise.allSettled(indices.map((i) => stream.step(Float32Array.of(i))));
    got.forEach((result, i) => {
      if (indices[i] === 99) expect(result).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) });
      else expect(result).toEqual({ status: 'fulfilled', value: alone.step(Float32Array.of(indices[i])) });
    });
    await tables.close();
  });

  it('forward and close, too', async () => {
    const small = await openPool(model, { threads: 2, minWork: 0 });
    const inputs = Array.from({ length: 300 }, (_, i) => ({
      data: randomArray(4 * (1 + (i % 3)) * 3, random),
      dims: [4, 1 + (i % 3), 3],
    }));
    const running = inputs.map((input) => small.forward(input));
    await small.close();
    expect(await Promise.all(running)).toEqual(inputs.map((input) => model.forward(input)));
  });
});

describe('what a call is given', async () => {
  const pool = await openPool(model, { threads: 1, minWork: 0 });
  afterAll(() => pool.close());

  it('is copied when the call is made, shared memory too', async () => {
    for (const Buffer of [ArrayBuffer, SharedArrayBuffer]) {
      const data = new Float32Array(new Buffer(4 * 2 * 3 * 4));
      data.set(randomArray(24, random));
      const input = { data: data as Float32Array<ArrayBuffer>, dims: [4, 2, 3] };
      const expected = model.forward({ data: data.slice(), dims: [4, 2, 3] });
      const before = pool.forward({ data: randomArray(24, random), dims: [4, 2, 3] });
      const running = pool.forward(input, { state: undefined });
      data.fill(Number.NaN);
      expect(await running).toEqual(expected);
      await before;
    }
    const { state } = model.forward({ data: randomArray(12, random), dims: [4, 1, 3] });
    const input = { data: randomArray(12, random), dims: [4, 1, 3] };
    const lengths = Int32Array.of(3);
    const expected = model.forward(input, { state, lengths });
    const running = pool.forward(input, { state, lengths });
    (state[0] as { h: { data: Float32Array } }).h.data.fill(Number.NaN);
    lengths.fill(1);
    expect(await running).toEqual(expected);
  });

  it('is the view alone, however large the memory behind it', async () => {
    const wide = new Float32Array(2 ** 26);
    const view = wide.subarray(1000, 1012);
    view.set(randomArray(12, random));
    const started = performance.now();
    const expected = model.forward({ data: view.slice(), dims: [4, 1, 3] });
    for (let i = 0; i < 20; i++) expect(await pool.forward({ data: view, dims: [4, 1, 3] })).toEqual(expected);
    // Twenty copies of 256 MB take seconds.
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

it('more calls than may wait are refused, and the others done', async () => {
  const pool = await openPool(model, { threads: 1, maxWaiting: 100, minWork: 0 });
  const stream = await pool.stream();
  using alone = model.stream();
  const x = Float32Array.of(1, 2, 3);
  const results = await Promise.allSettled(Array.from({ length: 500 }, () => stream.step(x)));
  const refused = results.filter((each) => each.status === 'rejected');
  expect(refused.length).toBeGreaterThan(300);
  for (const { reason } of refused)
    expect(reason).toMatchObject({ name: 'RangeError', message: /got .*, expected at most 100/ });
  for (const each of results) if (each.status === 'fulfilled') expect(each.value).toEqual(alone.step(x));
  expect(await stream.step(x)).toEqual(alone.step(x));
  await expect(openPool(model, { maxWaiting: 0, minWork: 0 })).rejects.toThrow(RangeError);
  await pool.close();
});

it.each([
  ['is missing', undefined],
  ['throws when it starts', 'throw new Error("no");'],
  ['ends when it starts', 'process.exit(3);'],
])('openPool rejects where the file of the threads %s; the process lives on and ends by itself', (_, source) => {
  const folder = mkdtempSync(fileURLToPath(new URL('../../build/pool-', import.meta.url)));
  try {
    cpSync(DIST, folder, { recursive: true, filter: (path) => !path.endsWith('types') });
    const worker = join(folder, 'parallel-worker.js');
    rmSync(worker);
    if (source !== undefined) writeFileSync(worker, source);
    writeFileSync(
      join(folder, 'program.js'),
      `import { Sequential, Softmax } from './index.js';
       import { openPool } from './parallel.js';
       for (const threads of [1, 3]) {
         await openPool(new Sequential([new Softmax()]), { threads, minWork: 0 }).then(
           () => console.log('opened'),
           (error) => console.log(error instanceof Error, error.message),
         );
       }`,
    );
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'program.js')], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(/^(true openPool: got a thread that cannot start: .*, expected one that runs\n){2}$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
