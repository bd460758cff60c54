import { expect, it } from 'vitest';
import { Embedding, GRU, Linear, LSTM, type Module, quantize, RNN, Sequential } from '../../bindings/index.js';
import { Tape } from '../../bindings/train/index.js';

it.each<[string, () => Module]>([
  ['LSTM', () => new LSTM({ inputSize: 3, hiddenSize: 4, weights: 'int8' })],
  ['GRU', () => new GRU({ inputSize: 3, hiddenSize: 4, weights: 'int8' })],
  ['RNN', () => new RNN({ inputSize: 3, hiddenSize: 4, weights: 'int8' })],
  ['Linear', () => new Sequential([new Linear({ inFeatures: 3, outFeatures: 4, weights: 'int8' })])],
  ['Embedding', () => quantize(new Embedding({ numEmbeddings: 3, embeddingDim: 4 }))],
])('a tape refuses a %s of int8 weights, which have no gradient', (type, make) => {
  using model = make();
  const { bytesInUse } = model.engine;
  expect(() => new Tape(model)).toThrow(TypeError);
  expect(() => new Tape(model)).toThrow(new RegExp(`Tape: module 0: got a ${type} of int8 weights, expected float32`));
  expect(model.engine.bytesInUse).toBe(bytesInUse);
});
