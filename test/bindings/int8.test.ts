import { describe, expect, it } from 'vitest';
import {
  Embedding,
  GRU,
  HiddenstateError,
  type Int8Tensor,
  Linear,
  LSTM,
  loadModel,
  type Module,
  quantize,
  RNN,
  readSafetensors,
  readSafetensorsHeader,
  Sequential,
  type StoredStateDict,
  Tanh,
  type Tensor,
  writeSafetensors,
} from '../../bindings/core.js';
import { expectSameBits } from '../kernels/bits.js';
import { BUILDS, INT8_BUILDS } from '../support/builds.js';
import { relativeError } from '../support/compare.js';
import { dequantized, int8Tolerance } from '../support/int8.js';
import { mulberry32, randomArray } from '../support/random.js';

const engine = BUILDS[0].create();
const seeded = { engine, seed: 3 };
const sizes = { inputSize: 19, hiddenSize: 37, ...seeded };

const LAYERS: [string, () => Module][] = [
  ['LSTM', () => new LSTM(sizes)],
  [
    'LSTM, projected, two layers both ways',
    () => new LSTM({ ...sizes, projSize: 7, numLayers: 2, bidirectional: true }),
  ],
  ['LSTM, batch first, no bias', () => new LSTM({ ...sizes, batchFirst: true, bias: false })],
  ['GRU', () => new GRU(sizes)],
  ['GRU, reset before', () => new GRU({ ...sizes, resetAfter: false, numLayers: 2 })],
  ['RNN, relu', () => new RNN({ ...sizes, nonlinearity: 'relu' })],
  ['Linear', () => new Linear({ inFeatures: 19, outFeatures: 11, ...seeded })],
  ['Linear, no bias', () => new Linear({ inFeatures: 19, outFeatures: 11, bias: false, ...seeded })],
  ['Embedding', () => new Embedding({ numEmbeddings: 19, embeddingDim: 7, ...seeded })],
];

/** An input that any of the layers takes: indices for an Embedding. */
function inputOf(layer: Module): Tensor {
  const random = mulberry32(4);
  if (layer instanceof Embedding) return { data: Float32Array.of(0, 5, 18, 5), dims: [4] };
  return { data: randomArray(5 * 3 * 19, random, 2), dims: [5, 3, 19] };
}

/** A quantised layer whose original is gone. */
function quantized<M extends Module>(layer: M): M {
  const made = quantize(layer);
  layer.dispose();
  return made;
}

const outputOf = (layer: Module): Float32Array => layer.run(inputOf(layer)).output.data;

/** A dict whose int8 rows do not reach 127 and whose scales are no powers of two: expanded and rounded again, they differ. */
function unusual(dict: StoredStateDict): StoredStateDict {
  return Object.fromEntries(
    Object.entries(dict).map(([name, { data, dims }]) => {
      if (data instanceof Int8Array) return [name, { data: data.map((q) => Math.trunc(q / 3)), dims }];
      return [name, { data: name.endsWith('_scale') ? data.map((scale) => scale * 3.1) : data, dims }];
    }),
  );
}

describe('quantize', () => {
  it.each(LAYERS)('%s: rounds every matrix by the definition, and leaves the model as it was', (_, make) => {
    using layer = make();
    const before = layer.stateDict();
    using small = quantize(layer);
    expect(layer.stateDict()).toEqual(before);
    expect(small).not.toBe(layer);
    expect(small.type).toBe(layer.type);
    expect(small.config).toEqual({ ...layer.config, weights: 'int8' });
    const [got, truth] = [small.stateDict(), dequantized(before)];
    expect(Object.keys(got)).toEqual(Object.keys(truth));
    for (const [name, { data, dims }] of Object.entries(truth)) {
      expect(got[name].dims).toEqual(dims);
      // A scale is a float32, 127 times it the greatest element of its row: one rounding each.
      expect(relativeError(got[name].data, data), name).toBeLessThanOrEqual(2 ** -23);
    }
    // What the layer computes is what its dequantised weights compute.
    using float = make();
    float.loadStateDict(got);
    expect(relativeError(outputOf(small), outputOf(float))).toBeLessThan(layer instanceof Embedding ? 1e-7 : 5e-4);
  });

  it('makes a Sequential of int8 layers, activations and metadata included, which the original outlives', () => {
    const make = () =>
      new Sequential(
        [
          new Embedding({ numEmbeddings: 9, embeddingDim: 5, ...seeded }),
          new Sequential([new GRU({ inputSize: 5, hiddenSize: 8, ...seeded }), new Tanh({ engine })]),
          new Linear({ inFeatures: 8, outFeatures: 9, ...seeded }),
        ],
        { metadata: { licence: 'MIT' } },
      );
    const { bytesInUse } = engine;
    const model = make();
    const small = quantize(model);
    expect(small).toBeInstanceOf(Sequential);
    expect(small.metadata).toEqual({ licence: 'MIT' });
    expect(small.modules.map(({ config }) => config.weights)).toEqual(['int8', undefined, 'int8']);
    const indices: Tensor = { data: Float32Array.of(0, 8, 3), dims: [3] };
    const expected = model.forward(indices).output.data;
    expect(relativeError(small.forward(indices).output.data, expected)).toBeLessThan(0.01);
    small.dispose();
    expectSameBits(model.forward(indices).output.data, expected, 'original');
    model.dispose();
    expect(engine.bytesInUse).toBe(bytesInUse);
  });

  it('copies what is int8 already', () => {
    using layer = new LSTM({ ...sizes, weights: 'int8' });
    using copy = quantize(layer);
    expect(copy.storedStateDict()).toEqual(layer.storedStateDict());
  });

  it('takes a quarter of the memory', () => {
    const fresh = BUILDS[0].create();
    const options = { inputSize: 256, hiddenSize: 256, engine: fresh };
    const large = new LSTM(options);
    const before = fresh.bytesInUse;
    const small = quantize(large);
    expect((fresh.bytesInUse - before) / before).toBeLessThan(0.26);
    for (const layer of [large, small]) layer.dispose();
    expect(fresh.bytesInUse).toBe(0);
  });

  it.each([
    ['a tensor', TypeError, () => quantize({ data: new Float32Array(1), dims: [1] } as never)],
    ['nothing', TypeError, () => quantize(undefined as never)],
    ['a file', TypeError, () => quantize(new Uint8Array(8) as never)],
    [
      'a disposed layer',
      Error,
      () => {
        const layer = new RNN(sizes);
        layer.dispose();
        quantize(layer);
      },
    ],
  ])('refuses %s', (_, Kind, act) => {
    const { bytesInUse } = engine;
    expect(act).toThrow(Kind);
    expect(act).toThrow(/: got .*, expected /);
    expect(engine.bytesInUse).toBe(bytesInUse);
  });

  it('takes no memory for a model that cannot be int8', () => {
    using wide = new Sequential([new Tanh({ engine }), new Linear({ inFeatures: 65537, outFeatures: 2, ...seeded })]);
    const { bytesInUse } = engine;
    expect(() => quantize(wide)).toThrow(/Linear: inFeatures with int8 weights: got 65537, expected .* 65536/);
    expect(engine.bytesInUse).toBe(bytesInUse);
  });
});

describe('int8 state dicts', () => {
  it.each(LAYERS)('%s: are kept as they come, through a file, neither expanded nor rounded again', (_, make) => {
    using small = quantized(make());
    const dict = unusual(small.storedStateDict());
    small.loadStateDict(dict);
    expect(small.storedStateDict()).toEqual(dict);
    const file = writeSafetensors(dict);
    const { tensors } = readSafetensors(file, { int8: true });
    expect(tensors).toEqual(Object.assign(Object.create(null), dict));
    using model = new Sequential([small]);
    const saved = model.save();
    using loaded = loadModel(saved, { engine });
    expect(loaded.modules[0].storedStateDict()).toEqual(dict);
    expect(loaded.config).toEqual(model.config);
    expect(loaded.save()).toEqual(saved);
    expectSameBits(outputOf(loaded.modules[0]), outputOf(small), 'output');
  });

  it('are int8 of [rows, columns] with float32 scales of [rows] beside them; biases stay float32', () => {
    using layer = quantized(new GRU({ inputSize: 3, hiddenSize: 5, ...seeded }));
    const header = readSafetensorsHeader(writeSafetensors(layer.storedStateDict()));
    expect(header.tensors.map(({ name, dtype, shape }) => [name, dtype, shape.join()])).toEqual([
      ['bias_hh_l0', 'F32', '15'],
      ['bias_ih_l0', 'F32', '15'],
      ['weight_hh_l0_scale', 'F32', '15'],
      ['weight_ih_l0_scale', 'F32', '15'],
      ['weight_hh_l0', 'I8', '15,5'],
      ['weight_ih_l0', 'I8', '15,3'],
    ]);
  });

  it('decide how a layer is kept, unless it is said', () => {
    using float = new LSTM(sizes);
    using small = quantize(float);
    const stored = small.storedStateDict();
    const weightsOf = (dict: StoredStateDict, weights?: 'float32' | 'int8') => {
      using layer = LSTM.fromStateDict(dict, { engine, weights });
      return layer.weights;
    };
    expect(weightsOf(float.stateDict())).toBe('float32');
    expect(weightsOf(float.stateDict(), 'int8')).toBe('int8');
    expect(weightsOf(stored)).toBe('int8');
    expect(weightsOf(stored, 'int8')).toBe('int8');
    expect(weightsOf(stored, 'float32')).toBe('float32');
    using expanded = LSTM.fromStateDict(stored, { engine, weights: 'float32' });
    expect(expanded.stateDict()).toEqual(small.stateDict());
    float.loadStateDict(stored);
    expect(float.stateDict()).toEqual(small.stateDict());
  });

  it('may hold some matrices as int8 and some as float32', () => {
    using float = new RNN(sizes);
    using small = quantize(float);
    const { weight_hh_l0_scale: _, ...stored } = small.storedStateDict();
    const mixed = { ...stored, weight_hh_l0: float.stateDict().weight_hh_l0 };
    using layer = RNN.fromStateDict(mixed, { engine });
    expect(layer.storedStateDict()).toEqual(small.storedStateDict());
  });

  it('are found under a prefix', () => {
    using small = quantized(new Linear({ inFeatures: 3, outFeatures: 2, ...seeded }));
    const dict = Object.fromEntries(Object.entries(small.storedStateDict()).map(([name, t]) => [`head.${name}`, t]));
    using layer = Linear.fromStateDict(dict, { prefix: 'head.', engine });
    expect(layer.storedStateDict()).toEqual(small.storedStateDict());
  });

  const { weight, weight_scale, ...rest } = quantized(
    new Linear({ inFeatures: 3, outFeatures: 2, ...seeded }),
  ).storedStateDict() as { weight: Int8Tensor; weight_scale: Tensor };

  it.each<[string, unknown, Record<string, unknown>]>([
    ['no scales', HiddenstateError, { weight, ...rest }],
    [
      'scales of a float32 matrix',
      HiddenstateError,
      { weight: { data: new Float32Array(6), dims: [2, 3] }, weight_scale, ...rest },
    ],
    ['too few scales', RangeError, { weight, weight_scale: { data: new Float32Array(1), dims: [1] }, ...rest }],
    ['scales as a matrix', RangeError, { weight, weight_scale: { ...weight_scale, dims: [2, 1] }, ...rest }],
    ['int8 scales', TypeError, { weight, weight_scale: { data: new Int8Array(2), dims: [2] }, ...rest }],
    ['an int8 bias', TypeError, { weight, weight_scale, bias: { data: new Int8Array(2), dims: [2] } }],
    ['less int8 than dims say', RangeError, { weight: { ...weight, dims: [2, 4] }, weight_scale, ...rest }],
    ['an int8 vector', RangeError, { weight: { ...weight, dims: [6] }, weight_scale, ...rest }],
    ['uint8', TypeError, { weight: { data: new Uint8Array(6), dims: [2, 3] }, weight_scale, ...rest }],
  ])('refuse %s', (_, Kind, dict) => {
    const { bytesInUse } = engine;
    using layer = quantized(new Linear({ inFeatures: 3, outFeatures: 2, ...seeded }));
    const before = layer.storedStateDict();
    for (const act of [
      () => Linear.fromStateDict(dict as StoredStateDict, { engine }),
      () => layer.loadStateDict(dict as StoredStateDict),
    ]) {
      let error: unknown;
      try {
        act();
      } catch (thrown) {
        error = thrown;
      }
      expect((error as Error)?.constructor, String(error)).toBe(Kind);
      expect((error as Error).message).toMatch(/^Linear\.\w+: .*got .*, expected /);
    }
    expect(layer.storedStateDict()).toEqual(before);
    layer.dispose();
    expect(engine.bytesInUse).toBe(bytesInUse);
  });
});

describe('the option weights', () => {
  it.each<[string, (weights: unknown) => unknown]>([
    ['LSTM', (weights) => new LSTM({ ...sizes, weights: weights as never })],
    ['GRU', (weights) => GRU.fromStateDict(new GRU(sizes).stateDict(), { weights: weights as never, engine })],
    ['Linear', (weights) => new Linear({ inFeatures: 2, outFeatures: 2, weights: weights as never, engine })],
    ['Embedding', (weights) => new Embedding({ numEmbeddings: 2, embeddingDim: 2, weights: weights as never, engine })],
  ])('of a %s is "float32" or "int8"', (type, make) => {
    const thrown = (name: string, got: string) =>
      expect.objectContaining({ name, message: `${type}: weights: got ${got}, expected "float32" or "int8"` });
    expect(() => make('int4')).toThrow(thrown('RangeError', '"int4"'));
    expect(() => make(8)).toThrow(thrown('TypeError', '8'));
  });

  it('refuses layers too wide for int8', () => {
    const { bytesInUse } = engine;
    const weights = 'int8';
    expect(() => new LSTM({ inputSize: 65537, hiddenSize: 1, weights, engine })).toThrow(/inputSize with int8 weights/);
    expect(() => new RNN({ inputSize: 1, hiddenSize: 70000, weights, engine })).toThrow(/hiddenSize with int8 weights/);
    const both = { inputSize: 1, hiddenSize: 40000, numLayers: 2, bidirectional: true, weights, engine } as const;
    expect(() => new GRU(both)).toThrow(/hiddenSize with int8 weights: got 40000, expected .* 32768/);
    expect(engine.bytesInUse).toBe(bytesInUse);
  });

  it('says nothing in the description of a float32 layer: files stay what they were', () => {
    using layer = new LSTM(sizes);
    expect(layer.weights).toBe('float32');
    expect(layer.config).not.toHaveProperty('weights');
  });

  it('is held against the file when a model is loaded', () => {
    const dict = new Linear({ inFeatures: 3, outFeatures: 2, ...seeded }).stateDict();
    const tensors = Object.fromEntries(Object.entries(dict).map(([name, tensor]) => [`0.${name}`, tensor]));
    const config = { type: 'Linear', inFeatures: 3, outFeatures: 2, bias: true, weights: 'int8' };
    const file = writeSafetensors(tensors, { hiddenstate: JSON.stringify({ version: 1, layers: [config] }) });
    expect(() => loadModel(file, { engine })).toThrow(
      /layer 0 \(Linear\): got weights "int8", expected .* as its tensors say/,
    );
  });
});

describe('rows of an int8 Embedding', () => {
  it('are its int8 times their scale, in one rounding, and so are those of a stream', () => {
    using embedding = quantized(new Embedding({ numEmbeddings: 12, embeddingDim: 7, ...seeded }));
    const { weight, weight_scale } = embedding.storedStateDict() as { weight: Int8Tensor; weight_scale: Tensor };
    using stream = embedding.stream({ batch: 2 });
    for (let index = 0; index < 12; index++) {
      const row = [...weight.data.subarray(index * 7, index * 7 + 7)].map((q) =>
        Math.fround(q * weight_scale.data[index]),
      );
      expect([...embedding.forward([index]).data]).toEqual(row);
      expect([...stream.step(Float32Array.of(index, 11 - index)).subarray(0, 7)]).toEqual(row);
    }
  });
});

describe('a matrix that cannot be scaled', () => {
  it('makes NaN of the rows that hold NaN or an infinity, zeros of those of zeros, and leaves the others alone', () => {
    const data = Float32Array.of(1, Number.NaN, 2, 1 / 0, 0, 0, 3, -6, 1e-45, 0);
    using layer = Linear.fromStateDict({ weight: { data, dims: [5, 2] } }, { weights: 'int8', engine });
    const { weight } = layer.stateDict();
    const nan = Number.NaN;
    expect([...weight.data.subarray(0, 6)]).toEqual([nan, nan, nan, nan, 0, 0]);
    expect(relativeError(weight.data.subarray(6, 8), [(64 * 6) / 127, -6])).toBeLessThan(1e-7);
    expect([...layer.forward({ data: Float32Array.of(1, 1), dims: [2] }).data.subarray(0, 3)]).toEqual([nan, nan, 0]);
  });
});

describe.each(INT8_BUILDS)('int8 layers on the engine of build $name', ({ create }) => {
  it.each(LAYERS)('%s: give and take the same files as on any other', (_, make) => {
    using small = quantized(make());
    using model = new Sequential([small]);
    small.loadStateDict(unusual(small.storedStateDict()));
    const file = model.save();
    using moved = loadModel(file, { engine: create() });
    expect(moved.save()).toEqual(file);
    expect(moved.stateDict()).toEqual(model.stateDict());
    const [got, expected] = [moved.modules[0], small].map(outputOf);
    expect(relativeError(got, expected)).toBeLessThan(2 * int8Tolerance(moved.engine));
  });
});
