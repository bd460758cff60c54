import { describe, expect, it } from 'vitest';
import {
  Embedding,
  type Engine,
  GRU,
  Linear,
  LogSoftmax,
  LSTM,
  type Module,
  ReLU,
  RNN,
  Sequential,
  Sigmoid,
  Softmax,
  Tanh,
} from '../../bindings/core.js';
import { padToLanes } from '../../bindings/engine/abi.js';
import { BUILDS } from '../support/builds.js';
import { expectFilled, expectSameBits } from './bits.js';
import { Buffers, guard } from './guarded-engine.js';

const INF = Number.POSITIVE_INFINITY;

/** Every module that can be a link of a stream, five features wide where it may choose. */
const LINKS: Record<string, (engine: Engine) => Module> = {
  Linear: (engine) => new Linear({ inFeatures: 5, outFeatures: 7, engine, seed: 1 }),
  'Linear to one': (engine) => new Linear({ inFeatures: 5, outFeatures: 1, engine, seed: 1 }),
  Embedding: (engine) => new Embedding({ numEmbeddings: 3, embeddingDim: 6, engine, seed: 1 }),
  'int8 Linear': (engine) => new Linear({ inFeatures: 5, outFeatures: 7, weights: 'int8', engine, seed: 1 }),
  'int8 Embedding': (engine) => new Embedding({ numEmbeddings: 3, embeddingDim: 6, weights: 'int8', engine, seed: 1 }),
  Tanh: (engine) => new Tanh({ engine }),
  Sigmoid: (engine) => new Sigmoid({ engine }),
  ReLU: (engine) => new ReLU({ engine }),
  Softmax: (engine) => new Softmax({ engine }),
  LogSoftmax: (engine) => new LogSoftmax({ engine }),
  LSTM: (engine) => new LSTM({ inputSize: 5, hiddenSize: 9, engine, seed: 1 }),
  'projected LSTM': (engine) => new LSTM({ inputSize: 5, hiddenSize: 9, projSize: 3, engine, seed: 1 }),
  GRU: (engine) => new GRU({ inputSize: 5, hiddenSize: 9, engine, seed: 1 }),
  'GRU, reset before': (engine) => new GRU({ inputSize: 5, hiddenSize: 9, resetAfter: false, engine, seed: 1 }),
  'int8 LSTM': (engine) => new LSTM({ inputSize: 5, hiddenSize: 9, projSize: 3, weights: 'int8', engine, seed: 1 }),
  'int8 GRU': (engine) => new GRU({ inputSize: 5, hiddenSize: 9, weights: 'int8', engine, seed: 1 }),
  RNN: (engine) => new RNN({ inputSize: 5, hiddenSize: 9, engine, seed: 1 }),
};

describe.each(BUILDS)('links of a stream, $name', ({ create }) => {
  it.each(Object.entries(LINKS))('%s leaves zeros in the padding, whatever comes in', (_, make) => {
    const engine = create();
    const { broken } = guard(engine);
    const module = make(engine);
    const width = module.inputSize || 5;
    const buffers = new Buffers(engine);
    for (const value of [1, 0, INF, -INF, Number.NaN, 3.4e38]) {
      if (module instanceof Embedding && value !== 1) continue;
      const batch = 3;
      const x = buffers.rows(new Float32Array(batch * width).fill(value), width, padToLanes(width));
      const stage = module.openStage(batch, width);
      stage.reserve(1);
      for (let t = 0; t < 2; t++) {
        const y = stage.advance(x, 1) / 4;
        const stride = padToLanes(stage.outputSize);
        for (let b = 0; b < batch; b++) {
          const row = y + b * stride;
          expectFilled(engine.f32, row + stage.outputSize, row + stride, 0, `row ${b} after ${value}`);
        }
      }
      stage.release();
    }
    expect(broken()).toEqual([]);
  });

  it('hand an infinity on as a whole forward does', () => {
    const engine = create();
    const options = { inputSize: 1, hiddenSize: 5, engine, seed: 2 };
    for (const next of [new GRU(options), new LSTM(options), new RNN(options)]) {
      const model = new Sequential([new Linear({ inFeatures: 3, outFeatures: 1, engine, seed: 2 }), next]);
      const input = { data: Float32Array.of(1, INF, 2, 1, 2, 3, -INF, 0, 1), dims: [3, 3] };
      const { output } = model.forward(input);
      expect(output.data.every(Number.isFinite)).toBe(true);
      const stream = model.stream();
      for (let t = 0; t < 3; t++) {
        const y = stream.step(input.data.slice(t * 3, t * 3 + 3));
        expectSameBits(y, output.data.subarray(t * 5, t * 5 + 5), `${next.type}, step ${t}`);
      }
    }
  });
});
