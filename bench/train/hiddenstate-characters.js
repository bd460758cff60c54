import { createEngine, Embedding, Linear, LSTM, Sequential } from '../../dist/index.js';
import { Adam, crossEntropy, Tape } from '../../dist/train.js';
import { answer, given } from './answer.js';

const { name: build, sizes, read } = given();
const [symbols, width, hidden, steps, batch] = sizes;
const engine = createEngine({ simd: build });
const model = new Sequential([
  new Embedding({ numEmbeddings: symbols, embeddingDim: width, engine, seed: null }),
  new LSTM({ inputSize: width, hiddenSize: hidden, engine, seed: null }),
  new Linear({ inFeatures: hidden, outFeatures: symbols, engine, seed: null }),
]);
const names = Object.entries(model.stateDict());
model.loadStateDict(Object.fromEntries(names.map(([name, { dims }]) => [name, { data: read(name), dims }])));

const tape = new Tape(model, { batch, steps });
const adam = new Adam(tape.parameters, { learningRate: 0.001 });
const loss = crossEntropy();
const input = { data: read('input'), dims: [steps, batch] };
const target = { data: read('target'), dims: [steps, batch] };
const out = new Float32Array(steps * batch * symbols);

await answer(`hiddenstate, ${engine.simd} build`, () => {
  const { output } = tape.forward(input);
  const { value, gradient } = loss(output, target, { out, engine });
  tape.zeroGradients();
  tape.backward(gradient);
  adam.step();
  return value;
});
