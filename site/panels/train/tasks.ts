import { Embedding, Linear, Sequential } from 'hiddenstate';
import { type Batch, crossEntropy, mse } from 'hiddenstate/train';
import { LAYERS } from './learner.js';
import type { Race } from './messages.js';

/** A task that cannot be done without remembering over a distance (Hochreiter and Schmidhuber 1997). */
export interface Task {
  readonly loss: ReturnType<typeof mse>;
  steps(distance: number): number;
  model(race: Race, units: number): Sequential;
  batch(steps: number, batch: number, seed: number): Batch;
  /** Share of right answers. */
  rate(output: Float32Array, batch: Batch): number;
}

/** Two numbers of a series are marked, one in each half; at the end their sum is asked for. Right is within 0.1. */
const adding: Task = {
  loss: mse(),
  steps: (distance) => distance,
  model: ({ cell, seed }, units) =>
    new Sequential([
      new LAYERS[cell]({ inputSize: 2, hiddenSize: units, seed }),
      new Linear({ inFeatures: units, outFeatures: 1, seed: 1 }),
    ]),
  batch(steps, batch, seed) {
    const random = mulberry32(seed);
    const input = { data: new Float32Array(steps * batch * 2), dims: [steps, batch, 2] };
    const target = { data: new Float32Array(steps * batch), dims: [steps, batch, 1] };
    const weights = { data: new Float32Array(steps * batch), dims: [steps, batch] };
    for (let b = 0; b < batch; b++) {
      const half = Math.floor(steps / 2);
      const marked = [Math.floor(random() * half), half + Math.floor(random() * (steps - half))];
      let sum = 0;
      for (let t = 0; t < steps; t++) {
        const value = random();
        input.data.set([value, marked.includes(t) ? 1 : 0], (t * batch + b) * 2);
        if (marked.includes(t)) sum += value;
      }
      target.data[(steps - 1) * batch + b] = sum;
      weights.data[(steps - 1) * batch + b] = 1;
    }
    return { input, target, weights };
  },
  rate(output, { target, weights }) {
    let [right, count] = [0, 0];
    (weights as Batch['target']).data.forEach((weight, i) => {
      count += weight;
      if (weight && Math.abs(output[i] - target.data[i]) < 0.1) right++;
    });
    return right / count;
  },
};

const SYMBOLS = 8;
const COPIED = 3;
const BLANK = SYMBOLS;
const SIGNAL = SYMBOLS + 1;

/** Three symbols of eight, blanks, a signal; then the three are asked for. */
const copying: Task = {
  loss: crossEntropy(),
  steps: (distance) => distance + 2 * COPIED,
  model: ({ cell, seed }, units) =>
    new Sequential([
      new Embedding({ numEmbeddings: SYMBOLS + 2, embeddingDim: 8, seed: 1 }),
      new LAYERS[cell]({ inputSize: 8, hiddenSize: units, seed }),
      new Linear({ inFeatures: units, outFeatures: SYMBOLS, seed: 2 }),
    ]),
  batch(steps, batch, seed) {
    const random = mulberry32(seed);
    const input = { data: new Float32Array(steps * batch).fill(BLANK), dims: [steps, batch] };
    const target = { data: new Float32Array(steps * batch).fill(-100), dims: [steps, batch] };
    for (let b = 0; b < batch; b++) {
      for (let k = 0; k < COPIED; k++) {
        const symbol = Math.floor(random() * SYMBOLS);
        input.data[k * batch + b] = symbol;
        target.data[(steps - COPIED + k) * batch + b] = symbol;
      }
      input.data[(steps - COPIED) * batch + b] = SIGNAL;
    }
    return { input, target };
  },
  rate(output, { target }) {
    let [right, count] = [0, 0];
    target.data.forEach((symbol, row) => {
      if (symbol < 0) return;
      const logits = output.subarray(row * SYMBOLS, (row + 1) * SYMBOLS);
      count++;
      if (logits.every((value, i) => i === symbol || value < logits[symbol])) right++;
    });
    return right / count;
  },
};

export const TASKS = { adding, copying } as const;

/** Tommy Ettinger's mulberry32 (public domain): uniform in [0, 1), the same for a seed on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
