import { PlainGRU, PlainLSTM, PlainRNN } from '../../../dist/measure.js';
import { isStream } from '../cases/plan.js';

const LAYERS = { lstm: PlainLSTM, gru: PlainGRU, rnn: PlainRNN };

/** What a good programmer gets out of Float32Array loops. */
export const plainContender = {
  id: 'plain',
  open(one, { dict, x }) {
    const { cell, size, steps, batch } = one;
    const layer = new LAYERS[cell](dict, batch);
    const out = new Float32Array(steps * batch * size);
    const output = () => out;
    if (isStream(one)) return { run: () => layer.step(x, out), output, close() {} };
    const run = () => {
      layer.reset();
      layer.sequence(x, steps, out);
    };
    return { run, output, close() {} };
  },
};
