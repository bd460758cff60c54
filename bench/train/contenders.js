/** Programs that do the same training step by turns. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { median } from '../rivals/timing/interleave.js';

/** Rounds in which each contender has a turn, and steps before the first, whose losses are compared. */
export const ROUNDS = 7;
const WARM_UP = 3;

/** What imports PyTorch. */
export const PYTHON = process.env.PYTHON ?? '/usr/bin/python3';

/** What `torch.set_num_threads` does not tell an OpenBLAS with threads of its own. */
const ONE_THREAD = { OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** Starts a contender: it is told `args`, says what it is, then answers counts of steps with their losses and time. */
export async function open(name, program, args) {
  const child = spawn(program, args.map(String), {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...ONE_THREAD },
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
  return { name, about, times: [], computing: [], ask, close: () => child.stdin.end() };
}

/**
 * Lets the contenders take turns, each so many steps as `turns` says, and ends them. Their times are in `times`, round by round,
 * and in `computing` what their processes used of it: the fairer of the two where others want the machine as well.
 *
 * @throws if their losses differ from PyTorch's by a thousandth
 */
export async function race(contenders, turns) {
  const losses = [];
  for (const { ask } of contenders) losses.push((await ask(WARM_UP)).losses);
  const theirs = losses[contenders.findIndex(({ name }) => name === 'pytorch')];
  for (const [i, own] of losses.entries()) {
    const apart = Math.max(...own.map((loss, step) => Math.abs(loss / theirs[step] - 1)));
    if (!(apart < 1e-3)) throw new Error(`${contenders[i].name}: got losses ${own}, expected PyTorch's ${theirs}`);
  }
  const order = [...contenders];
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of order) {
      const { milliseconds, computing } = await one.ask(turns[one.name]);
      one.times.push(milliseconds);
      one.computing.push(computing);
    }
    order.reverse();
  }
  for (const { close } of contenders) close();
}

/** The median of the ratios within the rounds, and their range, in words. */
export function ratios(ours, theirs) {
  const each = ours.map((time, i) => time / theirs[i]);
  return `${median(each).toFixed(2)} (${Math.min(...each).toFixed(2)} – ${Math.max(...each).toFixed(2)})`;
}

/** Writes uniform numbers, as little-endian float32 that every language reads: the same at every run. */
export function writer(folder) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  return (name, count, bound, map = (x) => x) => {
    const data = Float32Array.from({ length: count }, () => map(random() * bound));
    writeFileSync(join(folder, `${name}.f32`), new Uint8Array(data.buffer));
  };
}
