/**
 * What the rungs of the ladder cost: fitting autoregressions, and one step of each model after a past of t values.
 *
 *   npm run build && node bench/ladder/cost.js
 */
import { Autoregression, LatentSeries, Naive, selectOrder, Unbounded, WholePast } from '../../dist/sequence.js';
import { mulberry32 } from '../learning/random.js';
import { median } from '../rivals/timing/interleave.js';

const POINTS = 5000;
const MAX_ORDER = 30;
const PASTS = [250, 500, 1000, 2000, 4000];
/** At each of them so many times so many steps are timed. */
const BLOCKS = 5;
const STEPS = 20;
const kept = [];

const random = mulberry32(1);
const series = new Float64Array(POINTS);
for (let t = 2; t < POINTS; t++) series[t] = 1.2 * series[t - 1] - 0.5 * series[t - 2] + random() - 0.5;

memory();
fitting();
await steps();

function fitting() {
  const cold = time(() => selectOrder(series, { maxOrder: MAX_ORDER }));
  const selection = medianTime(9, () => selectOrder(series, { maxOrder: MAX_ORDER }));
  const fit = medianTime(9, () => new Autoregression({ order: MAX_ORDER }).fit(series));
  console.log(`AR on ${POINTS} points, milliseconds (medians of 9)`);
  console.log(`  order selection to ${MAX_ORDER}  ${selection.toFixed(1)}  (the very first ${cold.toFixed(1)})`);
  console.log(`  fit of order ${MAX_ORDER}        ${fit.toFixed(1)}`);
  console.log(`  both                   ${(selection + fit).toFixed(1)}\n`);
}

async function steps() {
  const short = series.slice(0, 500);
  const models = {
    'last value': new Naive().fit(short),
    'whole past': new WholePast().fit(short),
    'AR(30)': new Autoregression({ order: 30 }).fit(short),
    'LSTM 32': await new LatentSeries({ epochs: 1 }).fit(short),
  };
  console.log('one step, predict and observe, after t values: microseconds');
  console.log(['t', ...Object.keys(models)].map((title) => title.padStart(12)).join(''));
  for (const model of Object.values(models)) stepTime(model.cursor(short.subarray(0, 30)), 30, 1000);
  const cursors = Object.values(models).map((model) => model.cursor(short.subarray(0, 30)));
  let seen = 30;
  for (const past of PASTS) {
    for (; seen < past; seen++) for (const cursor of cursors) cursor.observe(series[seen]);
    const row = cursors.map((cursor) => blockTime(cursor, past));
    seen += BLOCKS * STEPS;
    console.log([String(past), ...row.map((value) => value.toFixed(2))].map((cell) => cell.padStart(12)).join(''));
  }
}

function memory() {
  console.log('unbounded context after t symbols: memory and fitting time');
  for (const length of [10_000, 100_000, 1_000_000]) {
    const text = Array.from({ length }, () => 'abcdefgh'[Math.floor(random() ** 3 * 8)]);
    const bytes = process.memoryUsage().arrayBuffers;
    const seconds = time(() => kept.push(new Unbounded().fit(text))) / 1000;
    const taken = (process.memoryUsage().arrayBuffers - bytes) / length;
    console.log(
      `  ${length.toLocaleString('en-US').padStart(9)}  ${taken.toFixed(0)} bytes a symbol, ${seconds.toFixed(2)} s`,
    );
  }
}

/** The median of some blocks: a collection of garbage falls into one of them. */
function blockTime(cursor, past) {
  return median(Array.from({ length: BLOCKS }, (_, block) => stepTime(cursor, past + block * STEPS)));
}

function stepTime(cursor, past, steps = STEPS) {
  let sum = 0;
  const milliseconds = time(() => {
    for (let t = past; t < past + steps; t++) {
      sum += cursor.predict().mean;
      cursor.observe(series[t]);
    }
  });
  if (!Number.isFinite(sum)) throw new Error(`a prediction after ${past} values is no number`);
  return (milliseconds * 1000) / steps;
}

function time(work) {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

function medianTime(runs, work) {
  return median(Array.from({ length: runs }, () => time(work)));
}
