/** A fit goes on from a checkpoint with what it was begun with, or not at all. */
import { describe, expect, it } from 'vitest';
import { GRU, Linear, Sequential } from '../../bindings/index.js';
import { windows } from '../../bindings/train/data/windows.js';
import { fit } from '../../bindings/train/fit/fit.js';
import type { FitOptions } from '../../bindings/train/fit/options.js';
import type { Loss } from '../../bindings/train/losses/loss.js';
import { huber, mse } from '../../bindings/train/losses/regression.js';
import { Adam, AdamW } from '../../bindings/train/optimizers/adam.js';
import { SGD } from '../../bindings/train/optimizers/sgd.js';
import { stepLR } from '../../bindings/train/schedules/closed-form.js';
import { reduceLROnPlateau } from '../../bindings/train/schedules/reduce-on-plateau.js';

const series = (phase: number) => ({
  data: Float32Array.from({ length: 120 }, (_, i) => Math.sin(i / 3 + phase)),
  dims: [120, 1],
});
const data = windows(series(0), { steps: 5, batch: 4, shuffle: 1 });
const validation = windows(series(1), { steps: 5, batch: 4 });
const make = () =>
  new Sequential([
    new GRU({ inputSize: 1, hiddenSize: 3, numLayers: 2, seed: 1 }),
    new Linear({ inFeatures: 3, outFeatures: 1, seed: 2 }),
  ]);
const common: FitOptions = {
  loss: mse(),
  epochs: 3,
  seed: 4,
  dropout: 0.2,
  clipNorm: 1,
  validation,
  schedule: stepLR({ stepSize: 2 }),
  optimizer: (parameters) => new Adam(parameters, { learningRate: 0.01 }),
};

async function run(options: Partial<FitOptions>, batches = data) {
  const model = make();
  const kept: Uint8Array[] = [];
  await fit(model, batches, {
    ...common,
    checkpoint: { every: 4, save: (bytes) => void kept.push(bytes) },
    ...options,
  });
  return { kept, weights: model.stateDict() };
}

const first = await run({});
const resume = first.kept[1];
const scaled: Loss = (output, target, options) => {
  const { value, ...rest } = mse()(output, target, options);
  return { ...rest, value: value * 1.01 };
};

describe('resume', () => {
  it('goes on bit for bit with the same, and with what does not decide the numbers', async () => {
    expect((await run({ resume })).weights).toEqual(first.weights);
    await run({ resume, epochs: 5, patience: 2, onProgress() {} });
  });

  it.each<[string, Partial<FitOptions>, typeof data?]>([
    ['data', {}, windows(series(0.1), { steps: 5, batch: 4, shuffle: 1 })],
    ['data', {}, windows(series(0), { steps: 5, batch: 4, shuffle: 2 })],
    ['data', {}, windows(series(0), { steps: 5, batch: 4, shuffle: 1, horizon: 2 })],
    ['data', {}, windows(series(0), { steps: 5, batch: 4, shuffle: 1, stride: 4 })],
    ['loss', { loss: huber() }],
    ['loss', { loss: scaled }],
    ['validation', { validation: undefined }],
    ['validation', { validation: data }],
    ['optimizer', { optimizer: (parameters) => new Adam(parameters, { learningRate: 0.02 }) }],
    ['optimizer', { optimizer: (parameters) => new Adam(parameters, { learningRate: 0.01, betas: [0.8, 0.999] }) }],
    ['optimizer', { optimizer: (parameters) => new AdamW(parameters, { learningRate: 0.01 }) }],
    ['optimizer', { optimizer: (parameters) => new SGD(parameters, { learningRate: 0.01 }) }],
    ['schedule', { schedule: stepLR({ stepSize: 3 }) }],
    ['schedule', { schedule: stepLR({ stepSize: 2, each: 'step' }) }],
    ['schedule', { schedule: undefined }],
    ['schedule', { schedule: reduceLROnPlateau() }],
    ['clipNorm', { clipNorm: 2 }],
    ['clipNorm', { clipNorm: undefined }],
    ['clipValue', { clipValue: 1 }],
    ['dropout', { dropout: 0.3 }],
    ['seed', { seed: 5 }],
  ])('refuses another %s', async (name, options, batches) => {
    await expect(run({ ...options, resume }, batches)).rejects.toThrow(
      new RegExp(
        `^fit: resume: got a checkpoint of a fit with another ${name} \\(.*\\), expected .* as now: go on with`,
      ),
    );
  });
});
