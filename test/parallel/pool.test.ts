import { afterAll, describe, expect, it } from 'vitest';
import type { Module, SequentialState, Tensor } from '../../bindings/index.js';
import { mulberry32, randomArray } from '../support/random.js';

// As shipped, because the threads load a file of dist/.
const shipped = (name: string) => import(new URL(`../../dist/${name}.js`, import.meta.url).href);
const library: typeof import('../../bindings/index.js') = await shipped('index');
const { openPool, Pool }: typeof import('../../bindings/parallel/index.js') = await shipped('parallel');
const { Embedding, GRU, Linear, LSTM, Sequential, Softmax } = library;

const random = mulberry32(77);
const tensor = (...dims: number[]): Tensor => ({
  data: randomArray(
    dims.reduce((a, b) => a * b, 1),
    random,
  ),
  dims,
});

const MODELS: [string, () => Module[], (steps: number, batch: number) => Tensor][] = [
  [
    'a projected LSTM of two layers and a Linear',
    () => [
      new LSTM({ inputSize: 5, hiddenSize: 9, projSize: 3, numLayers: 2, seed: 1 }),
      new Linear({ inFeatures: 3, outFeatures: 4, seed: 1 }),
    ],
    (steps, batch) => tensor(steps, batch, 5),
  ],
  [
    'an Embedding, a Sequential with a GRU, a Softmax',
    () => [
      new Embedding({ numEmbeddings: 7, embeddingDim: 5, seed: 1 }),
      new Sequential([new GRU({ inputSize: 5, hiddenSize: 6, seed: 2 })]),
      new Softmax(),
    ],
    (steps, batch) => ({ data: Float32Array.from({ length: steps * batch }, (_, i) => i % 7), dims: [steps, batch] }),
  ],
  [
    'a GRU of both directions, batch first',
    () => [new GRU({ inputSize: 4, hiddenSize: 6, bidirectional: true, batchFirst: true, seed: 3 })],
    (steps, batch) => tensor(batch, steps, 4),
  ],
];

describe.each(MODELS)('a pool with %s', async (_, make, inputOf) => {
  const model = new Sequential(make());
  const pools = await Promise.all([1, 2, 3].map((threads) => openPool(model, { threads, minWork: 0 })));
  const [, two, three] = pools;
  afterAll(() => Promise.all(pools.map((pool) => pool.close())));

  it.each([1, 2, 3, 8])('forward has the bits of the model, batch %i', async (batch) => {
    const input = inputOf(4, batch);
    const first = model.forward(input);
    const again = model.forward(input, { state: first.state });
    for (const pool of pools) {
      expect(await pool.forward(input)).toEqual(first);
      expect(await pool.forward(input, { state: first.state })).toEqual(again);
    }
  });

  it('forward minds lengths', async () => {
    const input = inputOf(4, 5);
    const lengths = [4, 1, 3, 2, 4];
    const expected = model.forward(input, { lengths });
    expect(await three.forward(input, { lengths })).toEqual(expected);
    expect(await three.forward(input, { lengths: Int32Array.from(lengths) })).toEqual(expected);
    await expect(three.forward(input, { lengths: [4, 1] })).rejects.toThrow(RangeError);
    await expect(three.forward(input, { lengths: [4, 1, 3, 2, 9] })).rejects.toThrow(/got .*, expected/);
  });

  it('refuses what does not fit, and goes on', async () => {
    const input = inputOf(3, 4);
    const { state } = model.forward(inputOf(3, 5));
    await expect(two.forward(input, { state })).rejects.toThrow(RangeError);
    await expect(two.forward(input, { states: state } as never)).rejects.toThrow(TypeError);
    await expect(two.forward(undefined as never)).rejects.toThrow(TypeError);
    await expect(two.forward({ data: new Float32Array(12), dims: [3, 4, 1] })).rejects.toThrow(/got .*, expected/);
    expect(await two.forward(input)).toEqual(model.forward(input));
  });
});

describe('streams of a pool', async () => {
  const model = new Sequential([
    new LSTM({ inputSize: 5, hiddenSize: 9, seed: 1 }),
    new Linear({ inFeatures: 9, outFeatures: 4, seed: 1 }),
  ]);
  const pool = await openPool(model, { threads: 2, minWork: 0 });
  afterAll(() => pool.close());

  it('have the bits of one stream; lanes begin anew while their neighbours go on', async () => {
    for (const batch of [1, 2, 5]) {
      using alone = model.stream({ batch });
      const shared = await pool.stream({ batch });
      const expectSteps = async () => {
        const inputs = [0, 1, 2].map(() => tensor(batch, 5).data);
        const got = await Promise.all(inputs.map((x) => shared.step(x)));
        expect(got).toEqual(inputs.map((x) => alone.step(x)));
      };
      await expectSteps();
      await shared.reset(undefined, { lane: batch - 1 });
      alone.reset(undefined, { lane: batch - 1 });
      await expectSteps();
      const state = await shared.stateOf(0);
      expect(state).toEqual(alone.stateOf(0));
      await shared.reset(state, { lane: batch - 1 });
      alone.reset(state, { lane: batch - 1 });
      await expectSteps();
      const all: SequentialState = alone.state;
      await shared.reset();
      alone.reset();
      await expectSteps();
      await shared.reset(all);
      alone.reset(all);
      await expectSteps();
      const continued = await pool.stream({ batch, state: all });
      const x = tensor(batch, 5).data;
      alone.reset(all);
      expect(await continued.step(x)).toEqual(alone.step(x));
      await Promise.all([shared.dispose(), continued.dispose()]);
    }
  });

  it('refuse what does not fit', async () => {
    const stream = await pool.stream({ batch: 3 });
    const x = new Float32Array(15);
    await expect(stream.step(new Float32Array(14))).rejects.toThrow(RangeError);
    await expect(stream.step([1, 2] as never)).rejects.toThrow(TypeError);
    await expect(stream.reset(undefined, { lane: 3 })).rejects.toThrow(RangeError);
    await expect(stream.stateOf(-1)).rejects.toThrow(RangeError);
    await expect(stream.reset([] as never)).rejects.toThrow(TypeError);
    await expect(pool.stream({ batch: 0 })).rejects.toThrow(RangeError);
    await expect(pool.stream({ size: 1 } as never)).rejects.toThrow(TypeError);
    expect(await stream.step(x)).toEqual(model.stream({ batch: 3 }).step(x));
    await stream.dispose();
    await stream.dispose();
    await expect(stream.step(x)).rejects.toThrow(/got a disposed stream, expected a live one/);
  });
});

it.each(['baseline', 'relaxed'] as const)('a model on %s kernels runs on them in every thread', async (simd) => {
  const input = tensor(20, 4, 16);
  const outputOf = (kernels: 'baseline' | 'relaxed') => {
    const model = new Sequential([
      new LSTM({ inputSize: 16, hiddenSize: 32, seed: 5, engine: library.createEngine({ simd: kernels }) }),
    ]);
    return { model, result: model.forward(input) };
  };
  const [{ model, result }, other] = [outputOf(simd), outputOf(simd === 'baseline' ? 'relaxed' : 'baseline')];
  expect(result).not.toEqual(other.result);
  const pool = await openPool(model, { threads: 2, minWork: 0 });
  expect(await pool.forward(input)).toEqual(result);
  await pool.close();
});

it('a stream that one thread cannot open is open on none', async () => {
  const open = new Set<number>();
  const threads = [0, 1, 2].map((thread) => ({
    async run(name: string) {
      if (name === 'open' && thread === 1) throw new RangeError('no memory');
      if (name === 'open') open.add(thread);
      if (name === 'close') open.delete(thread);
    },
    lend: () => undefined,
    giveBack() {},
    async close() {},
  }));
  const pool = new Pool({ inputSize: 1, outputSize: 1, rank: 3, batchAxis: 1, weights: 1 }, threads, threads[0], 0);
  await expect(pool.stream({ batch: 3 })).rejects.toThrow('no memory');
  expect(open.size).toBe(0);
});

describe('openPool', () => {
  it('refuses what is no model, and no count of threads', async () => {
    const model = new Sequential([new Softmax()]);
    await expect(openPool({} as never)).rejects.toThrow(TypeError);
    await expect(openPool(model, { threads: 0, minWork: 0 })).rejects.toThrow(RangeError);
    await expect(openPool(model, { cores: 2 } as never)).rejects.toThrow(TypeError);
    model.dispose();
    await expect(openPool(model)).rejects.toThrow(/disposed/);
  });

  it('lets go of its threads', async () => {
    const pool = await openPool(new Sequential([new Softmax()]), { threads: 1, minWork: 0 });
    expect(pool).toBeInstanceOf(Pool);
    const input = tensor(2, 2, 3);
    const running = pool.forward(input);
    await pool.close();
    expect((await running).output.dims).toEqual([2, 2, 3]);
    await expect(pool.forward(input)).rejects.toThrow(/got a closed pool, expected an open one/);
    await pool.close();
  });

  it('ends streams with the pool, without starting its threads again', async () => {
    const pool = await openPool(new Sequential([new GRU({ inputSize: 2, hiddenSize: 3 })]), { threads: 1 });
    const stream = await pool.stream();
    const running = stream.step(new Float32Array(2));
    await pool.close();
    expect(await running).toHaveLength(3);
    const closed = /^PoolStream.\w+: got a closed pool, expected an open one$/;
    await expect(stream.step(new Float32Array(2))).rejects.toThrow(closed);
    await expect(stream.reset()).rejects.toThrow(closed);
    await expect(stream.stateOf(0)).rejects.toThrow(closed);
    await stream.dispose();
  });
});

describe('calls smaller than what a message costs', () => {
  it('stay on the caller’s thread, with the same bits', async () => {
    const model = new Sequential([
      new LSTM({ inputSize: 5, hiddenSize: 9, seed: 1 }),
      new Linear({ inFeatures: 9, outFeatures: 4, seed: 1 }),
    ]);
    const pool = await openPool(model, { threads: 2 });
    const input = tensor(4, 3, 5);
    expect(await pool.forward(input)).toEqual(model.forward(input));
    const stream = await pool.stream({ batch: 3 });
    using alone = model.stream({ batch: 3 });
    const x = tensor(6, 3, 5).data;
    const expected = new Float32Array(6 * 3 * 4);
    for (let t = 0; t < 6; t++) alone.step(x.subarray(t * 15, t * 15 + 15), expected.subarray(t * 12, t * 12 + 12));
    expect(await stream.steps(x)).toEqual(expected);
    expect(await stream.state).toEqual(alone.state);
    await pool.close();
    await expect(stream.step(x.subarray(0, 15))).rejects.toThrow(/closed pool/);
  });
});

describe('a stream of a pool', async () => {
  const model = new Sequential([new GRU({ inputSize: 3, hiddenSize: 5, seed: 4 })]);
  const pool = await openPool(model, { threads: 2, minWork: 0 });
  afterAll(() => pool.close());

  it('takes many steps at once, writes into out, reads all states', async () => {
    const stream = await pool.stream({ batch: 3 });
    using alone = model.stream({ batch: 3 });
    const x = tensor(7, 3, 3).data;
    const out = new Float32Array(7 * 3 * 5);
    const expected = new Float32Array(7 * 3 * 5);
    for (let t = 0; t < 7; t++) alone.step(x.subarray(t * 9, t * 9 + 9), expected.subarray(t * 15, t * 15 + 15));
    expect(await stream.steps(x, out)).toBe(out);
    expect(out).toEqual(expected);
    expect(await stream.state).toEqual(alone.state);
    await expect(stream.steps(x.subarray(1))).rejects.toThrow(/got .*, expected/);
    await expect(stream.step(x.subarray(0, 9), new Float32Array(3))).rejects.toThrow(/out: got .*, expected/);
  });

  it('copies lanes within a thread and between threads', async () => {
    const [one, two] = [await pool.stream({ batch: 4 }), await pool.stream({ batch: 4 })];
    await one.steps(tensor(3, 4, 3).data);
    for (const [lane, source] of [
      [0, 1],
      [3, 0],
    ]) {
      await two.copyLane(lane, one, source);
      expect(await two.stateOf(lane)).toEqual(await one.stateOf(source));
    }
    await expect(two.copyLane(0, {} as never)).rejects.toThrow(TypeError);
    await expect(two.copyLane(4, one)).rejects.toThrow(RangeError);
  });
});
