import { PlainLSTM } from '../../../dist/measure.js';

/** One step of an LSTM, from weights to h. */
export async function first({ dict, x }) {
  const out = new Float32Array(x.length);
  new PlainLSTM(dict).step(x, out);
  return out;
}
