/** Trains the forecaster on the years to 2010 and writes model.safetensors: `node examples/keyed/train.js`, about ten seconds. */
import { writeFileSync } from 'node:fs';
import { GRU, Linear, Sequential } from 'hiddenstate';
import { Adam, fit, mse } from 'hiddenstate/train';
import { readEvents } from './data.js';
import { features } from './forecaster.js';

const series = new Map();
for (const { key, month, jobs } of readEvents()) {
  if (!series.has(key)) series.set(key, []);
  series.get(key).push({ month, jobs });
}
const sequences = [...series.values()].map((months) =>
  months
    .filter(({ month }) => month < '2011')
    .map(({ month, jobs }, t, all) =>
      features(t ? 100 * (jobs / all[t - 1].jobs - 1) : 0, Number(month.slice(5, 7)) - 1),
    ),
);
const steps = sequences[0].length - 1;
const batch = sequences.length;
const x = new Float32Array(steps * batch * 3);
const y = new Float32Array(steps * batch);
sequences.forEach((rows, b) => {
  for (let t = 0; t < steps; t++) {
    x.set(rows[t], (t * batch + b) * 3);
    y[t * batch + b] = rows[t + 1][0];
  }
});
const whole = { input: { data: x, dims: [steps, batch, 3] }, target: { data: y, dims: [steps, batch, 1] } };
/** One batch: all months of all sectors. */
const data = { count: 1, steps, batch, stateful: false, at: () => whole };

const model = new Sequential([
  new GRU({ inputSize: 3, hiddenSize: 16, seed: 1 }),
  new Linear({ inFeatures: 16, outFeatures: 1, seed: 2 }),
]);
const variance = y.reduce((sum, value) => sum + value * value, 0) / y.length;
const { loss } = await fit(model, data, {
  loss: mse(),
  epochs: 600,
  optimizer: (parameters) => new Adam(parameters, { learningRate: 0.005 }),
  clipNorm: 1,
});
console.log(`mean squared error ${loss.toFixed(3)}, against ${variance.toFixed(3)} of "no change"`);
writeFileSync(new URL('model.safetensors', import.meta.url), model.save());
