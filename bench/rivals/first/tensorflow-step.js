import * as tf from '@tensorflow/tfjs-core';

/** One step of an LSTM by TensorFlow.js, from weights as its operation takes them to h. */
export async function tensorflowStep(backend, { kernel, bias, x }) {
  tf.enableProdMode();
  await tf.setBackend(backend);
  const size = x.length;
  const zeros = tf.zeros([1, size]);
  const weights = tf.tensor2d(kernel, [2 * size, 4 * size]);
  const [, h] = tf.basicLSTMCell(0, weights, tf.tensor1d(bias), tf.tensor2d(x, [1, size]), zeros, zeros);
  return h.dataSync();
}
