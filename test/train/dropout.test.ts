/** Dropout between layers: drawn from the seed, inverted, absent when not training, and the gradient goes the same way. */
import { describe, expect, it } from 'vitest';
import { LSTM, Sequential, type StateDict, type Tensor } from '../../bindings/index.js';
import { seededRandom } from '../../bindings/random.js';
import { Tape } from '../../bindings/train/index.js';
import { trainKernels } from '../../bindings/train/kernels.js';
import { Buffers } from '../kernels/guarded-engine.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32 } from '../support/random.js';
import { Draw } from './draw-model.js';
import { gradientError } from './gradient-error.js';
import { gradientsOf } from './models.js';

const [STEPS, BATCH, SIZE] = [5, 3, 8];
const P = 0.4;

/** The weights of one layer of a stack, as a layer of its own has them. */
function layerOf(dict: StateDict, layer: number): StateDict {
  const ending = `_l${layer}`;
  const own = Object.entries(dict).filter(([name]) => name.endsWith(ending));
  return Object.fromEntries(own.map(([name, tensor]) => [name.replace(ending, '_l0'), tensor]));
}

const times = (a: Float32Array, b: Float32Array) => a.map((value, i) => value * b[i]);

describe.each(BUILDS)('dropout on the $name build', ({ create }) => {
  const engine = create();
  const kernels = trainKernels(engine);

  /** What the kernel makes of ones. */
  const mask = (size: number, seed: number, probability = P) => {
    const buffers = new Buffers(engine);
    const address = buffers.rows(new Float32Array(size).fill(1), size, size);
    kernels.dropout(address, address, size, seed, (probability * 2 ** 32) | 0, 1 / (1 - probability));
    const kept = buffers.read(address, 1, size, size);
    buffers.release();
    return kept;
  };

  it.each([0.1, 0.4, 0.5, 0.9])('drops a share of %f and scales the rest', (probability) => {
    const kept = mask(1e5, 7, probability);
    const values = [...new Set(kept)].sort();
    expect(values).toEqual([0, Math.fround(1 / Math.fround(1 - probability))].map((v) => expect.closeTo(v, 5)));
    const share = kept.filter((value) => value > 0).length / kept.length;
    // Five standard deviations.
    expect(Math.abs(share - (1 - probability))).toBeLessThan(5 * Math.sqrt((probability * (1 - probability)) / 1e5));
  });

  it('draws anew for another seed, and the two have nothing in common', () => {
    expect(mask(4000, 1)).toEqual(mask(4000, 1));
    const [a, b] = [mask(1e5, 1), mask(1e5, 2)];
    const both = a.filter((value, i) => value > 0 && b[i] > 0).length / 1e5;
    expect(Math.abs(both - (1 - P) ** 2)).toBeLessThan(0.01);
  });

  const draw = new Draw(mulberry32(3));
  const stack = new LSTM({ inputSize: SIZE, hiddenSize: SIZE, numLayers: 2, engine, seed: 1 });
  const input = draw.tensor([STEPS, BATCH, SIZE]);
  const outputGradient = draw.tensor([STEPS, BATCH, SIZE]);

  it('lies between the layers, on the way forward and back', () => {
    using tape = new Tape(stack, { batch: BATCH, steps: STEPS, dropout: P, seed: 5 });
    const { output } = tape.forward(input);
    tape.backward(outputGradient);
    const gradients = gradientsOf(tape);

    const kept = mask(STEPS * BATCH * SIZE, Math.floor(seededRandom(5)() * 2 ** 32) | 0);
    const [lower, upper] = [0, 1].map((layer) => LSTM.fromStateDict(layerOf(stack.stateDict(), layer), { engine }));
    using lowerTape = new Tape(lower, { batch: BATCH, steps: STEPS });
    using upperTape = new Tape(upper, { batch: BATCH, steps: STEPS, inputGradient: true });
    const between = lowerTape.forward(input).output;
    const alone = upperTape.forward({ data: times(between.data, kept), dims: between.dims }).output;
    expect(gradientError(output.data, alone.data)).toBeLessThan(1e-6);
    const back = upperTape.backward(outputGradient).input as Tensor;
    lowerTape.backward({ data: times(back.data, kept), dims: back.dims });
    for (const [layer, part] of [lowerTape, upperTape].entries()) {
      for (const [name, gradient] of Object.entries(gradientsOf(part))) {
        expect(gradientError(gradients[name.replace('_l0', `_l${layer}`)], gradient), name).toBeLessThan(1e-5);
      }
    }
    for (const layer of [lower, upper]) layer.dispose();
  });

  it('is another between modules: layers one by one drop what those of a stack do', () => {
    using deep = new LSTM({ inputSize: SIZE, hiddenSize: SIZE, numLayers: 3, engine, seed: 2 });
    const layers = [0, 1, 2].map((layer) => LSTM.fromStateDict(layerOf(deep.stateDict(), layer), { engine }));
    using chain = new Sequential(layers);
    const outputs = [deep, chain].map((model) => {
      using tape = new Tape(model, { batch: BATCH, steps: STEPS, dropout: P, seed: 5 });
      return tape.forward(input).output.data.slice();
    });
    expect(outputs[1]).toEqual(outputs[0]);
  });

  it('is another at every step, the same again after reseed, and none when not training', () => {
    using tape = new Tape(stack, { batch: BATCH, steps: STEPS, dropout: P, seed: 5 });
    const run = (training = true) => tape.forward(input, { training }).output.data.slice();
    const [first, second] = [run(), run()];
    expect(second).not.toEqual(first);
    tape.reseed(5);
    expect([run(), run()]).toEqual([first, second]);
    expect(run(false)).toEqual(stack.forward(input).output.data);
  });
});
