import { Embedding, Linear, Sequential } from 'hiddenstate';
import { type Batch, crossEntropy, mse } from 'hiddenstate/train';
import { adding, copying, SYMBOLS } from '../../../bench/learning/sequences.js';
import { LAYERS } from './learner.js';
import type { Race, TaskName } from './messages.js';

/** A task that cannot be done without remembering over a distance. */
export interface Task {
  readonly loss: ReturnType<typeof mse>;
  length(distance: number): number;
  model(race: Race, units: number): Sequential;
  batch(steps: number, batch: number, seed: number): Batch;
  /** Share of right answers. */
  rate(output: Float32Array, batch: Batch): number;
}

/** Those of the benchmark of learning, with models of this panel's cells. */
export const TASKS: Readonly<Record<TaskName, Task>> = {
  adding: {
    ...adding,
    loss: mse(),
    model: ({ cell, seed }, units) =>
      new Sequential([
        new LAYERS[cell]({ inputSize: 2, hiddenSize: units, seed }),
        new Linear({ inFeatures: units, outFeatures: 1, seed: 1 }),
      ]),
  },
  copying: {
    ...copying,
    loss: crossEntropy(),
    model: ({ cell, seed }, units) =>
      new Sequential([
        new Embedding({ numEmbeddings: SYMBOLS + 2, embeddingDim: 8, seed: 1 }),
        new LAYERS[cell]({ inputSize: 8, hiddenSize: units, seed }),
        new Linear({ inFeatures: units, outFeatures: SYMBOLS, seed: 2 }),
      ]),
  },
};
