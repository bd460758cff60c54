/**
 * How long `fit` keeps the event loop waiting: the greatest gaps between turns while an LSTM of 128 units learns from sequences
 * of 100, 1000 and 10 000 steps.
 *
 *   npm run build && node bench/train/event-loop.js         # batches of 4
 *   node bench/train/event-loop.js 32
 *
 * The first step is told apart: memory is planned and code compiled then. What a gap costs the machine's other work counts too.
 */
import { Linear, LSTM, Sequential } from '../../dist/index.js';
import { fit, mse } from '../../dist/train.js';

const batch = Number(process.argv[2] ?? 4);
const size = 128;

for (const steps of [100, 1000, 10_000]) {
  const model = new Sequential([
    new LSTM({ inputSize: size, hiddenSize: size, seed: 1 }),
    new Linear({ inFeatures: size, outFeatures: 8, seed: 2 }),
  ]);
  const input = { data: new Float32Array(steps * batch * size).fill(0.5), dims: [steps, batch, size] };
  const target = { data: new Float32Array(steps * batch * 8).fill(0.1), dims: [steps, batch, 8] };
  const count = Math.max(4, Math.ceil(4000 / steps));
  const data = { count, steps, batch, stateful: false, at: () => ({ input, target }) };
  const gaps = { first: [], later: [] };
  let part = 'first';
  let last = performance.now();
  let cpu = process.cpuUsage();
  const turn = setInterval(() => {
    const now = performance.now();
    const used = process.cpuUsage(cpu);
    gaps[part].push({ wall: now - last, cpu: (used.user + used.system) / 1000 });
    last = now;
    cpu = process.cpuUsage();
  }, 0);
  const onProgress = () => {
    part = 'later';
  };
  await fit(model, data, { loss: mse(), epochs: 1, onProgress, validation: { ...data, count: 1 } });
  clearInterval(turn);
  model.dispose();
  const show = (list, key) => {
    const sorted = list.map((each) => each[key]).sort((a, b) => b - a);
    return sorted
      .slice(0, 3)
      .map((ms) => ms.toFixed(0))
      .join(', ');
  };
  for (const when of ['first', 'later']) {
    console.log(
      `T ${steps}, B ${batch}, ${when === 'first' ? 'until the first step is done' : 'afterwards'}: ` +
        `greatest gaps ${show(gaps[when], 'wall')} ms, of the process's own time ${show(gaps[when], 'cpu')} ms`,
    );
  }
}
