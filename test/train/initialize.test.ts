import { describe, expect, it } from 'vitest';
import { Embedding, GRU, Linear, LSTM, Sequential, Tanh } from '../../bindings/index.js';
import type { StateDict } from '../../bindings/tensor.js';
import { type InitializeOptions, initialize } from '../../bindings/train/initialize.js';
import { orthogonalMatrix } from '../../bindings/train/orthogonal.js';
import { mulberry32 } from '../support/random.js';

function lstm(options: Omit<InitializeOptions, 'seed'>, seed = 1): StateDict {
  using layer = new LSTM({ inputSize: 24, hiddenSize: 32, numLayers: 2, projSize: 8 });
  initialize(layer, { seed, ...options });
  return layer.stateDict();
}

function variance(data: Float32Array): number {
  return data.reduce((sum, value) => sum + value * value, 0) / data.length;
}

/** Largest distance of WᵀW, or WWᵀ where there are more columns, from I. */
function fromOrthogonal(w: Float32Array, rows: number, columns: number): number {
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const at = (vector: number, i: number) => (columns > rows ? w[vector * columns + i] : w[i * columns + vector]);
  let worst = 0;
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) {
      let dot = 0;
      for (let i = 0; i < length; i++) dot += at(a, i) * at(b, i);
      worst = Math.max(worst, Math.abs(dot - (a === b ? 1 : 0)));
    }
  }
  return worst;
}

describe('initialize', () => {
  it('draws uniformly from ±1/√H by default, biases too, as torch.nn', () => {
    for (const { data } of Object.values(lstm({}))) {
      const most = Math.max(...data.map(Math.abs));
      expect(most).toBeLessThanOrEqual(1 / Math.sqrt(32));
      expect(most).toBeGreaterThan(0.8 / Math.sqrt(32));
      expect(variance(data) * 32).toBeGreaterThan(0.2);
    }
  });

  it.each(['xavierUniform', 'xavierNormal'] as const)(
    '%s: the variance of each gate is 2/(rows + columns)',
    (input) => {
      const { data } = lstm({ input }).weight_ih_l0;
      expect(variance(data) / (2 / (32 + 24))).toBeCloseTo(1, 1);
      const most = Math.max(...data.map(Math.abs)) / Math.sqrt(6 / (32 + 24));
      if (input === 'xavierUniform') expect(most).toBeCloseTo(1, 2);
      else expect(most).toBeGreaterThan(1.1);
    },
  );

  it('orthogonal: WᵀW = I for each gate', () => {
    const { weight_hh_l0: w } = lstm({ recurrent: 'orthogonal' });
    for (let gate = 0; gate < 4; gate++) {
      expect(fromOrthogonal(w.data.subarray(gate * 256, (gate + 1) * 256), 32, 8)).toBeLessThan(1e-6);
    }
    const other = lstm({ recurrent: 'orthogonal', gain: 3 }).weight_hh_l1.data.map((value) => value / 3);
    expect(fromOrthogonal(other.subarray(0, 256), 32, 8)).toBeLessThan(1e-6);
  });

  it('sets the forget bias of an LSTM: b_ih + b_hh of the second gate', () => {
    const dict = lstm({ bias: 'zeros', forgetBias: 1 });
    const sum = dict.bias_ih_l1.data.map((value, i) => value + dict.bias_hh_l1.data[i]);
    expect([...sum]).toEqual(Array.from({ length: 128 }, (_, i) => (i >= 32 && i < 64 ? 1 : 0)));
  });

  it('is seeded', () => {
    expect(lstm({ recurrent: 'orthogonal' }, 5)).toEqual(lstm({ recurrent: 'orthogonal' }, 5));
    expect(lstm({}, 5)).not.toEqual(lstm({}, 6));
  });

  it('reaches every layer of a Sequential: a standard normal Embedding, ±1/√inputs for a Linear', () => {
    using model = new Sequential([
      new Embedding({ numEmbeddings: 50, embeddingDim: 40, seed: null }),
      new GRU({ inputSize: 40, hiddenSize: 16, seed: null }),
      new Tanh(),
      new Linear({ inFeatures: 16, outFeatures: 9, seed: null }),
    ]);
    initialize(model, { seed: 3, recurrent: 'orthogonal' });
    const dict = model.stateDict();
    expect(variance(dict['0.weight'].data)).toBeCloseTo(1, 1);
    expect(fromOrthogonal(dict['1.weight_hh_l0'].data.subarray(512), 16, 16)).toBeLessThan(1e-6);
    const most = Math.max(...dict['3.weight'].data.map(Math.abs));
    expect(most).toBeGreaterThan(0.23);
    expect(most).toBeLessThanOrEqual(0.25);
  });

  it('refuses what does not fit, and changes nothing', () => {
    using gru = new GRU({ inputSize: 2, hiddenSize: 3 });
    const before = gru.stateDict();
    const cases: [InitializeOptions, string][] = [
      [{ seed: 1, forgetBias: 1 }, 'forgetBias: got 1, expected an LSTM with biases for it'],
      [{ seed: Number.NaN }, 'initialize: seed: got NaN, expected a finite number'],
      [{} as InitializeOptions, 'initialize: seed: got undefined'],
      [{ seed: 1, input: 'kaiming' as 'zeros' }, 'initialize: input: got "kaiming", expected one of uniform'],
      [
        { seed: 1, bias: 'orthogonal' as 'zeros' },
        'initialize: bias: got "orthogonal", expected one of uniform, zeros',
      ],
      [{ seed: 1, gain: Number.POSITIVE_INFINITY }, 'initialize: gain: got Infinity, expected a finite number'],
    ];
    for (const [options, message] of cases) expect(() => initialize(gru, options)).toThrow(message);
    expect(gru.stateDict()).toEqual(before);
  });
});

describe('orthogonalMatrix', () => {
  it.each([
    [1, 1],
    [7, 7],
    [64, 64],
    [40, 12],
    [12, 40],
  ])('%i × %i', (rows, columns) => {
    expect(fromOrthogonal(orthogonalMatrix(rows, columns, mulberry32(rows)), rows, columns)).toBeLessThan(1e-6);
  });
});
