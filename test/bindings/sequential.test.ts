import { describe, expect, it } from 'vitest';
import {
  Embedding,
  type Engine,
  GRU,
  Linear,
  LogSoftmax,
  LSTM,
  loadModel,
  type Module,
  ReLU,
  RNN,
  readSafetensors,
  Sequential,
  Sigmoid,
  Softmax,
  Tanh,
  type Tensor,
} from '../../bindings/core.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';

function tensor(...dims: number[]): Tensor {
  return {
    data: randomArray(
      dims.reduce((a, b) => a * b),
      mulberry32(4),
      2,
    ),
    dims,
  };
}

const indices = (count: number, ...dims: number[]): Tensor => {
  const { data } = tensor(...dims);
  return { data: data.map((v) => Math.abs(Math.floor(v * 1e4)) % count), dims };
};

/** Models that hold every type of module and every option that a description can state. */
const MODELS: Record<string, { make(engine: Engine): Module[]; input: Tensor; streams: boolean }> = {
  'a character model': {
    make: (engine) => [
      new Embedding({ numEmbeddings: 11, embeddingDim: 5, engine }),
      new LSTM({ inputSize: 5, hiddenSize: 9, numLayers: 2, engine }),
      new Linear({ inFeatures: 9, outFeatures: 11, engine }),
      new LogSoftmax({ engine }),
    ],
    input: indices(11, 6, 3),
    streams: true,
  },
  'projection and activations': {
    make: (engine) => [
      new Linear({ inFeatures: 3, outFeatures: 7, bias: false, engine }),
      new Tanh({ engine }),
      new LSTM({ inputSize: 7, hiddenSize: 9, projSize: 4, bias: false, engine }),
      new Sigmoid({ engine }),
      new GRU({ inputSize: 4, hiddenSize: 6, resetAfter: false, engine }),
      new ReLU({ engine }),
      new RNN({ inputSize: 6, hiddenSize: 5, nonlinearity: 'relu', engine }),
      new Softmax({ engine }),
    ],
    input: tensor(6, 3, 3),
    streams: true,
  },
  'both directions, batch first': {
    make: (engine) => [
      new GRU({ inputSize: 3, hiddenSize: 5, bidirectional: true, batchFirst: true, engine }),
      new RNN({ inputSize: 10, hiddenSize: 2, batchFirst: true, bidirectional: true, numLayers: 3, engine }),
    ],
    input: tensor(3, 6, 3),
    streams: false,
  },
};

const cases = Object.entries(MODELS);

describe.each(BUILDS)('Sequential, $name', ({ create }) => {
  const engine = create();

  it.each(cases)('%s comes back from its file with the same bits', (_, { make, input, streams }) => {
    using model = new Sequential(make(engine), { metadata: { vocabulary: '["a", "ü", "\\u0000"]', empty: '' } });
    const bytes = model.save();
    using loaded = loadModel(bytes, { engine });
    expect(loaded.stateDict()).toEqual(model.stateDict());
    expect(loaded.config).toEqual(model.config);
    expect(loaded.metadata).toEqual(model.metadata);
    expect(loaded.forward(input)).toEqual(model.forward(input));
    expect(loaded.save()).toEqual(bytes);
    if (!streams) return;
    using one = model.stream({ batch: 3 });
    using other = loaded.stream({ batch: 3 });
    const [steps, batch] = input.dims;
    const width = input.data.length / steps / batch;
    for (let t = 0; t < steps; t++) {
      const x = input.data.slice(t * batch * width, (t + 1) * batch * width);
      expect(other.step(x)).toEqual(one.step(x));
    }
    expect(other.state).toEqual(one.state);
  });

  it.each(cases.filter(([, { streams }]) => streams))('%s: steps have the bits of the whole', (_, { make, input }) => {
    using model = new Sequential(make(engine));
    const { output, state } = model.forward(input);
    using stream = model.stream({ batch: 3 });
    const [steps, batch] = input.dims;
    const width = input.data.length / steps / batch;
    const rows: number[] = [];
    for (let t = 0; t < steps; t++)
      rows.push(...stream.step(input.data.slice(t * batch * width, (t + 1) * batch * width)));
    expect(Float32Array.from(rows)).toEqual(output.data);
    expect(stream.state).toEqual(state);
    const next = input.data.slice(0, batch * width);
    const expected = stream.step(next);
    stream.reset(state);
    expect(stream.step(next)).toEqual(expected);
    stream.reset();
    expect(stream.step(next)).toEqual(output.data.slice(0, expected.length));
    using continued = model.stream({ batch: 3, state });
    expect(continued.step(next)).toEqual(expected);
  });

  it.each(cases.filter(([, { streams }]) => streams))('%s: lanes join, leave and move', (_, { make, input }) => {
    using model = new Sequential(make(engine));
    const [steps, batch] = input.dims;
    const width = input.data.length / steps / batch;
    const row = (t: number, b: number) => input.data.slice((t * batch + b) * width, (t * batch + b + 1) * width);
    const part = (all: Float32Array, b: number) => all.slice((b * all.length) / 3, ((b + 1) * all.length) / 3);
    using stream = model.stream({ batch: 3 });
    const alone = [0, 1, 2].map(() => model.stream());
    const expectStep = (t: number) => {
      const got = stream.step(input.data.slice(t * batch * width, (t + 1) * batch * width));
      for (const b of [0, 1, 2]) expect(part(got, b)).toEqual(alone[b].step(row(t, b)));
    };
    expectStep(0);
    stream.reset(undefined, { lane: 1 });
    alone[1].reset();
    expectStep(1);
    expect(stream.stateOf(2)).toEqual(alone[2].state);
    stream.reset(stream.stateOf(2), { lane: 0 });
    alone[0].reset(alone[2].state);
    expectStep(0);
    stream.copyLane(2, stream, 1);
    alone[2].copyLane(0, stream, 1);
    expectStep(1);
    for (const one of alone) one.dispose();
  });

  it('forward hands state and lengths to the recurrent modules', () => {
    const gru = new GRU({ inputSize: 3, hiddenSize: 4, engine });
    using model = new Sequential([new Tanh({ engine }), gru, new ReLU({ engine })]);
    const input = tensor(5, 2, 3);
    const state = { h: tensor(1, 2, 4) };
    const lengths = [2, 5];
    const squashed = new Tanh({ engine }).forward(input);
    const direct = gru.forward(squashed, { state, lengths });
    const got = model.forward(input, { state: [undefined, state, undefined], lengths });
    expect(got.state).toEqual([undefined, direct.state, undefined]);
    expect(got.output).toEqual(new ReLU({ engine }).forward(direct.output));
  });

  it('keeps the weights of its modules apart, and gives all memory back', () => {
    const before = engine.bytesInUse;
    const model = new Sequential([
      new Linear({ inFeatures: 3, outFeatures: 3, engine }),
      new Linear({ inFeatures: 3, outFeatures: 3, engine }),
    ]);
    const names = Object.keys(model.stateDict());
    expect(names).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
    model.forward(tensor(2, 3));
    model.stream().dispose();
    model.dispose();
    expect(model.modules.every(({ disposed }) => disposed)).toBe(true);
    expect(engine.bytesInUse).toBe(before);
  });
});

describe('a file of Sequential.save', () => {
  const engine = BUILDS[0].create();

  it('is a safetensors file with the modules’ numbers before the names', () => {
    using model = new Sequential([new Linear({ inFeatures: 2, outFeatures: 3, engine }), new Tanh({ engine })]);
    const { tensors, metadata } = readSafetensors(model.save());
    expect(Object.keys(tensors).sort()).toEqual(['0.bias', '0.weight']);
    expect(tensors['0.weight']).toEqual(model.stateDict()['0.weight']);
    expect(JSON.parse(metadata.hiddenstate)).toEqual({
      version: 1,
      layers: [{ type: 'Linear', inFeatures: 2, outFeatures: 3, bias: true }, { type: 'Tanh' }],
    });
  });

  it('brings a Sequential within a Sequential back, or refuses to write it', () => {
    const inner = new Sequential([new Linear({ inFeatures: 2, outFeatures: 2, engine })]);
    using model = new Sequential([inner, new Tanh({ engine })]);
    let bytes: Uint8Array;
    try {
      bytes = model.save();
    } catch (error) {
      expect((error as Error).message).toMatch(/^Sequential.*: got .*, expected .*/);
      return;
    }
    using loaded = loadModel(bytes, { engine });
    expect(loaded.forward(tensor(1, 2))).toEqual(model.forward(tensor(1, 2)));
  });

  it('takes an ArrayBuffer, and a view into a larger one', () => {
    using model = new Sequential([new Linear({ inFeatures: 2, outFeatures: 2, engine })]);
    const bytes = model.save();
    const larger = new Uint8Array(bytes.length + 11).fill(255);
    larger.set(bytes, 5);
    for (const file of [bytes.slice().buffer, larger.subarray(5, 5 + bytes.length)]) {
      using loaded = loadModel(file as ArrayBuffer, { engine });
      expect(loaded.stateDict()).toEqual(model.stateDict());
    }
  });
});
