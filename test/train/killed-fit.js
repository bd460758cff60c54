/**
 * A fit that keeps checkpoints in a file and is killed at a point of the third one: `node killed-fit.js FILE POINT`. Without
 * a point it goes on from what is there, and prints its weights.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { GRU } from '../../dist/index.js';
import { fit, lanes, mse } from '../../dist/train.js';

const [path, point] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');
let saved = 0;

const { renameSync, writeSync } = fs;
fs.renameSync = (...names) => {
  if (++saved === 3 && point === 'written') die();
  renameSync(...names);
  if (saved === 3 && point === 'renamed') die();
};
fs.writeSync = (file, bytes, at) => {
  if (saved < 2 || point !== 'half written') return writeSync(file, bytes, at);
  writeSync(file, bytes, 0, bytes.length >> 1);
  return die();
};
syncBuiltinESMExports();

const { checkpointFile } = await import('../../dist/train-node.js');
const file = checkpointFile(path);
const model = new GRU({ inputSize: 2, hiddenSize: 2, seed: 1 });
const series = { data: Float32Array.from({ length: 204 }, (_, i) => Math.sin(i)), dims: [102, 2] };
const data = lanes(series, { steps: 5, batch: 2 });
const { steps } = await fit(model, data, {
  loss: mse(),
  epochs: 5,
  checkpoint: { ...file, every: 7 },
  resume: file.load(),
});
const weights = Object.values(model.stateDict()).flatMap(({ data: values }) => [...values]);
console.log(JSON.stringify({ steps, weights }));
