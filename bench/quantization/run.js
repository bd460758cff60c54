/**
 * What int8 weights cost in accuracy: layers of random weights against float32 ones, and the bits per character of the Moby-Dick
 * model. Prints markdown, the same at every run; inputs of 14 bits only where the host multiplies bytes (`engine.byteDots`).
 *
 *   npm run build && node bench/quantization/run.js [layers] [text]
 */
import { readFileSync } from 'node:fs';
import { createEngine, GRU, LSTM, loadModel, quantize, RNN } from '../../dist/index.js';
import { corpus, heldOut } from '../../models/moby-dick/text.js';
import { mulberry32 } from '../learning/random.js';
import { bitsPerCharacter } from './bits-per-character.js';

const SIZES = [16, 64, 256];
const LAYERS = 5;
const STEPS = 100;
const MODEL = new URL('../../models/moby-dick.safetensors', import.meta.url);

const baseline = createEngine({ simd: 'baseline' });
const auto = createEngine();
const engines = auto.byteDots ? [baseline, auto] : [baseline];
const asked = process.argv.slice(2);
if (!auto.byteDots) console.log('This host does not multiply bytes: inputs of 16 bits only.\n');
if (asked.length === 0 || asked.includes('layers')) reportLayers();
if (asked.length === 0 || asked.includes('text')) reportText();

function reportLayers() {
  const [header, ...rest] = ['layer', 'bits of inputs', 'against', 'difference'];
  console.log(`| ${[header, ...rest, ...SIZES.map((size) => `H=${size}`)].join(' | ')} |`);
  console.log(`|---|--:|---|---|${'--:|'.repeat(SIZES.length)}`);
  for (const Layer of [LSTM, GRU, RNN]) {
    for (const engine of engines) {
      const columns = SIZES.map((size) => differences(Layer, size, engine));
      for (const against of ['float32', 'dequantised']) {
        for (const kind of ['root of the mean square', 'greatest']) {
          const cells = columns.map((column) => column[against][kind].toExponential(1));
          console.log(`| ${[Layer.name, bits(engine), against, kind, ...cells].join(' | ')} |`);
        }
      }
    }
  }
  console.log();
}

/** Differences of an int8 layer's outputs from those of its float32 original, and of one with the weights that the int8 stand for. */
function differences(Layer, size, engine) {
  const against = { float32: tally(), dequantised: tally() };
  for (let seed = 1; seed <= LAYERS; seed++) {
    const options = { inputSize: size, hiddenSize: size, engine };
    const float = new Layer({ ...options, seed });
    const int8 = quantize(float);
    const dequantised = Layer.fromStateDict(int8.stateDict(), { engine });
    const random = mulberry32(1000 + seed);
    const input = {
      data: Float32Array.from({ length: STEPS * size }, () => 2 * random() - 1),
      dims: [STEPS, size],
    };
    const [got, ...truths] = [int8, float, dequantised].map((layer) => layer.forward(input).output.data);
    Object.values(against).forEach((each, i) => {
      got.forEach((value, j) => {
        each.add(value - truths[i][j]);
      });
    });
    for (const layer of [float, int8, dequantised]) layer.dispose();
  }
  return against;
}

function tally() {
  let [count, squares] = [0, 0];
  return {
    greatest: 0,
    add(difference) {
      count++;
      squares += difference ** 2;
      this.greatest = Math.max(this.greatest, Math.abs(difference));
    },
    get 'root of the mean square'() {
      return Math.sqrt(squares / count);
    },
  };
}

function reportText() {
  const text = heldOut(corpus());
  console.log('| Moby-Dick, held out | bits per character | more |');
  console.log('|---|--:|--:|');
  const float = loadModel(readFileSync(MODEL), { engine: baseline });
  const expected = bitsPerCharacter(text, float);
  console.log(`| float32 | ${expected.toFixed(6)} | |`);
  for (const engine of engines) {
    const model = quantize(loadModel(readFileSync(MODEL), { engine }));
    const got = bitsPerCharacter(text, model);
    const more = `${(100 * (got / expected - 1)).toFixed(4)} %`;
    console.log(`| int8, inputs of ${bits(engine)} bits | ${got.toFixed(6)} | ${more} |`);
  }
}

function bits(engine) {
  return engine.byteDots ? 14 : 16;
}
