import { PerformanceObserver } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { Embedding, type Engine, GRU, Linear, LSTM, RNN, Sequential, type Stream } from '../../bindings/core.js';
import { BUILDS } from '../support/builds.js';
import { littered } from '../support/garbage.js';
import { ones } from './misuse.js';

const STEPS = 100_000;
const collect = globalThis.gc as () => void;

/** Runs steps without allocating anything of its own. */
function runSteps(stream: Stream<never>, x: Float32Array, out: Float32Array, steps: number): void {
  for (let t = 0; t < steps; t++) stream.step(x, out);
}

const STREAMS: [string, (engine: Engine) => Stream<never>][] = [
  ['LSTM(32)', (engine) => new LSTM({ inputSize: 16, hiddenSize: 32, engine }).stream() as Stream<never>],
  ['GRU(32)', (engine) => new GRU({ inputSize: 16, hiddenSize: 32, engine }).stream() as Stream<never>],
  ['RNN(5), few inputs', (engine) => new RNN({ inputSize: 3, hiddenSize: 5, engine }).stream() as Stream<never>],
  [
    'LSTM(13), projected',
    (engine) => {
      return new LSTM({ inputSize: 5, hiddenSize: 13, projSize: 6, numLayers: 2, engine }).stream() as Stream<never>;
    },
  ],
  [
    'GRU(16), a batch of 3',
    (engine) => new GRU({ inputSize: 8, hiddenSize: 16, engine }).stream({ batch: 3 }) as Stream<never>,
  ],
  [
    'GRU(7) of 8 inputs, a batch of 3',
    (engine) => new GRU({ inputSize: 8, hiddenSize: 7, engine }).stream({ batch: 3 }) as Stream<never>,
  ],
  [
    'GRU(8) of 7 inputs, a batch of 3',
    (engine) => new GRU({ inputSize: 7, hiddenSize: 8, engine }).stream({ batch: 3 }) as Stream<never>,
  ],
  [
    'GRU(7), a batch of 3',
    (engine) => new GRU({ inputSize: 3, hiddenSize: 7, engine }).stream({ batch: 3 }) as Stream<never>,
  ],
  [
    'int8 LSTM(13), projected, a batch of 3',
    (engine) => {
      const options = { inputSize: 8, hiddenSize: 13, projSize: 8, numLayers: 2, weights: 'int8' } as const;
      return new LSTM({ ...options, engine }).stream({ batch: 3 }) as Stream<never>;
    },
  ],
  [
    'int8 Sequential',
    (engine) => {
      const weights = 'int8';
      const model = new Sequential([
        new Embedding({ numEmbeddings: 2, embeddingDim: 8, weights, engine }),
        new GRU({ inputSize: 8, hiddenSize: 16, weights, engine }),
        new Linear({ inFeatures: 16, outFeatures: 20, weights, engine }),
      ]);
      return model.stream() as Stream<never>;
    },
  ],
  [
    'Sequential',
    (engine) => {
      const model = new Sequential([
        new Embedding({ numEmbeddings: 2, embeddingDim: 8, engine }),
        new GRU({ inputSize: 8, hiddenSize: 16, engine }),
        new Linear({ inFeatures: 16, outFeatures: 20, engine }),
      ]);
      return model.stream() as Stream<never>;
    },
  ],
];

/** Of each kind of stage and of padding; with an Embedding, a block is single steps. */
const BLOCKS = STREAMS.filter(([name]) => /^(RNN|GRU\(7\), a batch|int8 LSTM|Sequential)/.test(name));

describe('real time', () => {
  it.each(STREAMS)('10^5 steps of %s: no growth, no garbage', async (name, open) => {
    const engine = BUILDS[0].create();
    const stream = open(engine);
    const x = new Float32Array(stream.batch * stream.inputSize).fill(1);
    const out = new Float32Array(stream.batch * stream.outputSize);
    // V8 compiles on another thread, which may wait for a core: until then a step makes garbage.
    for (let round = 0; round < 3; round++) {
      runSteps(stream, x, out, 20_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const collections: number[] = [];
    const observer = new PerformanceObserver((list) => {
      collections.push(...list.getEntries().map(({ startTime }) => startTime));
    });
    const { buffer } = engine.memory;
    const { bytesInUse } = engine;
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
    observer.observe({ entryTypes: ['gc'] });
    const before = process.memoryUsage().heapUsed;
    const started = performance.now();
    runSteps(stream, x, out, STEPS);
    const ended = performance.now();
    const micros = ((ended - started) * 1000) / STEPS;
    const littered = (process.memoryUsage().heapUsed - before) / STEPS;
    await new Promise((resolve) => setTimeout(resolve, 20));
    observer.disconnect();
    const duringSteps = collections.filter((at) => at >= started && at <= ended).length;
    collect();
    const grown = (process.memoryUsage().heapUsed - before) / STEPS;
    console.log(
      `${name}: ${micros.toFixed(2)} µs a step, garbage ${littered.toFixed(2)} bytes a step, ${duringSteps} collections, ` +
        `heap ${grown.toFixed(2)} bytes a step`,
    );
    expect(engine.memory.buffer === buffer, 'the same buffer').toBe(true);
    expect(engine.bytesInUse).toBe(bytesInUse);
    expect(grown).toBeLessThan(16);
    expect(littered).toBeLessThan(16);
    expect(duringSteps).toBe(0);
  });

  it.each(BLOCKS)('blocks of %s, and blocks of lanes: no garbage', async (_, open) => {
    const engine = BUILDS[0].create();
    const stream = open(engine);
    const arrays = [7, 150].map((steps) => {
      const rows = steps * stream.batch;
      const x = new Float32Array(rows * stream.inputSize).fill(1);
      return [x, new Float32Array(rows * stream.outputSize), { lanes: [...Array(stream.batch).keys()] }] as const;
    });
    const run = (calls: number) => {
      for (let i = 0; i < calls; i++) {
        const [x, out, options] = arrays[i % 2];
        stream.steps(x, out, i % 4 < 2 ? undefined : options);
      }
    };
    run(10_000);
    const { buffer } = engine.memory;
    const { bytesInUse } = engine;
    // An array or a view would be more.
    expect((await littered(() => run(4000))) / 4000).toBeLessThan(64);
    expect(engine.memory.buffer === buffer, 'the same buffer').toBe(true);
    expect(engine.bytesInUse).toBe(bytesInUse);
  });

  it('a forward of the same size, or smaller, takes no memory', () => {
    const engine = BUILDS[0].create();
    const options = { inputSize: 5, hiddenSize: 9, numLayers: 2, engine };
    const layers = [new LSTM({ ...options, bidirectional: true }), new GRU(options), new RNN(options)];
    const linear = new Linear({ inFeatures: 5, outFeatures: 9, engine });
    for (const layer of layers) layer.run(ones(20, 4, 5));
    linear.forward(ones(20, 4, 5));
    const { buffer } = engine.memory;
    const { bytesInUse, f32 } = engine;
    for (let i = 0; i < 100; i++) {
      const input = i % 3 ? ones(20, 4, 5) : ones(1 + (i % 19), 1 + (i % 4), 5);
      for (const layer of layers)
        layer.run(input, i % 2 ? { lengths: input.dims.slice(1, 2).flatMap((b) => Array(b).fill(1)) } : {});
      linear.forward(input);
    }
    expect(engine.memory.buffer === buffer, 'the same buffer').toBe(true);
    expect(engine.f32 === f32, 'the same view').toBe(true);
    expect(engine.bytesInUse).toBe(bytesInUse);
  });

  it('a stream outlives growth of memory: it looks at the new buffer', () => {
    for (const Kind of [LSTM, GRU]) {
      const engine = BUILDS[0].create();
      const layer = new Kind({ inputSize: 20, hiddenSize: 24, engine, seed: 1 });
      const whole = layer.run(ones(10, 20)).output.data;
      const stream = layer.stream();
      for (let t = 0; t < 10; t++) {
        expect(stream.step(new Float32Array(20).fill(1))).toEqual(whole.slice(t * 24, t * 24 + 24));
        const { buffer } = engine.memory;
        new Linear({ inFeatures: 4, outFeatures: buffer.byteLength >> 4, engine, seed: null });
        expect(engine.memory.buffer === buffer, 'still the old buffer').toBe(false);
      }
    }
  });
});
