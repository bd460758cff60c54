import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Embedding,
  type Engine,
  GRU,
  GRUCell,
  Linear,
  LSTM,
  LSTMCell,
  type Module,
  RNN,
  RNNCell,
  Sequential,
  type StateDict,
} from '../../bindings/core.js';
import { draw, layerCases, makeLayer, trials } from '../kernels/draw.js';
import { BUILDS } from '../support/builds.js';
import { parameterShapes } from '../support/parameter-shapes.js';

const engine = BUILDS[0].create();

/** One of each kind, of sizes that leave padding everywhere. */
const MAKERS: Record<string, (engine: Engine) => Module | LSTMCell | GRUCell | RNNCell> = {
  LSTM: (engine) => new LSTM({ inputSize: 5, hiddenSize: 7, numLayers: 2, bidirectional: true, engine }),
  'projected LSTM': (engine) => new LSTM({ inputSize: 3, hiddenSize: 9, projSize: 2, numLayers: 2, engine }),
  GRU: (engine) => new GRU({ inputSize: 6, hiddenSize: 5, engine }),
  'GRU, reset before': (engine) => new GRU({ inputSize: 6, hiddenSize: 11, resetAfter: false, engine }),
  'RNN without bias': (engine) => new RNN({ inputSize: 1, hiddenSize: 1, bias: false, engine }),
  LSTMCell: (engine) => new LSTMCell({ inputSize: 5, hiddenSize: 6, engine }),
  GRUCell: (engine) => new GRUCell({ inputSize: 5, hiddenSize: 6, engine }),
  'GRUCell, reset before': (engine) => new GRUCell({ inputSize: 5, hiddenSize: 6, resetAfter: false, engine }),
  RNNCell: (engine) => new RNNCell({ inputSize: 5, hiddenSize: 6, engine }),
  Linear: (engine) => new Linear({ inFeatures: 5, outFeatures: 3, engine }),
  'Linear without bias': (engine) => new Linear({ inFeatures: 30, outFeatures: 37, bias: false, engine }),
  Embedding: (engine) => new Embedding({ numEmbeddings: 9, embeddingDim: 5, engine }),
  Sequential: (engine) =>
    new Sequential([
      new Embedding({ numEmbeddings: 9, embeddingDim: 5, engine }),
      new GRU({ inputSize: 5, hiddenSize: 6, engine }),
      new Linear({ inFeatures: 6, outFeatures: 9, engine }),
    ]),
};

/** Different numbers everywhere, the odd ones among them. */
function scramble(dict: StateDict): StateDict {
  const odd = [Number.NaN, 1 / 0, -1 / 0, -0, 1e-45, 3.4e38];
  let next = 0;
  const fill = () => (++next % 11 === 0 ? odd[(next / 11) % odd.length] : Math.fround(next * 0.37 - 50));
  return Object.fromEntries(
    Object.entries(dict).map(([name, { data, dims }]) => [name, { data: data.map(fill), dims: [...dims] }]),
  );
}

describe('stateDict and loadStateDict', () => {
  it.each(Object.entries(MAKERS))('bring every number of %s back unchanged', (_, make) => {
    using module = make(engine);
    const dict = scramble(module.stateDict());
    const given = structuredClone(dict);
    module.loadStateDict(dict);
    expect(module.stateDict()).toEqual(given);
    expect(dict, 'the dict handed in').toEqual(given);
    using other = make(engine);
    expect(other.stateDict()).not.toEqual(given);
    other.loadStateDict(module.stateDict());
    expect(other.stateDict()).toEqual(given);
  });

  it.each(Object.entries(MAKERS))(
    'give copies of %s: what the caller does to them stays with the caller',
    (_, make) => {
      using module = make(engine);
      const kept = structuredClone(module.stateDict());
      for (const tensor of Object.values(module.stateDict())) {
        tensor.data.fill(1e9);
        (tensor.dims as number[])[0] = 99;
      }
      expect(module.stateDict()).toEqual(kept);
    },
  );

  it('name and shape every parameter as PyTorch does', () => {
    fc.assert(
      fc.property(layerCases({ size: 20 }), (drawn) => {
        using layer = makeLayer(engine, drawn, draw(drawn).dict);
        const got = Object.entries(layer.stateDict()).map(([name, { dims }]) => [name, dims]);
        expect(got).toEqual(Object.entries(parameterShapes(drawn.kind, drawn.options)));
      }),
      trials('simd', 100),
    );
  });

  it.each(Object.entries(MAKERS))('find the tensors of %s under a prefix, and no others', (_, make) => {
    using module = make(engine);
    const dict = scramble(module.stateDict());
    const prefixed = Object.fromEntries(Object.entries(dict).map(([name, tensor]) => [`net.0.${name}`, tensor]));
    module.loadStateDict(
      { ...prefixed, 'net.1.weight': { data: new Float32Array(1), dims: [1] } },
      { prefix: 'net.0.' },
    );
    expect(module.stateDict()).toEqual(dict);
  });
});

describe('fromStateDict', () => {
  it('reads every option from names and shapes', () => {
    fc.assert(
      fc.property(layerCases({ size: 20 }), (drawn) => {
        using layer = makeLayer(engine, drawn, draw(drawn).dict);
        const dict = layer.storedStateDict();
        const { batchFirst } = drawn;
        const options = { engine, batchFirst };
        const prefixed = Object.fromEntries(Object.entries(dict).map(([name, tensor]) => [`rnn.${name}`, tensor]));
        using made =
          layer instanceof LSTM
            ? LSTM.fromStateDict(prefixed, { ...options, prefix: 'rnn.' })
            : layer instanceof GRU
              ? GRU.fromStateDict(prefixed, { ...options, prefix: 'rnn.', resetAfter: layer.resetAfter })
              : RNN.fromStateDict(prefixed, { ...options, prefix: 'rnn.', nonlinearity: layer.nonlinearity });
        expect(made.config).toEqual(layer.config);
        expect(made.storedStateDict()).toEqual(dict);
      }),
      trials('simd', 150),
    );
    expect(engine.bytesInUse).toBe(0);
  });

  it.each([true, false])('makes a Linear, bias: %s', (bias) => {
    using linear = new Linear({ inFeatures: 5, outFeatures: 3, bias, engine });
    using made = Linear.fromStateDict(linear.stateDict(), { engine });
    expect(made.config).toEqual(linear.config);
    expect(made.stateDict()).toEqual(linear.stateDict());
  });

  it('makes an Embedding', () => {
    using embedding = new Embedding({ numEmbeddings: 5, embeddingDim: 3, engine });
    using made = Embedding.fromStateDict(embedding.stateDict(), { engine });
    expect(made.config).toEqual(embedding.config);
    expect(made.stateDict()).toEqual(embedding.stateDict());
  });
});

describe('seeds', () => {
  it.each(
    Object.entries({
      LSTM: (seed?: number | null) => new LSTM({ inputSize: 3, hiddenSize: 5, engine, seed }),
      GRUCell: (seed?: number | null) => new GRUCell({ inputSize: 3, hiddenSize: 5, engine, seed }),
      Linear: (seed?: number | null) => new Linear({ inFeatures: 3, outFeatures: 5, engine, seed }),
      Embedding: (seed?: number | null) => new Embedding({ numEmbeddings: 3, embeddingDim: 5, engine, seed }),
    }),
  )('of %s repeat, differ, and null leaves zeros', (_, make) => {
    const dictOf = (seed?: number | null) => {
      using module = make(seed);
      return module.stateDict();
    };
    expect(dictOf(7)).toEqual(dictOf(7));
    expect(dictOf(7)).not.toEqual(dictOf(8));
    expect(dictOf()).not.toEqual(dictOf());
    for (const { data } of Object.values(dictOf(null))) expect(data.every((v) => v === 0)).toBe(true);
  });

  it('draw as torch.nn does: ±1/√H for recurrent layers, ±1/√in for Linear, normal for Embedding', () => {
    const stats = (data: Float32Array) => {
      const mean = data.reduce((a, v) => a + v, 0) / data.length;
      const deviation = Math.sqrt(data.reduce((a, v) => a + (v - mean) ** 2, 0) / data.length);
      return { mean, deviation, greatest: data.reduce((a, v) => Math.max(a, Math.abs(v)), 0) };
    };
    using gru = new GRU({ inputSize: 64, hiddenSize: 64, engine, seed: 1 });
    using linear = new Linear({ inFeatures: 100, outFeatures: 100, engine, seed: 1 });
    using embedding = new Embedding({ numEmbeddings: 100, embeddingDim: 100, engine, seed: 1 });
    for (const [data, bound] of [
      [gru.stateDict().weight_hh_l0.data, 1 / 8],
      [linear.stateDict().weight.data, 0.1],
    ] as const) {
      const { mean, deviation, greatest } = stats(data);
      expect(greatest).toBeLessThanOrEqual(bound * 1.000001);
      expect(greatest).toBeGreaterThan(bound * 0.99);
      expect(Math.abs(mean)).toBeLessThan(bound * 0.03);
      expect(Math.abs(deviation / (bound / Math.sqrt(3)) - 1)).toBeLessThan(0.03);
    }
    const { mean, deviation } = stats(embedding.stateDict().weight.data);
    expect(Math.abs(mean)).toBeLessThan(0.04);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.03);
  });
});
