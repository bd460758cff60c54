/** One call decides all that is drawn; a seed of one's own is heeded all the same. */
import { afterEach, expect, it } from 'vitest';
import { Dropout, GRU, Linear, manualSeed, Sequential, sampler } from '../../bindings/index.js';
import { fit, mse, sequences, windows } from '../../bindings/train/index.js';

afterEach(() => manualSeed(null));

const series = { data: Float32Array.from({ length: 200 }, (_, t) => Math.sin(t / 5)), dims: [200, 1] };

/** Everything that is drawn, without a seed anywhere. */
async function drawn() {
  const model = new Sequential([
    new GRU({ inputSize: 1, hiddenSize: 4, numLayers: 2 }),
    new Dropout({ p: 0.5 }),
    new Linear({ inFeatures: 4, outFeatures: 1 }),
  ]);
  const initial = model.stateDict();
  const data = windows(series, { steps: 10, batch: 3, shuffle: true });
  const items = Array.from({ length: 9 }, (_, i) => ({ input: { data: Float32Array.of(i), dims: [1, 1] }, target: i }));
  const order = sequences(items, { batch: 9, shuffle: true }).at(0, 0).target.data;
  const batch = Array.from(data.at(0, 0).input.data);
  const { loss } = await fit(model, data, { loss: mse(), epochs: 1, dropout: 0.3 });
  const pick = sampler();
  const samples = Array.from({ length: 20 }, () => pick(Float32Array.of(0, 0, 0, 0)));
  return { initial, batch, order: [...order], loss, trained: model.stateDict(), samples };
}

it('gives the same numbers after the same seed, in all that is drawn', async () => {
  manualSeed(7);
  const first = await drawn();
  const second = await drawn();
  manualSeed(7);
  expect(await drawn()).toEqual(first);
  manualSeed(8);
  const other = await drawn();
  for (const [name, value] of Object.entries(first)) {
    expect(value, name).not.toEqual(other[name as keyof typeof other]);
    expect(value, name).not.toEqual(second[name as keyof typeof second]);
  }
});

it('decides what fit drops, and only that of fits without a seed', async () => {
  const lossOf = async (seed?: number) => {
    const model = new Sequential([
      new GRU({ inputSize: 1, hiddenSize: 4, seed: 1 }),
      new Dropout({ p: 0.5 }),
      new Linear({ inFeatures: 4, outFeatures: 1, seed: 2 }),
    ]);
    return (await fit(model, windows(series, { steps: 10, batch: 3 }), { loss: mse(), epochs: 1, seed })).loss;
  };
  const [zero, nine] = [await lossOf(), await lossOf(9)];
  expect(await lossOf(0)).toBe(zero);
  manualSeed(3);
  expect(await lossOf()).not.toBe(zero);
  expect(await lossOf(9)).toBe(nine);
});

it('is undone by null, and refuses what is no number', () => {
  manualSeed(1);
  const weights = () => [...new Linear({ inFeatures: 2, outFeatures: 2 }).stateDict().weight.data];
  const first = weights();
  manualSeed(1);
  expect(weights()).toEqual(first);
  manualSeed(1);
  manualSeed(null);
  expect(weights()).not.toEqual(first);
  expect(() => manualSeed('7' as never)).toThrow(
    'manualSeed: seed: got "7", expected a finite number, or null for seeds that are random again',
  );
});
