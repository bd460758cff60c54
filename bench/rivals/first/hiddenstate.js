import { LSTM } from '../../../dist/index.js';

/** One step of an LSTM, from weights to h. */
export async function first({ dict, x }) {
  return LSTM.fromStateDict(dict).stream().step(x);
}
