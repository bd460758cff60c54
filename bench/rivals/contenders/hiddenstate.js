import { createEngine, GRU, Linear, LSTM, RNN } from '../../../dist/index.js';
import { isStream } from '../cases/plan.js';

const LAYERS = { lstm: LSTM, gru: GRU, rnn: RNN, linear: Linear };

/** The builds that this host can run, the best one first. */
export function buildsHere() {
  return ['relaxed', 'baseline'].filter((simd) => {
    try {
      createEngine({ simd });
      return true;
    } catch (error) {
      if (error instanceof WebAssembly.CompileError) return false;
      throw error;
    }
  });
}

/** Ours, one contender for each build. */
export function hiddenstateContenders() {
  return buildsHere().map((simd) => ({ id: `hiddenstate-${simd}`, open: (one, data) => open(simd, one, data) }));
}

function open(simd, one, { dict, x }) {
  const { cell, kind, steps, batch } = one;
  const layer = LAYERS[cell].fromStateDict(dict, { engine: createEngine({ simd }) });
  const close = () => layer.dispose();
  if (isStream(one) || kind === 'gemv') {
    const stream = layer.stream({ batch });
    const out = new Float32Array(batch * layer.outputSize);
    return { run: () => void stream.step(x, out), output: () => out, close };
  }
  const input = { data: x, dims: [steps, batch, layer.inputSize] };
  let result;
  const run = () => {
    const given = layer.forward(input);
    // A linear layer gives its output alone, a recurrent one the state too.
    result = (given.output ?? given).data;
  };
  return { run, output: () => result, close };
}
