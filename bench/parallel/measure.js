import { mkdirSync, writeFileSync } from 'node:fs';
import { GRU, LSTM, Sequential } from '../../dist/index.js';
import { openPool } from '../../dist/parallel.js';
import { machine } from '../rivals/machine.js';
import { median } from '../rivals/timing/interleave.js';

const ROUNDS = 3;
const BURST_MILLISECONDS = 500;

const MODELS = {
  'GRU(128)': () => new GRU({ inputSize: 128, hiddenSize: 128, seed: 1 }),
  'LSTM(256)': () => new LSTM({ inputSize: 256, hiddenSize: 256, seed: 1 }),
};
/** Sequences of 100 steps a call, and streams that advance together. */
const WORK = { sequences: 64, steps: 100, streams: 256 };

/** Opens the same model on the calling thread or on a pool of so many. */
const WAYS = {
  'calling thread': async (model) => ({
    forward: async (input) => model.forward(input),
    stream: async (options) => model.stream(options),
    close: async () => {},
  }),
  'pool of 1': (model) => openPool(model, { threads: 1 }),
  'pool of 2': (model) => openPool(model, { threads: 2 }),
};

const ramp = (count) => Float32Array.from({ length: count }, (_, i) => ((i * 0.618034) % 1) - 0.5);

/**
 * Microseconds a call of one way. It is alone in the process: the scheduler of a small machine puts two threads on one
 * core when others sleep beside them.
 */
async function timeWay(model, open) {
  const { sequences, steps, streams } = WORK;
  const input = { data: ramp(steps * sequences * model.inputSize), dims: [steps, sequences, model.inputSize] };
  const x = ramp(streams * model.inputSize);
  const opened = await open(model);
  const stream = await opened.stream({ batch: streams });
  const first = [(await opened.forward(input)).output.data, await stream.step(x)];
  const times = { batch: await burst(() => opened.forward(input)), streams: await burst(() => stream.step(x)) };
  await stream.dispose();
  await opened.close();
  return { first, times };
}

async function burst(call) {
  const warm = performance.now() + BURST_MILLISECONDS / 2;
  while (performance.now() < warm) await call();
  const start = performance.now();
  let calls = 0;
  do {
    await call();
    calls++;
  } while (performance.now() - start < BURST_MILLISECONDS);
  return ((performance.now() - start) * 1000) / calls;
}

function assertSame(outputs, expected) {
  const same = outputs.every((output, i) => output.every((value, k) => value === expected[i][k]));
  if (!same) throw new Error('bench/parallel: a pool gives other bits than the calling thread');
}

async function timeModel(model) {
  const samples = Object.keys(WAYS).map(() => []);
  let expected;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, open] of Object.values(WAYS).entries()) {
      const { first, times } = await timeWay(model, open);
      expected ??= first;
      assertSame(first, expected);
      samples[i].push(times);
    }
  }
  const medians = (kind) => samples.map((own) => median(own.map((times) => times[kind])));
  return { batch: medians('batch'), streams: medians('streams') };
}

const models = {};
for (const [name, make] of Object.entries(MODELS)) {
  models[name] = await timeModel(new Sequential([make()]));
  for (const [kind, times] of Object.entries(models[name])) {
    console.log(
      `${name}, ${kind}: ${times.map((time, i) => `${Object.keys(WAYS)[i]} ${Math.round(time)} µs`).join(', ')}`,
    );
  }
}

const about = { date: new Date().toISOString(), node: process.version, flags: process.execArgv, machine: machine() };
mkdirSync(new URL('../results', import.meta.url), { recursive: true });
writeFileSync(
  new URL('../results/parallel.json', import.meta.url),
  `${JSON.stringify({ ...about, ways: Object.keys(WAYS), work: WORK, models }, null, 1)}\n`,
);
