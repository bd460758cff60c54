/**
 * Blocks of steps against as many steps, and named lanes of a wide stream against a plain step of as many, interleaved:
 * the median of the ratios, and the ratio of the least times. `npm run build && node bench/streams.js`
 */
import { GRU, LSTM } from '../dist/index.js';

const ROUNDS = 61;
const STEPS = 128;
const WIDE = 4096;
const NAMED = 64;

for (const hiddenSize of [8, 16, 40, 64])
  report(`${STEPS} samples of LSTM(1 → ${hiddenSize}) by steps`, ...blocks(hiddenSize));
for (const size of [32, 128]) report(`${NAMED} of ${WIDE} lanes, GRU(${size})`, ...lanes(size));

function blocks(hiddenSize) {
  const lstm = new LSTM({ inputSize: 1, hiddenSize, seed: 1 });
  const [one, many] = [lstm.stream(), lstm.stream()];
  const x = Float32Array.from({ length: STEPS }, (_, t) => Math.sin(t));
  const samples = Array.from(x, (value) => Float32Array.of(value));
  const [out, whole] = [new Float32Array(hiddenSize), new Float32Array(STEPS * hiddenSize)];
  const single = () => {
    for (const sample of samples) one.step(sample, out);
  };
  return [single, () => many.steps(x, whole)];
}

function lanes(size) {
  const gru = new GRU({ inputSize: size, hiddenSize: size, seed: 1 });
  const [plain, wide] = [gru.stream({ batch: NAMED }), gru.stream({ batch: WIDE })];
  const x = Float32Array.from({ length: NAMED * size }, (_, i) => Math.sin(i));
  const out = new Float32Array(NAMED * size);
  // Each call names other lanes, from everywhere in the stream.
  const calls = Array.from({ length: 64 }, (_, call) => ({
    lanes: Int32Array.from(
      { length: NAMED },
      (_, i) => i * (WIDE / NAMED) + ((call * 37 + i * i * 11) % (WIDE / NAMED)),
    ),
  }));
  let call = 0;
  return [() => plain.step(x, out), () => wide.step(x, out, calls[call++ % calls.length])];
}

function report(name, base, other) {
  const repeat = Math.max(1, Math.ceil(2 / time(base, 10)));
  for (let i = 0; i < 10; i++) for (const run of [base, other]) time(run, repeat);
  const rounds = Array.from({ length: ROUNDS }, () => [time(base, repeat), time(other, repeat)]);
  const ratios = rounds.map(([a, b]) => b / a).sort((a, b) => a - b);
  const least = (i) => Math.min(...rounds.map((times) => times[i]));
  const micros = [least(0), least(1)].map((ms) => `${(ms * 1000).toFixed(1)} µs`);
  console.log(
    `${name}: ${micros[1]} against ${micros[0]}, ratio ${ratios[ROUNDS >> 1].toFixed(2)}, of the least times ${(least(1) / least(0)).toFixed(2)}`,
  );
}

/** Milliseconds of one call. */
function time(run, repeat) {
  const start = performance.now();
  for (let i = 0; i < repeat; i++) run();
  return (performance.now() - start) / repeat;
}
