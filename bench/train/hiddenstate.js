import { createEngine, LSTM } from '../../dist/index.js';
import { Adam, Tape } from '../../dist/train.js';
import { answer, given } from './answer.js';

const { name: build, sizes, read } = given();
const [size, steps, batch] = sizes;
const engine = createEngine({ simd: build });
const lstm = new LSTM({ inputSize: size, hiddenSize: size, engine, seed: null });
const names = Object.entries(lstm.stateDict());
lstm.loadStateDict(Object.fromEntries(names.map(([name, { dims }]) => [name, { data: read(name), dims }])));

const tape = new Tape(lstm, { batch, steps });
const adam = new Adam(tape.parameters, { learningRate: 0.001 });
const input = { data: read('input'), dims: [steps, batch, size] };
const target = read('target');
const gradient = new Float32Array(target.length);

/** Mean squared error and its gradient. */
function squaredError(output) {
  const slope = 2 / output.length;
  let sum = 0;
  for (let i = 0; i < output.length; i++) {
    const apart = output[i] - target[i];
    gradient[i] = slope * apart;
    sum += apart * apart;
  }
  return sum / output.length;
}

await answer(`hiddenstate, ${engine.simd} build`, () => {
  const { output } = tape.forward(input);
  const loss = squaredError(output.data);
  tape.zeroGradients();
  tape.backward({ data: gradient, dims: output.dims });
  adam.step();
  return loss;
});
