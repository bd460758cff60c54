// A whole prediction of a Keras model by hiddenstate/keras and by TensorFlow.js' wasm backend, in turns:
//   npm --prefix bench/rivals ci --ignore-scripts && node bench/files/keras-against-tfjs.js
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { loadKeras } from '../../dist/keras.js';

const RIVALS = fileURLToPath(new URL('../rivals', import.meta.url));
const RESOLVE = createRequire(join(RIVALS, 'package.json')).resolve;
const WASM = dirname(RESOLVE('@tensorflow/tfjs-backend-wasm'));
/** What its CommonJS parts ask for. */
const SHIM = `
  import { createRequire } from 'node:module';
  const [require, __dirname] = [createRequire(import.meta.url), ${JSON.stringify(WASM)}];`;
const ROUNDS = 15;

/** TensorFlow.js on its wasm backend, bundled: its modules name each other without extensions. */
async function tensorFlow() {
  const contents = `
    import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
    import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
    import '@tensorflow/tfjs-backend-cpu';
    import * as tf from '@tensorflow/tfjs-core';
    import * as layers from '@tensorflow/tfjs-layers';
    export { tf, layers, setThreadsCount, setWasmPaths };`;
  const folder = mkdtempSync(join(tmpdir(), 'tfjs-'));
  const outfile = join(folder, 'tfjs.mjs');
  const options = {
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    banner: { js: SHIM },
  };
  await build({ stdin: { contents, resolveDir: RIVALS }, outfile, logLevel: 'error', ...options });
  const made = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true });
  made.setThreadsCount(1);
  made.setWasmPaths(`${WASM}/`);
  if (!(await made.tf.setBackend('wasm'))) throw new Error('the wasm backend did not start');
  return made;
}

/** Models as TensorFlow.js makes them: name, layers, dims of the input. */
const models = (l) => {
  const lstm = (units, more = {}) => l.lstm({ units, recurrentActivation: 'sigmoid', ...more });
  const sequences = { returnSequences: true };
  const first = (dims) => ({ inputShape: dims });
  return [
    ['LSTM(32), 50 steps of 8', [lstm(32, first([50, 8])), l.dense({ units: 1 })], [1, 50, 8]],
    ['LSTM(128), 100 steps of 64', [lstm(128, first([100, 64])), l.dense({ units: 10 })], [1, 100, 64]],
    [
      'LSTM(64) twice, batch 16, 30 steps of 16',
      [lstm(64, { ...sequences, ...first([30, 16]) }), lstm(64), l.dense({ units: 4 })],
      [16, 30, 16],
    ],
    [
      'GRU(64), 100 steps of 32',
      [l.gru({ units: 64, recurrentActivation: 'sigmoid', ...first([100, 32]) }), l.dense({ units: 4 })],
      [1, 100, 32],
    ],
    [
      'both ways LSTM(64), 60 steps of 32',
      [l.bidirectional({ layer: lstm(64), ...first([60, 32]) }), l.dense({ units: 4 })],
      [1, 60, 32],
    ],
    [
      'Conv1D(32), LSTM(64), 100 steps of 16',
      [
        l.conv1d({ filters: 32, kernelSize: 3, activation: 'relu', ...first([100, 16]) }),
        l.maxPooling1d({}),
        lstm(64),
        l.dense({ units: 4 }),
      ],
      [1, 100, 16],
    ],
    [
      'LSTM(64) of hard sigmoid, 100 steps of 32',
      [lstm(64, { recurrentActivation: 'hardSigmoid', ...first([100, 32]) }), l.dense({ units: 4 })],
      [1, 100, 32],
    ],
    [
      'LSTM(64) of hard sigmoid and relu, 100 steps of 32',
      [
        lstm(64, { recurrentActivation: 'hardSigmoid', activation: 'relu', ...first([100, 32]) }),
        l.dense({ units: 4 }),
      ],
      [1, 100, 32],
    ],
    [
      'GRU(64) of hard sigmoid and relu, 100 steps of 32',
      [
        l.gru({ units: 64, recurrentActivation: 'hardSigmoid', activation: 'relu', ...first([100, 32]) }),
        l.dense({ units: 4 }),
      ],
      [1, 100, 32],
    ],
  ];
};

/** model.json and shards of a model of TensorFlow.js. */
async function saved(model) {
  let files;
  await model.save({
    save: async ({ modelTopology, weightSpecs, weightData }) => {
      const data = Array.isArray(weightData) ? weightData[0] : weightData;
      const manifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      files = { model: { modelTopology, weightsManifest: manifest }, shards: { 'weights.bin': new Uint8Array(data) } };
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    },
  });
  return files;
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

/** Milliseconds a call, of enough calls for 30 ms. */
function time(call, count) {
  const begin = performance.now();
  for (let i = 0; i < count; i++) call();
  return (performance.now() - begin) / count;
}

const { tf, layers } = await tensorFlow();
console.log('| a prediction, ms | hiddenstate | TensorFlow.js wasm | times |\n|---|--:|--:|--:|');
for (const [name, parts, dims] of models(layers.layers)) {
  const rival = layers.sequential({ layers: parts });
  const own = await loadKeras(await saved(rival));
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * 0.37));
  const ours = () => own.predict({ data, dims }).data;
  const theirs = () => tf.tidy(() => rival.predict(tf.tensor(data, dims)).dataSync());
  const [a, b] = [ours(), theirs()];
  const error = Math.max(...a.map((value, i) => Math.abs(value - b[i])));
  if (!(error < 1e-5)) throw new Error(`${name}: differs by ${error}`);
  const counts = [ours, theirs].map((call) => Math.max(1, Math.ceil(30 / time(call, 3))));
  const times = Array.from({ length: ROUNDS }, () => [time(ours, counts[0]), time(theirs, counts[1])]);
  const [mine, other] = [0, 1].map((k) => median(times.map((pair) => pair[k])));
  console.log(`| ${name} | ${mine.toFixed(3)} | ${other.toFixed(2)} | ${(other / mine).toFixed(1)}× |`);
  own.dispose();
}
