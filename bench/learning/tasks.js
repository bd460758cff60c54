/** The two tasks of memory as the benchmark trains them: sequences of sequences.js, a model, a loss. */
import { Embedding, Linear, Sequential } from '../../dist/index.js';
import { crossEntropy, mse } from '../../dist/train.js';
import * as sequences from './sequences.js';

export const adding = {
  ...sequences.adding,
  name: 'adding',
  title: 'Adding problem: answers within 0.1 of the sum',
  chance: 0.19,
  loss: mse(),
  model: (make) => (options) =>
    new Sequential([
      make({ ...options, inputSize: 2 }),
      new Linear({ inFeatures: options.hiddenSize, outFeatures: 1, seed: 1 }),
    ]),
};

export const copying = {
  ...sequences.copying,
  name: 'copying',
  title: 'Copy memory: symbols repeated rightly',
  chance: 1 / sequences.SYMBOLS,
  loss: crossEntropy(),
  model: (make) => (options) =>
    new Sequential([
      new Embedding({ numEmbeddings: sequences.SYMBOLS + 2, embeddingDim: 8, seed: 1 }),
      make({ ...options, inputSize: 8 }),
      new Linear({ inFeatures: options.hiddenSize, outFeatures: sequences.SYMBOLS, seed: 2 }),
    ]),
};
