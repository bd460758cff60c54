/** Batches of which nothing counts are refused as such, and not taken for a fit that exploded. */
import { expect, it } from 'vitest';
import { Linear, LSTM, Sequential } from '../../bindings/index.js';
import { type Batches, crossEntropy, evaluate, fit, mse } from '../../bindings/train/index.js';

const dims = [4, 2, 3];
const numbers = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));

function batches(batch: object): Batches {
  return { count: 2, steps: 4, batch: 2, stateful: false, at: () => batch as never };
}

const lstm = () => new LSTM({ inputSize: 3, hiddenSize: 3, seed: 1 });
const input = { data: numbers, dims };

it.each([
  ['weights of 0', mse(), { input, target: input, weights: { data: new Float32Array(8), dims: [4, 2] } }],
  [
    'targets that are all ignored',
    crossEntropy(),
    { input, target: { data: new Float32Array(8).fill(-100), dims: [4, 2] } },
  ],
  [
    'classes that weigh nothing',
    crossEntropy({ classWeights: [0, 1, 1] }),
    { input, target: { data: new Float32Array(8), dims: [4, 2] } },
  ],
])('%s', async (_, loss, batch) => {
  const model = lstm();
  const before = model.stateDict();
  await expect(fit(model, batches(batch), { loss, epochs: 2 })).rejects.toThrow(
    'fit: got an epoch of which no row counts, expected lengths, weights and targets that leave some to learn from',
  );
  await expect(fit(model, batches(batch), { loss, epochs: 2 })).rejects.toMatchObject({ code: 'HIDDENSTATE_DATA' });
  expect(Object.keys(before)).toEqual(Object.keys(model.stateDict()));
  expect(() => evaluate(model, batches(batch), loss)).toThrow('evaluate: got batches of which no row counts');
});

it('one class alone is learnt: its loss falls to nothing', async () => {
  const model = new Sequential([lstm(), new Linear({ inFeatures: 3, outFeatures: 1, seed: 2 })]);
  const target = { data: new Float32Array(8), dims: [4, 2] };
  const { loss } = await fit(model, batches({ input, target }), { loss: crossEntropy(), epochs: 1 });
  expect(loss).toBe(0);
});
