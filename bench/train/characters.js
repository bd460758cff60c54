/**
 * One training step (forward, cross-entropy, backward, Adam) of a character model with as many symbols as a Korean text has,
 * against PyTorch, one thread each.
 *
 *   npm run build && node bench/train/characters.js
 *
 * Contenders and rules as in run.js. Prints medians; writes all rounds into bench/results/train-characters.json.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { relaxedFlags } from '../relaxed-flags.js';
import { machine } from '../rivals/machine.js';
import { median } from '../rivals/timing/interleave.js';
import { open, PYTHON, race, ratios, writer } from './contenders.js';

const SHAPE = { symbols: 769, width: 48, hidden: 128, steps: 64, batch: 32 };
const TURNS = { baseline: 10, relaxed: 10, pytorch: 10 };

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-characters-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  writeModel();
  const sizes = Object.values(SHAPE);
  const ours = pathOf('hiddenstate-characters.js');
  const contenders = [
    await open('baseline', process.execPath, [ours, folder, 'baseline', ...sizes]),
    await open('relaxed', process.execPath, [...relaxedFlags(), ours, folder, 'relaxed', ...sizes]),
    await open('pytorch', PYTHON, [pathOf('characters.py'), folder, 'pytorch', ...sizes]),
  ];
  await race(contenders, TURNS);
  const figures = contenders.map(({ name, about, times, computing }) => {
    return { name, about, milliseconds: median(times), times, computing };
  });
  for (const { about, milliseconds, times, computing } of figures) {
    console.log(
      `${about}: ${milliseconds.toFixed(1)} ms, ${ratios(times, contenders[2].times)} × PyTorch's; ` +
        `${median(computing).toFixed(1)} ms of the processor, ${ratios(computing, contenders[2].computing)} × PyTorch's`,
    );
  }
  const about = { date: new Date().toISOString(), node: process.version, machine: machine(), shape: SHAPE };
  mkdirSync(pathOf('../results'), { recursive: true });
  writeFileSync(pathOf('../results/train-characters.json'), JSON.stringify({ about, figures }, null, 2));
}

function writeModel() {
  const { symbols, width, hidden, steps, batch } = SHAPE;
  const write = writer(folder);
  write('0.weight', symbols * width, 1);
  const bound = 1 / Math.sqrt(hidden);
  write('1.weight_ih_l0', 4 * hidden * width, bound);
  write('1.weight_hh_l0', 4 * hidden * hidden, bound);
  for (const name of ['1.bias_ih_l0', '1.bias_hh_l0']) write(name, 4 * hidden, bound);
  write('2.weight', symbols * hidden, bound);
  write('2.bias', symbols, bound);
  const symbol = (x) => Math.min(symbols - 1, Math.floor(((x + 1) / 2) * symbols));
  write('input', steps * batch, 1, symbol);
  write('target', steps * batch, 1, symbol);
}
