import { describe, expect, it } from 'vitest';
import { Embedding, type Engine, GRU, Linear, LSTM, RNN, Softmax, Tanh, type Tensor } from '../../bindings/core.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';
import { expectSameBits } from './bits.js';
import { guard } from './guarded-engine.js';

type AnyLayer = LSTM | GRU | RNN;

/** So many rows that a layer cannot hold the input products of all at once, and too few units to take long. */
const LONG: readonly [string, (engine: Engine, bidirectional: boolean) => AnyLayer, number, number][] = [
  ['LSTM of 33', (engine, bidirectional) => new LSTM({ ...small(33), bidirectional, engine }), 400, 5],
  ['projected LSTM', (engine, bidirectional) => new LSTM({ ...small(40), projSize: 7, bidirectional, engine }), 400, 5],
  ['GRU of 65', (engine, bidirectional) => new GRU({ ...small(65), bidirectional, engine }), 300, 7],
  [
    'GRU, reset before',
    (engine, bidirectional) => new GRU({ ...small(30), resetAfter: false, bidirectional, engine }),
    1100,
    3,
  ],
  ['int8 GRU', (engine, bidirectional) => new GRU({ ...small(65), weights: 'int8', bidirectional, engine }), 300, 7],
  [
    'RNN, a batch wider than the gates',
    (engine, bidirectional) => new RNN({ ...small(70), bidirectional, engine }),
    3,
    2500,
  ],
];

const small = (hiddenSize: number) => ({ inputSize: 3, hiddenSize, seed: 7, bias: true });

function tensor(...dims: number[]): Tensor {
  return {
    data: randomArray(
      dims.reduce((a, b) => a * b),
      mulberry32(3),
    ),
    dims,
  };
}

/** Steps of [T, B, W] in opposite order. */
function reversed({ data, dims }: Tensor): Tensor {
  const step = dims[1] * dims[2];
  const out = new Float32Array(data.length);
  for (let t = 0; t < dims[0]; t++) out.set(data.subarray(t * step, (t + 1) * step), (dims[0] - 1 - t) * step);
  return { data: out, dims };
}

/** Columns `from` … `to` of the last dimension. */
function columns({ data, dims }: Tensor, from: number, to: number): Float32Array {
  const width = dims[dims.length - 1];
  return data.filter((_, i) => i % width >= from && i % width < to);
}

describe.each(BUILDS.filter(({ name }) => name !== 'debug'))(
  'inputs larger than the workspace, $name',
  ({ create }) => {
    const engine = create();
    const { broken } = guard(engine);

    it.each(LONG)('%s: a long sequence has the bits of its repeated steps', (_, make, steps, batch) => {
      using layer = make(engine, false);
      const input = tensor(steps, batch, 3);
      const { output } = layer.run(input);
      using stream = layer.stream({ batch });
      const out = new Float32Array(batch * layer.outputSize);
      for (let t = 0; t < steps; t++) {
        stream.step(input.data.subarray(t * batch * 3, (t + 1) * batch * 3), out);
        expectSameBits(output.data.subarray(t * out.length, (t + 1) * out.length), out, `step ${t}`);
      }
      expect(broken()).toEqual([]);
    });

    it.each(LONG)('%s: the reverse half is the forward half of the reversed sequence', (_, make, steps, batch) => {
      using layer = make(engine, true);
      const dict = layer.stateDict();
      const swapped = Object.keys(dict).map((name) => {
        const twin = name.endsWith('_reverse') ? name.replace('_reverse', '') : `${name}_reverse`;
        return [name, dict[twin]] as const;
      });
      const input = tensor(steps, batch, 3);
      const { output } = layer.run(input);
      layer.loadStateDict(Object.fromEntries(swapped));
      const backwards = reversed(layer.run(reversed(input)).output);
      const half = layer.outputSize / 2;
      expectSameBits(columns(output, half, 2 * half), columns(backwards, 0, half), 'reverse half');
      expectSameBits(columns(output, 0, half), columns(backwards, half, 2 * half), 'forward half');
    });

    it.each(LONG)('%s: each of a ragged batch has the bits of itself alone', (_, make, steps, batch) => {
      using layer = make(engine, true);
      const input = tensor(steps, batch, 3);
      const lengths = Array.from({ length: batch }, (_, b) => 1 + ((b * 7919 + steps - 1) % steps));
      const { output } = layer.run(input, { lengths });
      const width = layer.outputSize;
      for (let b = 0; b < Math.min(batch, 20); b++) {
        const rows = Array.from({ length: lengths[b] }, (_, t) => t * batch + b);
        const own = Float32Array.from(rows.flatMap((row) => [...input.data.subarray(row * 3, row * 3 + 3)]));
        const alone = layer.run({ data: own, dims: [lengths[b], 3] }).output.data;
        const got = Float32Array.from(rows.flatMap((row) => [...output.data.subarray(row * width, (row + 1) * width)]));
        expectSameBits(got, alone, `sequence ${b}`);
      }
    });

    it('Linear, Embedding and the activations give every row of a large input the bits of the row alone', () => {
      const linear = new Linear({ inFeatures: 5, outFeatures: 9, engine, seed: 1 });
      const embedding = new Embedding({ numEmbeddings: 50, embeddingDim: 6, engine, seed: 1 });
      const rows = 30_001;
      const indices = { data: Float32Array.from({ length: rows }, (_, i) => (i * 31) % 50), dims: [rows, 1] };
      for (const [module, input] of [
        [linear, tensor(rows, 5)],
        [new Tanh({ engine }), tensor(rows, 7)],
        [new Softmax({ engine }), tensor(rows, 3)],
        [embedding, indices],
      ] as const) {
        const { output } = module.run(input);
        const [inWidth, outWidth] = [input.dims[1], output.data.length / rows];
        for (let r = 0; r < rows; r += 997) {
          const data = input.data.subarray(r * inWidth, (r + 1) * inWidth);
          const alone = module.run({ data, dims: [1, inWidth] }).output.data;
          expectSameBits(output.data.subarray(r * outWidth, (r + 1) * outWidth), alone, `${module.type}, row ${r}`);
        }
      }
      const wide = tensor(2, 100_003);
      const mapped = new Tanh({ engine }).forward(wide).data;
      expect(Math.abs(mapped[150_000] - Math.tanh(wide.data[150_000]))).toBeLessThan(2e-7);
      expect(broken()).toEqual([]);
    });
  },
);
