/**
 * What RNN, LSTM and GRU learn to remember, over how many steps: the adding problem and copy memory, trained for every cell
 * and distance, from several seeds: success rate against T as a chart and a table.
 *
 *   npm run build && node bench/learning/long-term.js               # goes on where it stopped: every run is kept
 *   node bench/learning/long-term.js --minutes 1                    # begins no run after a minute
 *   node bench/learning/long-term.js --draw                         # only the chart and the table
 *
 * Results: long-term.json beside this file, docs/train/long-term.svg, and a part of docs/train.md. The seeds decide every
 * number of a run; only `seconds` is the machine's.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChart } from '../../build/js/cli/chart/chart.js';
import { styleOf } from '../../build/js/cli/chart/palette.js';
import { GRU, LSTM, RNN } from '../../dist/index.js';
import { Adam, DivergedError, fit, initialize } from '../../dist/train.js';
import { checkpointFile } from '../../dist/train-node.js';
import { writePart } from '../report/write-part.js';
import { percent, table } from '../rivals/report/format.js';
import { adding, copying } from './tasks.js';

const SETTINGS = {
  hidden: 32,
  batch: 32,
  learningRate: 0.005,
  clipNorm: 1,
  stepsAtMost: 5000,
  judgedEvery: 100,
  givenUpAt: 2000,
  judgedOn: 256,
};
const DISTANCES = [10, 25, 50, 100, 200, 400];
const TASKS = [adding, copying];
const CONTENDERS = {
  RNN: { make: (options) => new RNN(options) },
  LSTM: { make: (options) => new LSTM(options) },
  'LSTM, forget bias 3': { make: (options) => new LSTM(options), forgetBias: 3 },
  GRU: { make: (options) => new GRU(options) },
};
const SEEDS = [1, 2, 3, 4, 5];
/** A run that is right so often has learnt it; one that is still guessing at `givenUpAt` steps is given up. */
const ENOUGH = 0.99;

const pathOf = (name) => fileURLToPath(new URL(`../../docs/train/${name}`, import.meta.url));
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '600' }, draw: { type: 'boolean' } } });

// Written aside first: a stop in the middle loses one run, not all.
const file = checkpointFile(fileURLToPath(new URL('long-term.json', import.meta.url)));
const before = file.load();
const kept = before ? JSON.parse(new TextDecoder().decode(before)) : { settings: SETTINGS, runs: [] };
if (JSON.stringify(kept.settings) !== JSON.stringify(SETTINGS))
  throw new Error('the runs kept were made with other settings');

if (!values.draw) await runAll();
if (left().length === 0) draw();

/** Runs that are still to be made. */
function left() {
  const plan = SEEDS.flatMap((seed) =>
    DISTANCES.flatMap((distance) =>
      TASKS.flatMap((task) => Object.keys(CONTENDERS).map((cell) => ({ task, cell, distance, seed }))),
    ),
  );
  return plan.filter(
    ({ task, cell, distance, seed }) =>
      !kept.runs.some((r) => r.task === task.name && r.cell === cell && r.distance === distance && r.seed === seed),
  );
}

async function runAll() {
  const begin = performance.now();
  for (const each of left()) {
    if (performance.now() - begin > Number(values.minutes) * 60_000) break;
    const result = await run(each);
    kept.runs.push(result);
    file.save(new TextEncoder().encode(text()));
    console.error(`${JSON.stringify(result)}, ${left().length} runs left`);
  }
}

function text() {
  return `{"settings": ${JSON.stringify(kept.settings)}, "runs": [\n${kept.runs.map((run) => JSON.stringify(run)).join(',\n')}\n]}\n`;
}

async function run({ task, cell, distance, seed }) {
  const { make, forgetBias } = CONTENDERS[cell];
  const { hidden, batch, learningRate, clipNorm, stepsAtMost, judgedEvery, judgedOn, givenUpAt } = SETTINGS;
  const steps = task.length(distance);
  const model = task.model(make)({ hiddenSize: hidden, seed });
  initialize(model, { seed, ...(forgetBias === undefined ? {} : { forgetBias }) });
  const judged = task.batch(steps, judgedOn, 1_000_003 * seed);
  const stop = new AbortController();
  const begin = performance.now();
  let [rate, done, diverged] = [0, 0, false];
  try {
    await fit(
      model,
      {
        count: judgedEvery,
        steps,
        batch,
        stateful: false,
        at: (e, i) => task.batch(steps, batch, 7 * seed + e * judgedEvery + i),
      },
      {
        loss: task.loss,
        epochs: stepsAtMost / judgedEvery,
        optimizer: (parameters) => new Adam(parameters, { learningRate }),
        clipNorm,
        signal: stop.signal,
        onEpoch({ epoch }) {
          done = (epoch + 1) * judgedEvery;
          rate = task.rate(model.forward(judged.input).output.data, judged);
          if (rate >= ENOUGH) stop.abort('ended');
          if (done === givenUpAt && rate < task.chance + 0.1) stop.abort('ended');
        },
      },
    );
  } catch (reason) {
    diverged = reason instanceof DivergedError;
    if (!diverged && reason !== 'ended') throw reason;
  }
  model.dispose();
  const seconds = Number(((performance.now() - begin) / 1000).toFixed(1));
  return {
    task: task.name,
    cell,
    distance,
    seed,
    rate: Number(rate.toFixed(4)),
    steps: done,
    ...(diverged ? { diverged } : {}),
    seconds,
  };
}

function draw() {
  const { hidden, stepsAtMost, batch } = SETTINGS;
  const panels = TASKS.map((task) => ({
    heading: task.title,
    x: { title: 'T, steps to remember over', kind: 'log', domain: [9, 450] },
    y: { title: 'success rate', domain: [0, 1.02] },
    marks: [
      ...Object.keys(CONTENDERS).flatMap((cell) => {
        const rates = DISTANCES.map((distance) => [distance, ratesOf(task, cell, distance)]);
        return [
          {
            kind: 'line',
            label: cell,
            ...styleOf(cell),
            points: rates.map(([distance, all]) => [distance, mean(all)]),
          },
          {
            kind: 'dots',
            colour: styleOf(cell).colour,
            points: rates.flatMap(([distance, all]) => all.map((rate) => [distance, rate])),
          },
        ];
      }),
      { kind: 'rule', axis: 'y', at: task.chance, label: 'guessing', colour: 'quiet' },
    ],
  }));
  const subtitle = `${hidden} units, at most ${stepsAtMost} steps of Adam on ${batch} sequences; ${SEEDS.length} seeds and their mean`;
  writeFileSync(pathOf('long-term.svg'), drawChart({ title: 'Learning to remember', subtitle, panels }));
  writePart('train.md', 'long-term', results());
}

/** Means over the seeds, and how many of them learnt it. */
function results() {
  const rows = TASKS.flatMap((task) =>
    Object.keys(CONTENDERS).map((cell) => [
      `${task.name}: ${cell}`,
      ...DISTANCES.map((distance) => {
        const rates = ratesOf(task, cell, distance);
        return `${percent(mean(rates))} (${rates.filter((rate) => rate >= ENOUGH).length})`;
      }),
    ]),
  );
  return table(['right after training, T =', ...DISTANCES], rows);
}

function ratesOf(task, cell, distance) {
  const own = (run) => run.task === task.name && run.cell === cell && run.distance === distance;
  return kept.runs.filter(own).map(({ rate }) => rate);
}

function mean(values) {
  return values.reduce((a, b) => a + b) / values.length;
}
