/**
 * One training step (forward, mean squared error, backward, Adam) of an LSTM, against PyTorch and TensorFlow.js.
 *
 *   npm run bench:train
 *
 * Every contender is a process of one thread that takes turns with the others; all begin with the same weights, learn from
 * the same batch, and must agree on their losses. PyTorch is what `/usr/bin/python3` imports, or the program that the
 * environment names in PYTHON, TensorFlow.js the one of bench/rivals on its wasm backend. hiddenstate runs on both builds of its
 * kernels (Node 20 has the relaxed one behind a flag).
 * Writes medians of the rounds, and of the ratios within them, into docs/tape.md; all rounds into bench/results/train.json.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { relaxedFlags } from '../relaxed-flags.js';
import { writePart } from '../report/write-part.js';
import { machine } from '../rivals/machine.js';
import { digits, table } from '../rivals/report/format.js';
import { median } from '../rivals/timing/interleave.js';
import { open, PYTHON, ROUNDS, race, ratios, writer } from './contenders.js';

const SHAPE = { size: 128, steps: 100, batch: 32 };
/** Steps of a turn. */
const TURNS = { baseline: 20, relaxed: 20, pytorch: 20, tensorflow: 1 };

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-train-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  writeBatch();
  const told = (name) => [folder, name, ...Object.values(SHAPE)];
  const ours = pathOf('hiddenstate.js');
  const contenders = [
    await open('baseline', process.execPath, [ours, ...told('baseline')]),
    await open('relaxed', process.execPath, [...relaxedFlags(), ours, ...told('relaxed')]),
    await open('pytorch', PYTHON, [pathOf('pytorch.py'), ...told('pytorch')]),
    await open('tensorflow', process.execPath, [pathOf('../rivals/training/tensorflow.js'), ...told('tensorflow')]),
  ];
  await race(contenders, TURNS);
  report(contenders);
}

function report(contenders) {
  const [ours] = contenders.filter(({ name }) => name === 'baseline');
  const figures = contenders.map(({ name, about, times, computing }) => {
    const ratios = times.map((time, i) => time / ours.times[i]);
    return { name, about, milliseconds: median(times), overBaseline: median(ratios), rounds: times, computing };
  });
  figures.sort((a, b) => a.milliseconds - b.milliseconds);
  const about = { date: new Date().toISOString(), node: process.version, machine: machine(), shape: SHAPE };
  mkdirSync(pathOf('../results'), { recursive: true });
  writeFileSync(pathOf('../results/train.json'), JSON.stringify({ about, figures }, null, 2));
  writePart('tape.md', 'training step', `${describe(about)}\n\n${tableOf(figures)}`);
}

function describe({ date, node, machine: { cpu, cores, system }, shape: { size, steps, batch } }) {
  const what = `LSTM of ${size} units, T = ${steps}, batch ${batch}, one thread`;
  return `${what}: medians of ${ROUNDS} rounds, ${date.slice(0, 10)}, Node ${node.slice(1)}, ${cpu}, ${cores} cores, ${system}.`;
}

/** Times, and what they are of the baseline build's: the median of the ratios within the rounds, the least and the greatest. */
function tableOf(figures) {
  const baseline = figures.find(({ name }) => name === 'baseline').rounds;
  const { computing: baselineComputing } = figures.find(({ name }) => name === 'baseline');
  const rows = figures.map(({ about, milliseconds, rounds, computing }) => {
    return [
      about,
      digits(milliseconds),
      ratios(rounds, baseline),
      digits(median(computing)),
      ratios(computing, baselineComputing),
    ];
  });
  return table(['', 'ms', 'of the baseline build', 'ms of the processor', 'of the baseline build'], rows);
}

/** Weights in PyTorch's order, an input and a target. */
function writeBatch() {
  const { size, steps, batch } = SHAPE;
  const write = writer(folder);
  for (const name of ['weight_ih_l0', 'weight_hh_l0']) write(name, 4 * size * size, 1 / Math.sqrt(size));
  for (const name of ['bias_ih_l0', 'bias_hh_l0']) write(name, 4 * size, 1 / Math.sqrt(size));
  write('input', steps * batch * size, 1);
  write('target', steps * batch * size, 0.5);
}
