import { describe, expect, it } from 'vitest';
import {
  Embedding,
  type Engine,
  GRU,
  GRUCell,
  Linear,
  LSTM,
  LSTMCell,
  RNN,
  RNNCell,
  Sequential,
  Tanh,
} from '../../bindings/core.js';
import { BUILDS } from '../support/builds.js';
import { ones } from './misuse.js';

const MB = 2 ** 20;
const collect = globalThis.gc as () => void;

/** Makes, uses and returns one of each kind. */
function oneOfEach(engine: Engine) {
  const options = { inputSize: 3, hiddenSize: 5, engine, seed: null };
  return [
    new LSTM({ ...options, projSize: 2, bidirectional: true }),
    new GRU({ ...options, numLayers: 2 }),
    new RNN(options),
    new LSTMCell(options),
    new GRUCell({ ...options, resetAfter: false }),
    new RNNCell(options),
    new Linear({ inFeatures: 3, outFeatures: 5, engine, seed: null }),
    new Embedding({ numEmbeddings: 3, embeddingDim: 5, engine, seed: null }),
    new Sequential([new Linear({ inFeatures: 3, outFeatures: 5, engine, seed: null }), new Tanh({ engine })]),
    new Tanh({ engine }),
  ];
}

/** Waits for finalizers, which run in tasks of their own; `done` may look at a WeakRef, which holds on for one task. */
async function collected(done: () => boolean): Promise<void> {
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    collect();
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (done()) return;
  }
}

describe('memory', () => {
  it('ten thousand layers made and disposed leave bytesInUse where it was', () => {
    const engine = BUILDS[0].create();
    using kept = new GRU({ inputSize: 8, hiddenSize: 8, engine });
    const before = engine.bytesInUse;
    let grown = 0;
    for (let i = 0; i < 1000; i++) {
      const modules = oneOfEach(engine);
      for (const module of modules) {
        if (module instanceof GRU) {
          module.forward(ones(2, 3));
          module.stream().dispose();
        }
      }
      expect(engine.bytesInUse).toBeGreaterThan(before);
      for (const module of i % 2 ? modules : modules.reverse()) module.dispose();
      if (engine.bytesInUse !== before) expect.fail(`${engine.bytesInUse - before} bytes left after round ${i}`);
      if (i === 0) grown = engine.memory.buffer.byteLength;
    }
    expect(engine.memory.buffer.byteLength).toBe(grown);
    kept.dispose();
    expect(engine.bytesInUse).toBe(0);
  });

  it('10 000 concurrent streams of one GRU(128) cost under 20 MB above the weights', () => {
    const engine = BUILDS[0].create();
    using gru = new GRU({ inputSize: 128, hiddenSize: 128, engine, seed: 1 });
    const weights = engine.bytesInUse;
    const buffer = engine.memory.buffer.byteLength;
    const expected = gru.forward({ ...ones(3, 128) }).output.data;
    collect();
    const heap = process.memoryUsage().heapUsed;
    const started = performance.now();
    const streams = Array.from({ length: 10_000 }, () => gru.stream());
    const opened = performance.now() - started;
    const x = new Float32Array(128).fill(1);
    const out = new Float32Array(128);
    for (let t = 0; t < 3; t++) for (const stream of streams) stream.step(x, out);
    expect(out).toEqual(expected.slice(256));
    const used = engine.bytesInUse - weights;
    const grown = engine.memory.buffer.byteLength - buffer;
    collect();
    const javascript = process.memoryUsage().heapUsed - heap;
    console.log(
      `10 000 streams of GRU(128): ${(used / MB).toFixed(1)} MB in use, memory grown by ${(grown / MB).toFixed(1)} MB, ` +
        `${(javascript / MB).toFixed(1)} MB of JavaScript objects, opened in ${opened.toFixed(0)} ms`,
    );
    expect(used).toBeLessThan(20 * MB);
    expect(grown).toBeLessThan(20 * MB);
    expect(grown + javascript, 'wasm and JavaScript together').toBeLessThan(40 * MB);
    for (const stream of streams) stream.dispose();
    expect(engine.bytesInUse - weights).toBeLessThan(MB);
    gru.dispose();
    expect(engine.bytesInUse).toBe(0);
  });

  it('collects what was dropped without dispose', async () => {
    const engine = BUILDS[0].create();
    using kept = new GRU({ inputSize: 3, hiddenSize: 5, engine, seed: 1 });
    const expected = kept.forward(ones(4, 3));
    const before = engine.bytesInUse;
    (() => {
      for (let i = 0; i < 20; i++) {
        for (const module of oneOfEach(engine)) if (module instanceof RNN) module.stream().step(new Float32Array(3));
        kept.stream();
      }
    })();
    expect(engine.bytesInUse).toBeGreaterThan(before);
    await collected(() => engine.bytesInUse === before);
    expect(engine.bytesInUse).toBe(before);
    expect(kept.forward(ones(4, 3))).toEqual(expected);
  });

  it('keeps a layer whose stream is still held', async () => {
    const engine = BUILDS[0].create();
    const stream = (() => new GRU({ inputSize: 3, hiddenSize: 5, engine, seed: 1 }).stream())();
    const before = engine.bytesInUse;
    const expected = Array.from({ length: 3 }, () => stream.step(new Float32Array(3).fill(1)));
    stream.reset();
    await collected(() => false);
    expect(engine.bytesInUse).toBe(before);
    new Linear({ inFeatures: 9, outFeatures: 9, engine });
    expect(Array.from({ length: 3 }, () => stream.step(new Float32Array(3).fill(1)))).toEqual(expected);
  });

  it('frees a whole engine with its layers', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const engines = new Set<WeakRef<Engine>>();
    (() => {
      for (let i = 0; i < 10; i++) {
        const engine = BUILDS[0].create();
        new Linear({ inFeatures: 500, outFeatures: 500, engine, seed: null });
        engines.add(new WeakRef(engine));
      }
    })();
    const alive = () => [...engines].filter((engine) => engine.deref()).length;
    await collected(() => alive() === 0);
    expect(alive(), `${process.memoryUsage().arrayBuffers - before} bytes of buffers`).toBe(0);
  });

  it('gives a new layer zeros, whoever had its memory before', () => {
    const engine = BUILDS[0].create();
    const dirty = new Linear({ inFeatures: 60, outFeatures: 60, engine, seed: 1 });
    dirty.forward({ data: new Float32Array(600).fill(Number.NaN), dims: [10, 60] });
    dirty.dispose();
    using gru = new GRU({ inputSize: 3, hiddenSize: 5, engine, seed: 1 });
    const fresh = new GRU({ inputSize: 3, hiddenSize: 5, engine: BUILDS[0].create(), seed: 1 });
    expect(gru.forward(ones(4, 3))).toEqual(fresh.forward(ones(4, 3)));
    expect(gru.stream().step(new Float32Array(3).fill(1))).toEqual(fresh.stream().step(new Float32Array(3).fill(1)));
  });
});
