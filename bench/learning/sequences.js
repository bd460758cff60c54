/**
 * The sequences of two tasks that cannot be done without remembering over a distance (Hochreiter & Schmidhuber 1997), and how
 * often an answer is right. No layer and no library here: the benchmark and the panel Train of the site make their models of
 * their own.
 */
import { mulberry32 } from './random.js';

/**
 * The adding problem: a series of numbers, two of them marked, one in each half; at the end their sum is asked for. Right is
 * an answer within 0.1 of a sum from 0 to 2: guessing the mean, 1, is right one time in five.
 */
export const adding = {
  /**
   * @param {number} distance
   * @returns {number} steps of a sequence
   */
  length: (distance) => distance,

  /**
   * @param {number} steps
   * @param {number} batch
   * @param {number} seed
   */
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

  /**
   * @param {ArrayLike<number>} output
   * @param {{ target: { data: ArrayLike<number> }, weights?: { data: Float32Array } }} batch
   * @returns {number} share of right answers
   */
  rate(output, { target, weights }) {
    let [right, count] = [0, 0];
    weights?.data.forEach((weight, i) => {
      count += weight;
      if (weight && Math.abs(output[i] - target.data[i]) < 0.1) right++;
    });
    return right / count;
  },
};

export const SYMBOLS = 8;
const COPIED = 3;
const [BLANK, SIGNAL] = [SYMBOLS, SYMBOLS + 1];

/** Copy memory: three symbols of eight, blanks, a signal; then the three are asked for. Guessing is right one time in eight. */
export const copying = {
  /**
   * @param {number} distance
   * @returns {number} steps of a sequence
   */
  length: (distance) => distance + 2 * COPIED,

  /**
   * @param {number} steps
   * @param {number} batch
   * @param {number} seed
   */
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

  /**
   * @param {Float32Array} output logits
   * @param {{ target: { data: Float32Array } }} batch
   * @returns {number} share of right answers
   */
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
