/** TensorFlow.js' training step on its wasm backend: see bench/train/run.js. */
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { answer, given } from '../../train/answer.js';
import { swapOuter, transpose } from '../cases/data.js';

tf.enableProdMode();
setThreadsCount(1);
await tf.setBackend('wasm');

const { sizes, read } = given();
const [size, steps, batch] = sizes;
const zeros = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' };
const shape = { units: size, returnSequences: true, inputShape: [steps, size] };
const lstm = layers.lstm({ ...shape, ...zeros, recurrentActivation: 'sigmoid' });
const model = sequential({ layers: [lstm] });
const biasIh = read('bias_ih_l0');
const biasHh = read('bias_hh_l0');
const matrix = (name) => tf.tensor2d(transpose(read(name), 4 * size, size), [size, 4 * size]);
lstm.setWeights([matrix('weight_ih_l0'), matrix('weight_hh_l0'), tf.tensor1d(biasIh.map((b, i) => b + biasHh[i]))]);

const rows = (name) => tf.tensor3d(swapOuter(read(name), steps, batch, size), [batch, steps, size]);
const input = rows('input');
const target = rows('target');
// One bias here is two in PyTorch, and both step: the same step twice is twice the learning rate, for the bias alone. The
// losses of the first steps do not tell the difference at a thousandth.
const adam = tf.train.adam(0.001);

await answer(`TensorFlow.js ${tf.version_core}, wasm backend, one thread`, () => {
  const loss = tf.tidy(() =>
    adam.minimize(() => tf.losses.meanSquaredError(target, model.apply(input, { training: true })), true),
  );
  const [value] = loss.dataSync();
  loss.dispose();
  return value;
});
