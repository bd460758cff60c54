/**
 * How long a character model of Moby-Dick (LSTM, 128 units) takes to 2.6 bits per held-out character, in Node, one thread.
 *
 *   npm run build && node bench/learning/characters.js           # prints, and writes results/characters.json
 *   node bench/learning/characters.js --target 2.4 --save model.safetensors
 *
 * Parts and measure as in models/README.md: the last tenth of the book is held out, one pass with the state carried through.
 * Everything counts: compiling, training, and judging the model four times an epoch.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Embedding, Linear, LSTM, ready, Sequential } from '../../dist/index.js';
import { Adam, crossEntropy, evaluate, fit, lanes, linearLR } from '../../dist/train.js';
import { corpus } from '../../models/moby-dick/text.js';

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: '2.6' },
    save: { type: 'string' },
    epochs: { type: 'string', default: '12' },
  },
});
const TARGET = Number(values.target);
const BATCH = 32;
const STEPS = 64;
const PARTS = 4;

const text = Array.from(corpus());
const heldOutFrom = text.length - Math.floor(text.length / 10);
const vocabulary = [...new Set(text), '\uFFFD'].filter((c, i, all) => all.indexOf(c) === i).sort();
const index = new Map(vocabulary.map((character, i) => [character, i]));
const tokens = Float32Array.from(text, (character) => index.get(character));

const begin = performance.now();
const seconds = () => (performance.now() - begin) / 1000;
await ready();
const size = vocabulary.length;
const model = new Sequential(
  [
    new Embedding({ numEmbeddings: size, embeddingDim: 48, seed: 1 }),
    new LSTM({ inputSize: 48, hiddenSize: 128, seed: 2 }),
    new Linear({ inFeatures: 128, outFeatures: size, seed: 3 }),
  ],
  { metadata: { vocabulary: JSON.stringify(vocabulary), source: 'Moby-Dick' } },
);
const whole = lanes(tokens.subarray(0, heldOutFrom), { steps: STEPS, batch: BATCH });
const count = Math.floor(whole.count / PARTS);
/** A quarter of the book is an epoch, so that the model is judged often. */
const data = { ...whole, count, at: (epoch, i) => whole.at(epoch, (epoch % PARTS) * count + i) };
const heldOut = lanes(tokens.subarray(heldOutFrom), { steps: 500, batch: 1 });
const bitsOf = () => evaluate(model, heldOut, crossEntropy()) / Math.LN2;

const stop = new AbortController();
const history = [];
let shown = 0;
try {
  await fit(model, data, {
    loss: crossEntropy(),
    epochs: Number(values.epochs) * PARTS,
    optimizer: (parameters) => new Adam(parameters, { learningRate: 0.006 }),
    schedule: linearLR({ startFactor: 0.1, totalIters: 50 }),
    clipNorm: 1,
    signal: stop.signal,
    onProgress({ epoch, batch, batches, loss }) {
      if (seconds() - shown < 5) return;
      shown = seconds();
      const done = ((epoch + batch / batches) / PARTS).toFixed(2);
      console.error(`${shown.toFixed(0)} s: epoch ${done}, training ${(loss / Math.LN2).toFixed(3)} bits`);
    },
    onEpoch({ epoch }) {
      const bits = bitsOf();
      history.push({
        epochs: (epoch + 1) / PARTS,
        seconds: Number(seconds().toFixed(1)),
        bits: Number(bits.toFixed(4)),
      });
      console.error(`${seconds().toFixed(0)} s: ${bits.toFixed(4)} bits per held-out character`);
      if (bits <= TARGET) stop.abort('reached');
    },
  });
} catch (reason) {
  if (reason !== 'reached') throw reason;
}
const result = {
  node: process.version,
  build: model.engine.simd,
  parameters: Object.values(model.stateDict()).reduce((sum, { data: { length } }) => sum + length, 0),
  target: TARGET,
  batch: BATCH,
  steps: STEPS,
  reached: history.at(-1).bits <= TARGET,
  seconds: history.at(-1).seconds,
  history,
};
mkdirSync(new URL('../results', import.meta.url), { recursive: true });
writeFileSync(new URL('../results/characters.json', import.meta.url), `${JSON.stringify(result, null, 1)}\n`);
if (values.save) writeFileSync(values.save, model.save());
console.log(JSON.stringify(result));
