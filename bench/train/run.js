/**
 * One training step (forward, mean squared error, backward, Adam) of an LSTM, against PyTorch and TensorFlow.js.
 *
 *   npm run bench:train
 *
 * Every contender is a process of one thread that takes turns with the others; all begin with the same weights, learn from
 * the same batch, and must agree on their losses. PyTorch is whatever `python3` imports, TensorFlow.js the one of
 * bench/rivals on its wasm backend, Node as it starts without flags. Prints medians of the rounds, and of the ratios within them.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SHAPE = { size: 128, steps: 100, batch: 32 };
const ROUNDS = 7;
/** Steps of a turn. */
const TURNS = { hiddenstate: 20, pytorch: 20, tensorflow: 1 };
/** Steps before the first turn, whose losses are compared. */
const WARM_UP = 3;

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-train-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  writeBatch();
  const contenders = [
    await open('hiddenstate', process.execPath, [pathOf('hiddenstate.js')]),
    await open('pytorch', '/usr/bin/python3', [pathOf('pytorch.py')]),
    await open('tensorflow', process.execPath, [pathOf('../rivals/training/tensorflow.js')]),
  ];
  const losses = [];
  for (const { ask } of contenders) losses.push((await ask(WARM_UP)).losses);
  for (const [i, own] of losses.entries()) {
    const apart = Math.max(...own.map((loss, step) => Math.abs(loss / losses[1][step] - 1)));
    if (!(apart < 1e-3)) throw new Error(`${contenders[i].name}: got losses ${own}, expected PyTorch's ${losses[1]}`);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of contenders) one.times.push((await one.ask(TURNS[one.name])).milliseconds);
    contenders.reverse();
  }
  for (const { close } of contenders) close();
  report(contenders);
}

function report(contenders) {
  const ours = contenders.find(({ name }) => name === 'hiddenstate');
  const { size, steps, batch } = SHAPE;
  const figures = Object.fromEntries(
    contenders.map(({ name, times, about }) => {
      const ratio = median(times.map((time, i) => time / ours.times[i]));
      return [name, { about, milliseconds: median(times), timesOurs: ratio, rounds: times }];
    }),
  );
  console.log(`LSTM ${size}, T = ${steps}, B = ${batch}: one training step, median of ${ROUNDS} rounds`);
  for (const [name, { about, milliseconds, timesOurs }] of Object.entries(figures)) {
    console.log(`${name.padEnd(12)} ${milliseconds.toFixed(1).padStart(8)} ms  ×${timesOurs.toFixed(2)}  ${about}`);
  }
  mkdirSync(pathOf('../results'), { recursive: true });
  writeFileSync(pathOf('../results/train.json'), JSON.stringify({ shape: SHAPE, figures }, null, 2));
}

/** Weights in PyTorch's order, an input and a target, as little-endian float32 that every language reads. */
function writeBatch() {
  const { size, steps, batch } = SHAPE;
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const write = (name, count, bound) => {
    const data = Float32Array.from({ length: count }, () => random() * bound);
    writeFileSync(join(folder, `${name}.f32`), new Uint8Array(data.buffer));
  };
  for (const name of ['weight_ih_l0', 'weight_hh_l0']) write(name, 4 * size * size, 1 / Math.sqrt(size));
  for (const name of ['bias_ih_l0', 'bias_hh_l0']) write(name, 4 * size, 1 / Math.sqrt(size));
  write('input', steps * batch * size, 1);
  write('target', steps * batch * size, 0.5);
}

/** Starts a contender: it is told the shape and the folder, says what it is, then answers counts of steps with their time. */
async function open(name, program, args) {
  const { size, steps, batch } = SHAPE;
  const child = spawn(program, [...args, folder, size, steps, batch].map(String), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name}: ended without an answer`);
    return JSON.parse(value);
  };
  const { about } = await read();
  const ask = (count) => {
    child.stdin.write(`${count}\n`);
    return read();
  };
  return { name, about, times: [], ask, close: () => child.stdin.end() };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
