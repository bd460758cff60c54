/** New layers draw their weights by a kernel, block by block: they are to be mulberry32's numbers in the order of the state dict. */
import { describe, expect, it } from 'vitest';
import { GRU, Linear, LSTM, RNN, RNNCell } from '../../bindings/core.js';
import { seededRandom } from '../../bindings/random.js';
import { BUILDS } from '../support/builds.js';
import { guard } from './guarded-engine.js';

const SEEDS = [0, 7.9, -3.2, 2 ** 31 + 5, 20261201];

/** PyTorch's uniform(−bound, bound), row-major, one parameter after the other. */
function expectDrawn(module: LSTM | GRU | RNN | RNNCell | Linear, seed: number, bound: number): void {
  const random = seededRandom(seed);
  for (const [name, { data }] of Object.entries(module.stateDict())) {
    const expected = Float32Array.from(data, () => (2 * random() - 1) * bound);
    expect(new Uint32Array(data.buffer), name).toEqual(new Uint32Array(expected.buffer));
  }
}

describe.each(BUILDS)('weights of a new layer, $name', ({ create }) => {
  it.each(SEEDS)('are the numbers of mulberry32 from seed %d, and nothing beside them is touched', (seed) => {
    const engine = create();
    const watch = guard(engine);
    const made = [
      ...[1, 3, 8, 37].flatMap((hiddenSize) => [
        new LSTM({ inputSize: 5, hiddenSize, seed, engine }),
        new GRU({ inputSize: 13, hiddenSize, numLayers: 2, bidirectional: true, seed, engine }),
        new RNN({ inputSize: 1, hiddenSize, bias: false, seed, engine }),
        new RNNCell({ inputSize: 2, hiddenSize, seed, engine }),
      ]),
      new LSTM({ inputSize: 4, hiddenSize: 19, projSize: 7, numLayers: 3, seed, engine }),
    ];
    for (const layer of made) expectDrawn(layer, seed, 1 / Math.sqrt(layer.hiddenSize));
    for (const [inFeatures, outFeatures] of [
      [1, 1],
      [7, 70],
      [66, 9],
    ]) {
      const linear = new Linear({ inFeatures, outFeatures, seed, engine });
      expectDrawn(linear, seed, 1 / Math.sqrt(inFeatures));
      linear.dispose();
    }
    for (const layer of made) layer.dispose();
    expect(watch.broken()).toEqual([]);
    expect(watch.slabs).toBeGreaterThan(0);
  });
});
