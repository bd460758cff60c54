/**
 * The task of the ladder that only gates do: the adding problem over 100 steps. The rungs below the networks are fitted here, the
 * networks' runs are those of bench/learning/long-term.js. Writes a part of docs/ladder.md.
 *
 *   node bench/ladder/gates.js
 */
import { readFileSync } from 'node:fs';
import { adding } from '../learning/sequences.js';
import { writePart } from '../report/write-part.js';
import { table } from '../rivals/report/format.js';

const STEPS = 100;
const SEEDS = [1, 2, 3, 4, 5];
/** Sequences that the linear model learns from: ten for each of its coefficients. */
const LEARNT = 2010;
const { runs } = JSON.parse(readFileSync(new URL('../learning/long-term.json', import.meta.url), 'utf8'));

const rows = [
  ['the mean', SEEDS.map((seed) => judge(seed, () => 1))],
  ['the last value, and the mean of one', SEEDS.map((seed) => judge(seed, (x) => x[2 * (STEPS - 1)] + 0.5))],
  ['linear in all 100 steps, as an autoregression is', SEEDS.map((seed) => judge(seed, linear(seed)))],
  ...['RNN', 'LSTM', 'GRU'].map((cell) => [cell, SEEDS.map((seed) => rateOf(cell, seed))]),
];
const share = (rate) => `${Math.round(100 * rate)} %`;
const cells = rows.map(([name, rates]) => {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  return [name, share(mean), `${share(Math.min(...rates))} – ${share(Math.max(...rates))}`];
});
writePart('ladder.md', 'gates', table(['right within 0.1', 'mean', 'five seeds'], cells));

function rateOf(cell, seed) {
  return runs.find((run) => run.task === 'adding' && run.cell === cell && run.distance === STEPS && run.seed === seed)
    .rate;
}

/** The share of right answers on the sequences that the networks of this seed were judged on. */
function judge(seed, answer) {
  const batch = adding.batch(STEPS, 256, 1_000_003 * seed);
  const output = new Float32Array(STEPS * 256);
  for (let b = 0; b < 256; b++) output[(STEPS - 1) * 256 + b] = answer(sequenceOf(batch, b, 256));
  return adding.rate(output, batch);
}

/** Value and mark of each step. */
function sequenceOf({ input }, b, count) {
  return Float64Array.from({ length: 2 * STEPS }, (_, i) => input.data[((i >> 1) * count + b) * 2 + (i & 1)]);
}

/** Least squares, a little ridge: marks sum to two, so that their coefficients are not unique. */
function linear(seed) {
  const batch = adding.batch(STEPS, LEARNT, 7 * seed);
  const size = 2 * STEPS + 1;
  const a = Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size + 1 }, (_, j) => (i === j ? 1e-3 : 0)),
  );
  for (let b = 0; b < LEARNT; b++) {
    const x = [...sequenceOf(batch, b, LEARNT), 1];
    const y = batch.target.data[(STEPS - 1) * LEARNT + b];
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) a[i][j] += x[i] * x[j];
      a[i][size] += x[i] * y;
    }
  }
  for (let k = 0; k < size; k++) {
    for (let i = k + 1; i < size; i++) {
      const factor = a[i][k] / a[k][k];
      for (let j = k; j <= size; j++) a[i][j] -= factor * a[k][j];
    }
  }
  const w = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    let sum = a[i][size];
    for (let j = i + 1; j < size; j++) sum -= a[i][j] * w[j];
    w[i] = sum / a[i][i];
  }
  return (x) => x.reduce((sum, value, i) => sum + w[i] * value, w[size - 1]);
}
