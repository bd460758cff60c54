/**
 * One training step of `fit` (forward, mean squared error, backward, Adam) of an LSTM on one thread and on several, by turns.
 *
 *   npm run build && node bench/train/threads.js            # 2 threads
 *   node bench/train/threads.js 4
 *
 * Prints medians of the rounds, and of the ratios within them.
 */
import { LSTM } from '../../dist/index.js';
import { fit, mse } from '../../dist/train.js';
import { median } from '../rivals/timing/interleave.js';

const SHAPE = { size: 128, steps: 100, batch: 32 };
const ROUNDS = 7;
const STEPS = 20;
const threads = Number(process.argv[2] ?? 2);

const { size, steps, batch } = SHAPE;
const random = (seed) => {
  let state = seed;
  return Float32Array.from({ length: steps * batch * size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
};
const dims = [steps, batch, size];
const one = { input: { data: random(1), dims }, target: { data: random(2), dims } };
const data = { count: STEPS + 1, steps, batch, stateful: false, at: () => one };

/** Milliseconds of a step, the first, which waits for threads and compiles, left out. */
async function time(division) {
  const model = new LSTM({ inputSize: size, hiddenSize: size, seed: 1 });
  let begin = 0;
  let end = 0;
  const onProgress = ({ batch: done }) => {
    end = performance.now();
    if (done === 1) begin = end;
  };
  await fit(model, data, { loss: mse(), epochs: 1, onProgress, ...division });
  model.dispose();
  return (end - begin) / STEPS;
}

const alone = [];
const shared = [];
for (let round = 0; round < ROUNDS; round++) {
  alone.push(await time({}));
  shared.push(await time({ threads }));
}
const ratios = shared.map((each, i) => each / alone[i]);
console.log(`LSTM(${size}), T ${steps}, B ${batch}: ${median(alone).toFixed(1)} ms on the calling thread`);
console.log(
  `${threads} threads: ${median(shared).toFixed(1)} ms, ${median(ratios).toFixed(2)} of that ` +
    `(${Math.min(...ratios).toFixed(2)} – ${Math.max(...ratios).toFixed(2)} in the rounds)`,
);
