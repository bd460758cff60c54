import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { reorderBlocks, swapOuter, transpose } from '../cases/data.js';
import { GATES, products } from '../cases/plan.js';

/** tf.basicLSTMCell has its gates as i, j, f, o. */
const BASIC_ORDER = [0, 2, 1, 3];
const RESET_BEFORE_ONLY = 'has the GRU with the reset before the product only';
/** Multiply-adds of a call that the cpu backend would work at for longer than three seconds. */
const CPU_LIMIT = 1e9;

/**
 * TensorFlow.js on one backend. Steps use the operations that its own LSTM cell function is made of, which are faster than
 * its layers' cells at small sizes and the same at large ones; sequences use its layers.
 *
 * @param backend 'wasm' or 'cpu', registered already
 */
export function tensorflowContender(backend) {
  const refuse = (one) => {
    if (one.cell === 'gru') return RESET_BEFORE_ONLY;
    return backend === 'cpu' && products(one).all > CPU_LIMIT ? 'takes many seconds a call' : undefined;
  };
  const prepare = async () => {
    if (tf.getBackend() !== backend) await tf.setBackend(backend);
  };
  const open = async (one, data) => {
    await prepare();
    return { prepare, ...(one.kind === 'streaming' ? openStep(one, data) : openSequence(one, data)) };
  };
  return { id: `tensorflow-${backend}`, startsSlowly: true, refuse, open };
}

/** [W, U] as tfjs multiplies with them: f32[I + H, G·H], and the sum of the biases. */
function stepWeights({ cell, size }, dict) {
  const order = cell === 'lstm' ? BASIC_ORDER : [0];
  const rows = GATES[cell] * size;
  const columns = (name) => transpose(reorderBlocks(dict[name].data, order), rows, size);
  const kernel = new Float32Array(2 * size * rows);
  kernel.set(columns('weight_ih_l0'));
  kernel.set(columns('weight_hh_l0'), size * rows);
  return { kernel: tf.tensor2d(kernel, [2 * size, rows]), bias: tf.tensor1d(reorderBlocks(biasSum(dict), order)) };
}

function biasSum(dict) {
  return dict.bias_ih_l0.data.map((value, i) => value + dict.bias_hh_l0.data[i]);
}

function openStep(one, { dict, x }) {
  const { cell, size } = one;
  const { kernel, bias } = stepWeights(one, dict);
  const forgetBias = tf.scalar(0);
  let h = tf.zeros([1, size]);
  let c = tf.zeros([1, size]);
  let out;
  const advance = {
    lstm: (input) => tf.basicLSTMCell(forgetBias, kernel, bias, input, c, h),
    rnn: (input) => [c, tf.tanh(tf.add(tf.matMul(tf.concat([input, h], 1), kernel), bias))],
  }[cell];
  const run = () => {
    const input = tf.tensor2d(x, [1, size]);
    const [nextC, nextH] = tf.tidy(() => advance(input));
    tf.dispose([input, h]);
    if (nextC !== c) c.dispose();
    [c, h] = [nextC, nextH];
    out = h.dataSync();
  };
  return { run, output: () => out, close: () => tf.dispose([kernel, bias, forgetBias, h, c]) };
}

function openSequence({ cell, size, steps, batch }, { dict, x }) {
  const rows = GATES[cell] * size;
  const options = { units: size, returnSequences: true, kernelInitializer: 'zeros', recurrentInitializer: 'zeros' };
  const layer =
    cell === 'lstm' ? layers.lstm({ ...options, recurrentActivation: 'sigmoid' }) : layers.simpleRNN(options);
  // A call makes the weights that setWeights replaces.
  tf.tidy(() => void layer.apply(tf.zeros([1, 1, size])));
  const matrix = (name) => tf.tensor2d(transpose(dict[name].data, rows, size), [size, rows]);
  const weights = [matrix('weight_ih_l0'), matrix('weight_hh_l0'), tf.tensor1d(biasSum(dict))];
  layer.setWeights(weights);
  tf.dispose(weights);
  const batchMajor = swapOuter(x, steps, batch, size);
  let out;
  const run = () => {
    out = tf.tidy(() => layer.apply(tf.tensor3d(batchMajor, [batch, steps, size])).dataSync());
  };
  return { run, output: () => swapOuter(out, batch, steps, size), close: () => layer.dispose() };
}
