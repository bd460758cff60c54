/** Losses of one's own, as docs/train.md shows them, and what is refused with its remedy. */
import { expect, it } from 'vitest';
import { Linear, LSTM } from '../../bindings/index.js';
import { type Batch, crossEntropy, evaluate, fit, type Loss, mse, Tape, windows } from '../../bindings/train/index.js';

const data = windows(
  { data: Float32Array.from({ length: 64 }, (_, t) => Math.sin(t / 3)), dims: [64, 1] },
  { steps: 8, batch: 4 },
);
const model = () => new Linear({ inFeatures: 1, outFeatures: 1, seed: 1 });
const own: Loss = (output, target) => {
  const { value, gradient } = mse()(output, target);
  return { value, gradient };
};

it('a loss that gives value and gradient alone trains as mse does', async () => {
  const [a, b] = [model(), model()];
  const options = { epochs: 3 };
  const results = [await fit(a, data, { ...options, loss: own }), await fit(b, data, { ...options, loss: mse() })];
  expect(a.stateDict()).toEqual(b.stateDict());
  expect(results[0].loss).toBeCloseTo(results[1].loss, 12);
  expect(evaluate(a, data, own)).toBeCloseTo(evaluate(b, data, mse()), 12);
  a.dispose();
  b.dispose();
});

it.each([
  ['nothing', undefined],
  ['no gradient', { value: 1 }],
  ['too short a gradient', { value: 1, gradient: { data: new Float32Array(3), dims: [3] } }],
  ['no value', { gradient: { data: new Float32Array(32), dims: [8, 4, 1] } }],
])('%s is said', async (_, result) => {
  await expect(fit(model(), data, { loss: (() => result) as never, epochs: 1 })).rejects.toThrow(
    /loss: got value .* expected \{ value, gradient \}/,
  );
});

it('a dropout that would drop nothing is refused, with the way out', () => {
  using lstm = new LSTM({ inputSize: 1, hiddenSize: 2, seed: 1 });
  expect(() => new Tape(lstm, { dropout: 0.5 })).toThrow(
    /dropout: got 0.5 for a model of 1 recurrent layer, expected at least 2.*put a Dropout among the modules/,
  );
  using deep = new LSTM({ inputSize: 1, hiddenSize: 2, numLayers: 2, seed: 1 });
  new Tape(deep, { dropout: 0.5 }).dispose();
});

it('batches of which nothing counts are an error, not a loss of NaN', () => {
  using linear = new Linear({ inFeatures: 1, outFeatures: 2, seed: 1 });
  const batch: Batch = {
    input: { data: new Float32Array(4), dims: [2, 2, 1] },
    target: { data: new Float32Array(4).fill(-100), dims: [2, 2] },
  };
  const nothing = { count: 1, steps: 2, batch: 2, stateful: false, at: () => batch };
  expect(() => evaluate(linear, nothing, crossEntropy())).toThrow(/no row counts/);
});
