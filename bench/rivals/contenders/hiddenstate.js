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

/**
 * Outputs of int8 weights may differ from those of float32 by so much. A weight of ±1/√H is rounded by up to 1/(254·√H), which
 * moves the sum of a gate of 2H of them by 1.5e-3 (standard deviation), some unit of hundreds by four times that.
 */
const INT8_TOLERANCE = 0.02;

/** Ours, one contender for each build, and one with int8 weights on the best of them. */
export function hiddenstateContenders() {
  const builds = buildsHere();
  const float = builds.map((simd) => ({
    id: `hiddenstate-${simd}`,
    open: (one, data) => open(simd, 'float32', one, data),
  }));
  const int8 = { id: 'hiddenstate-int8', open: (one, data) => open(builds[0], 'int8', one, data) };
  return [...float, { ...int8, tolerance: INT8_TOLERANCE }];
}

function open(simd, weights, one, { dict, x }) {
  const { cell, kind, steps, batch } = one;
  const layer = LAYERS[cell].fromStateDict(dict, { engine: createEngine({ simd }), weights });
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
