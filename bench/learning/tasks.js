/** Two tasks that cannot be done without remembering over T steps (Hochreiter & Schmidhuber 1997). */
import { Embedding, Linear, Sequential } from '../../dist/index.js';
import { crossEntropy, mse } from '../../dist/train.js';
import { mulberry32 } from './random.js';

/**
 * The adding problem: a series of numbers, two of them marked, one in each half; at the end their sum is asked for. Right is
 * an answer within 0.1 of a sum from 0 to 2: guessing the mean, 1, is right one time in five.
 */
export const adding = {
  name: 'adding',
  title: 'Adding problem: answers within 0.1 of the sum',
  chance: 0.19,
  loss: mse(),
  length: (distance) => distance,
  model: (make) => (options) =>
    new Sequential([
      make({ ...options, inputSize: 2 }),
      new Linear({ inFeatures: options.hiddenSize, outFeatures: 1, seed: 1 }),
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
  rate({ data }, { target, weights }) {
    let [right, count] = [0, 0];
    weights.data.forEach((weight, i) => {
      count += weight;
      if (weight && Math.abs(data[i] - target.data[i]) < 0.1) right++;
    });
    return right / count;
  },
};

const SYMBOLS = 8;
const COPIED = 3;
const [BLANK, SIGNAL] = [SYMBOLS, SYMBOLS + 1];

/** Copy memory: three symbols of eight, T blanks, a signal; then the three are asked for. Guessing is right one time in eight. */
export const copying = {
  name: 'copying',
  title: 'Copy memory: symbols repeated rightly',
  chance: 1 / SYMBOLS,
  loss: crossEntropy(),
  length: (distance) => distance + 2 * COPIED,
  model: (make) => (options) =>
    new Sequential([
      new Embedding({ numEmbeddings: SYMBOLS + 2, embeddingDim: 8, seed: 1 }),
      make({ ...options, inputSize: 8 }),
      new Linear({ inFeatures: options.hiddenSize, outFeatures: SYMBOLS, seed: 2 }),
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
  rate({ data }, { target }) {
    let [right, count] = [0, 0];
    target.data.forEach((symbol, row) => {
      if (symbol < 0) return;
      const logits = data.subarray(row * SYMBOLS, (row + 1) * SYMBOLS);
      count++;
      if (logits.every((value, i) => i === symbol || value < logits[symbol])) right++;
    });
    return right / count;
  },
};
