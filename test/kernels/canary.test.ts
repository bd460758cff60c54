import { describe, expect, it } from 'vitest';
import {
  Embedding,
  type Engine,
  GRU,
  GRUCell,
  Linear,
  LogSoftmax,
  LSTM,
  LSTMCell,
  loadModel,
  type Module,
  ReLU,
  RNN,
  RNNCell,
  Sequential,
  Sigmoid,
  Softmax,
  Tanh,
  type Tensor,
} from '../../bindings/core.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';
import { arenaOf, guard } from './guarded-engine.js';

/** Sizes on either side of every width that matters: a vector, a tile, a panel. */
const SIZES = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 33, 47, 48, 49, 67];

const random = mulberry32(20261123);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)];
const upTo = (greatest: number): number => 1 + Math.floor(random() * greatest);
const weights = () => pick(['float32', 'int8'] as const);
const chance = (): boolean => random() < 0.5;

function tensor(...dims: number[]): Tensor {
  return {
    data: randomArray(
      dims.reduce((a, b) => a * b),
      random,
      2,
    ),
    dims,
  };
}

/** A recurrent layer of any kind and size. */
function recurrent(engine: Engine, inputSize = pick(SIZES), bidirectional = chance()): LSTM | GRU | RNN {
  const hiddenSize = pick(SIZES);
  const options = {
    inputSize,
    hiddenSize,
    numLayers: upTo(3),
    bias: chance(),
    batchFirst: chance(),
    bidirectional,
    weights: weights(),
    engine,
  };
  const seeded = { ...options, seed: upTo(1e6) };
  const projSize = chance() ? Math.floor(random() * hiddenSize) : 0;
  return pick([
    () => new LSTM({ ...seeded, projSize }),
    () => new GRU({ ...seeded, resetAfter: chance() }),
    () => new RNN({ ...seeded, nonlinearity: pick(['tanh', 'relu'] as const) }),
  ])();
}

const expectNumbers = (data: Float32Array, what: string) => expect(data.every(Number.isFinite), what).toBe(true);

/** Runs everything a recurrent layer can do. A NaN in a result would be a sentinel that was read. */
function exerciseRecurrent(engine: Engine): void {
  using layer = recurrent(engine);
  const [steps, batch] = [upTo(11), upTo(9)];
  const dims = layer.batchFirst ? [batch, steps] : [steps, batch];
  const lengths = Array.from({ length: batch }, () => upTo(steps));
  const results = [
    layer.run(tensor(...dims, layer.inputSize)),
    layer.run(tensor(...dims, layer.inputSize), { lengths }),
    layer.run(tensor(steps, layer.inputSize)),
  ];
  for (const { output, state } of results) {
    expectNumbers(output.data, `output of ${layer.type}`);
    expectNumbers(state.h.data, `h of ${layer.type}`);
  }
  if (layer.bidirectional) return;
  const streams = Array.from({ length: 4 }, () => layer.stream({ batch: upTo(7) }));
  for (let i = 0; i < 20; i++) {
    const stream = pick(streams);
    expectNumbers(stream.step(randomArray(stream.batch * stream.inputSize, random)), `step of ${layer.type}`);
    if (i === 10) stream.reset();
    if (i === 15) layer.run(tensor(steps + 3, layer.inputSize));
  }
  for (const stream of streams) stream.dispose();
}

function exerciseCells(engine: Engine): void {
  const options = { inputSize: pick(SIZES), hiddenSize: pick(SIZES), bias: chance(), engine, seed: upTo(1e6) };
  using lstm = new LSTMCell(options);
  using gru = new GRUCell({ ...options, resetAfter: chance() });
  using rnn = new RNNCell({ ...options, nonlinearity: pick(['tanh', 'relu'] as const) });
  for (const batch of [upTo(9), upTo(3), upTo(12)]) {
    const x = tensor(batch, options.inputSize);
    for (const cell of [gru, rnn]) expectNumbers(cell.forward(x, cell.forward(x)).h.data, cell.type);
    expectNumbers(lstm.forward(x, lstm.forward(x)).c.data, lstm.type);
  }
}

function exerciseRows(engine: Engine): void {
  const [inFeatures, outFeatures] = [pick(SIZES), pick(SIZES)];
  const linear = new Linear({ inFeatures, outFeatures, bias: chance(), weights: weights(), engine, seed: 1 });
  const modules: Module[] = [linear, ...[Tanh, Sigmoid, ReLU, Softmax, LogSoftmax].map((Kind) => new Kind({ engine }))];
  for (const module of modules) {
    for (const rows of [1, upTo(9), upTo(40)]) {
      expectNumbers(module.run(tensor(rows, module.inputSize || pick(SIZES))).output.data, module.type);
    }
  }
  for (const batch of [1, upTo(9)]) {
    using stream = linear.stream({ batch });
    expectNumbers(stream.step(randomArray(batch * inFeatures, random)), 'step of Linear');
  }
  for (const module of modules) module.dispose();
}

function exerciseSequential(engine: Engine): void {
  const [numEmbeddings, embeddingDim] = [upTo(40), pick(SIZES)];
  const embedding = new Embedding({ numEmbeddings, embeddingDim, weights: weights(), engine, seed: 1 });
  const middle = recurrent(engine, embeddingDim, false);
  const head = new Linear({
    inFeatures: middle.outputSize,
    outFeatures: pick(SIZES),
    weights: weights(),
    engine,
    seed: 2,
  });
  const tail = pick([Tanh, Sigmoid, ReLU, Softmax, LogSoftmax]);
  using built = new Sequential([
    embedding,
    new Tanh({ engine }),
    middle,
    new ReLU({ engine }),
    head,
    new tail({ engine }),
  ]);
  using model = loadModel(built.save(), { engine });
  const indices = (...dims: number[]) => ({ data: tensor(...dims).data.map(() => upTo(numEmbeddings) - 1), dims });
  expectNumbers(model.forward(indices(upTo(9), upTo(5))).output.data, 'output of Sequential');
  for (const batch of [1, upTo(6)]) {
    using stream = model.stream({ batch });
    for (let t = 0; t < 5; t++) expectNumbers(stream.step(indices(batch).data), 'step of Sequential');
    stream.reset(stream.state);
  }
}

describe.each(BUILDS)('sentinels around every slab, $name', ({ name, create }) => {
  const rounds = name === 'debug' ? 10 : 80;

  it.each([
    ['recurrent layers', exerciseRecurrent],
    ['cells', exerciseCells],
    ['Linear and the activations', exerciseRows],
    ['Sequential', exerciseSequential],
  ])('survive %s', (_, exercise) => {
    const engine = create();
    const watch = guard(engine);
    for (let i = 0; i < rounds; i++) {
      exercise(engine);
      expect(watch.broken()).toEqual([]);
    }
    expect(watch.slabs).toBeGreaterThan(rounds * 3);
    expect(engine.bytesInUse).toBe(0);
  });

  it('see a write of one float past a slab, or before it', () => {
    const engine = create();
    const watch = guard(engine);
    const slab = arenaOf(engine).allocate(64, 'test');
    engine.f32 = new Float32Array(engine.memory.buffer);
    engine.f32[slab.address / 4 + 16] = 1;
    engine.f32[slab.address / 4 - 1] = 1;
    expect(watch.broken()).toEqual([slab.address - 4, slab.address + 64]);
  });

  it('leave the first addresses to the kernels’ own constants', () => {
    const engine = create();
    const low = arenaOf(engine).allocate(16, 'test').address;
    const constants = new Uint8Array(engine.memory.buffer.slice(0, low));
    expect(
      new Uint8Array(engine.memory.buffer.slice(low)).some((byte) => byte !== 0),
      'data past it',
    ).toBe(false);
    for (let i = 0; i < 5; i++) exerciseRecurrent(engine);
    expect(new Uint8Array(engine.memory.buffer.slice(0, low))).toEqual(constants);
  });
});
