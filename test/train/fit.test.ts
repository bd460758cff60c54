/** The training loop: what it learns, when it stops, and that a run that was interrupted ends where it would have ended. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Embedding,
  type Engine,
  GRU,
  Linear,
  LSTM,
  type Module,
  RNN,
  Sequential,
  type StateDict,
} from '../../bindings/core.js';
import type { Batches } from '../../bindings/train/data/batches.js';
import { splitByTime } from '../../bindings/train/data/series.js';
import { lanes, windows } from '../../bindings/train/data/windows.js';
import { DivergedError } from '../../bindings/train/fit/diverged-error.js';
import { evaluate } from '../../bindings/train/fit/evaluate.js';
import { fit } from '../../bindings/train/fit/fit.js';
import type { FitOptions, FitProgress } from '../../bindings/train/fit/options.js';
import { crossEntropy } from '../../bindings/train/losses/cross-entropy.js';
import { gaussianNLL } from '../../bindings/train/losses/gaussian-nll.js';
import { mse } from '../../bindings/train/losses/regression.js';
import { Adam } from '../../bindings/train/optimizers/adam.js';
import { SGD } from '../../bindings/train/optimizers/sgd.js';
import { cosineAnnealingLR } from '../../bindings/train/schedules/closed-form.js';
import { reduceLROnPlateau } from '../../bindings/train/schedules/reduce-on-plateau.js';
import { BUILDS } from '../support/builds.js';
import { mulberry32 } from '../support/random.js';

/** A sine with some noise. */
function wave(length: number): Float32Array {
  const random = mulberry32(7);
  return Float32Array.from({ length }, (_, t) => Math.sin(t / 4) + 0.1 * (random() - 0.5));
}

function column(data: Float32Array) {
  return { data, dims: [data.length, 1] };
}

function forecaster(engine: Engine, outFeatures = 1): Sequential {
  return new Sequential([
    new GRU({ inputSize: 1, hiddenSize: 12, numLayers: 2, seed: 1, engine }),
    new Linear({ inFeatures: 12, outFeatures, seed: 2, engine }),
  ]);
}

function forecasting(options: Partial<FitOptions> = {}): [Batches, FitOptions] {
  const [train, validation] = splitByTime(column(wave(500)), 0.2);
  return [
    windows(train, { steps: 20, batch: 5, shuffle: 3 }),
    {
      loss: mse(),
      epochs: 4,
      optimizer: (parameters) => new Adam(parameters, { learningRate: 0.01 }),
      validation: windows(validation, { steps: 20, batch: 4 }),
      ...options,
    },
  ];
}

/** Tokens of a pattern that repeats: only who carries the state knows what comes next at a cut. */
function tokens(length: number): Float32Array {
  return Float32Array.from({ length }, (_, t) => [0, 1, 1, 2, 0, 2, 3][t % 7]);
}

function speller(engine: Engine): Sequential {
  return new Sequential([
    new Embedding({ numEmbeddings: 4, embeddingDim: 6, seed: 1, engine }),
    new LSTM({ inputSize: 6, hiddenSize: 16, numLayers: 2, seed: 2, engine }),
    new Linear({ inFeatures: 16, outFeatures: 4, seed: 3, engine }),
  ]);
}

/** One that a high learning rate makes explode. */
function explosive(engine: Engine): Sequential {
  return new Sequential([
    new RNN({ inputSize: 1, hiddenSize: 8, nonlinearity: 'relu', seed: 1, engine }),
    new Linear({ inFeatures: 8, outFeatures: 1, seed: 2, engine }),
  ]);
}

function bits(dict: StateDict): Record<string, Uint32Array> {
  return Object.fromEntries(
    Object.entries(dict).map(([name, { data }]) => [name, new Uint32Array(data.buffer, data.byteOffset, data.length)]),
  );
}

describe.each(BUILDS)('fit, $name', ({ create }) => {
  let engine: Engine;
  let before = 0;
  beforeAll(() => {
    engine = create();
    before = engine.bytesInUse;
  });
  afterAll(() => expect(engine.bytesInUse).toBe(before));

  it('learns a noisy sine nearly down to its noise, and tells how it goes', async () => {
    using model = forecaster(engine);
    const seen: FitProgress[] = [];
    const epochs: number[] = [];
    const [data, options] = forecasting({
      epochs: 12,
      onProgress: (progress) => seen.push(progress),
      onEpoch: ({ epoch }) => void epochs.push(epoch),
    });
    const start = evaluate(model, options.validation as Batches, mse());
    const result = await fit(model, data, options);
    expect(start).toBeGreaterThan(0.3);
    expect(result.loss).toBeLessThan(0.02);
    expect(evaluate(model, options.validation as Batches, mse())).toBe(result.loss);
    expect(result.history.map(({ epoch }) => epoch)).toEqual(epochs);
    expect(result).toMatchObject({ steps: 12 * data.count, stoppedEarly: false });
    expect(seen.length).toBe(result.steps);
    expect(seen.at(-1)).toMatchObject({
      epoch: 11,
      epochs: 12,
      batch: data.count,
      batches: data.count,
      secondsLeft: 0,
    });
    expect(seen[0].secondsLeft).toBeGreaterThan(0);
  });

  it('carries the state from batch to batch where the data go on', async () => {
    using model = speller(engine);
    const data = lanes(tokens(7 * 40), { steps: 4, batch: 3 });
    const options: FitOptions = {
      loss: crossEntropy(),
      epochs: 25,
      optimizer: (p) => new Adam(p, { learningRate: 0.02 }),
    };
    const { loss } = await fit(model, data, options);
    using other = speller(engine);
    const cut = await fit(other, { ...data, stateful: false }, options);
    expect(loss).toBeLessThan(0.2);
    expect(cut.loss).toBeGreaterThan(2 * loss);
    const carried = evaluate(model, data, crossEntropy());
    const forgotten = evaluate(model, { ...data, stateful: false }, crossEntropy());
    expect(carried).toBeLessThan(0.05);
    expect(forgotten).toBeGreaterThan(4 * carried);
  });

  it('takes ragged batches: what lies past a sequence has no part in it', async () => {
    const input = { data: wave(40), dims: [10, 4, 1] };
    const batch = { input, target: input, lengths: [10, 3, 3, 7] };
    const poisoned = {
      ...batch,
      target: { ...input, data: input.data.map((x, i) => (i >= 12 && i % 4 === 2 ? Number.NaN : x)) },
    };
    const results: StateDict[] = [];
    for (const each of [batch, poisoned]) {
      using model = forecaster(engine);
      await fit(model, { count: 1, steps: 10, batch: 4, stateful: false, at: () => each }, { loss: mse(), epochs: 3 });
      results.push(model.stateDict());
    }
    expect(bits(results[1])).toEqual(bits(results[0]));
  });

  it('trains a mean and a variance', async () => {
    using model = forecaster(engine, 2);
    const [data, options] = forecasting({ loss: gaussianNLL(), epochs: 6 });
    const { history } = await fit(model, data, options);
    expect(history.at(-1)?.validationLoss).toBeLessThan((history[0].validationLoss as number) - 0.3);
  });

  const interruptions: [string, number, (engine: Engine) => Module, () => [Batches, FitOptions]][] = [
    ['within an epoch', 9, forecaster, () => forecasting({ dropout: 0.3, seed: 5, clipNorm: 0.5 })],
    [
      'at the end of an epoch',
      16,
      forecaster,
      () => forecasting({ schedule: reduceLROnPlateau({ patience: 0, threshold: 1, factor: 0.5 }) }),
    ],
    [
      'with carried state',
      31,
      speller,
      () => [
        lanes(tokens(7 * 40), { steps: 4, batch: 3 }),
        {
          loss: crossEntropy({ labelSmoothing: 0.1 }),
          epochs: 3,
          dropout: 0.2,
          clipValue: 0.05,
          optimizer: (p) => new SGD(p, { learningRate: 0.3, momentum: 0.9 }),
          schedule: cosineAnnealingLR({ tMax: 69 }),
        },
      ],
    ],
  ];

  it.each(interruptions)('resumed %s, ends bit for bit where it would have ended', async (_, stop, make, setting) => {
    using whole = make(engine);
    const [data, options] = setting();
    const uninterrupted = await fit(whole, data, options);

    using model = make(engine);
    const controller = new AbortController();
    const kept: Uint8Array[] = [];
    let steps = 0;
    const [again, interrupted] = setting();
    const run = fit(model, again, {
      ...interrupted,
      signal: controller.signal,
      checkpoint: { save: (bytes) => void kept.push(bytes) },
      onProgress: () => {
        if (++steps === stop) controller.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(steps).toBe(stop);

    using other = make(engine);
    const [data2, rest] = setting();
    const resumed = await fit(other, data2, { ...rest, resume: kept.at(-1) });
    expect(bits(other.stateDict())).toEqual(bits(whole.stateDict()));
    expect(resumed).toEqual(uninterrupted);
  });

  it('takes its memory once: steps take none', async () => {
    using model = speller(engine);
    const held = new Set<number>();
    const buffers = new Set<unknown>();
    const onProgress = () => {
      held.add(engine.bytesInUse);
      buffers.add(engine.memory.buffer);
    };
    const data = windows(tokens(300), { steps: 10, batch: 7, shuffle: 1 });
    await fit(model, data, { loss: crossEntropy(), epochs: 3, dropout: 0.1, onProgress });
    expect([held.size, buffers.size]).toEqual([1, 1]);
  });

  it('stops when patience ends, with the weights of the best epoch', async () => {
    using model = forecaster(engine);
    const [data, options] = forecasting({
      epochs: 60,
      patience: 2,
      optimizer: (p) => new Adam(p, { learningRate: 0.08 }),
    });
    const { stoppedEarly, history, epoch, loss } = await fit(model, data, options);
    expect([stoppedEarly, history.length]).toEqual([true, epoch + 4]);
    expect(loss).toBe(Math.min(...history.map(({ validationLoss }) => validationLoss as number)));
    expect(evaluate(model, options.validation as Batches, mse())).toBe(loss);
  });

  it('stops an exploding loss, says what to try, and keeps the last good weights', async () => {
    using model = explosive(engine);
    const [data, options] = forecasting({ optimizer: (p) => new SGD(p, { learningRate: 3 }) });
    const start = evaluate(model, data, mse());
    const error = await fit(model, data, options).catch((reason) => reason);
    expect(error).toBeInstanceOf(DivergedError);
    expect(error.message).toMatch(
      /^fit: got a (loss|gradient) of .* expected a finite number: try clipNorm: 1 or a learning/,
    );
    expect(error.message).toContain('the model has the weights from before the loss took off');
    expect(evaluate(model, data, mse())).toBeLessThan(4 * start);
  });

  it('keeps the best epoch when the loss explodes later', async () => {
    using model = forecaster(engine);
    const broken = { each: 'epoch', rate: (base: number, epoch: number) => (epoch < 2 ? base : 1e38) } as const;
    const [data, options] = forecasting({ schedule: broken, optimizer: (p) => new SGD(p, { learningRate: 0.1 }) });
    const reports: number[] = [];
    const run = fit(model, data, { ...options, onEpoch: (r) => void reports.push(r.validationLoss as number) });
    await expect(run).rejects.toThrow(/weights of epoch 1, the best so far/);
    expect(evaluate(model, options.validation as Batches, mse())).toBe(reports[1]);
  });

  it('keeps the last good weights of an exploding run that was interrupted when they had gone', async () => {
    using whole = explosive(engine);
    const [data, options] = forecasting({ optimizer: (p) => new SGD(p, { learningRate: 3 }) });
    let steps = 0;
    await expect(fit(whole, data, { ...options, onProgress: () => void steps++ })).rejects.toThrow(DivergedError);

    using model = explosive(engine);
    const controller = new AbortController();
    const kept: Uint8Array[] = [];
    let left = steps;
    const run = fit(model, data, {
      ...options,
      signal: controller.signal,
      checkpoint: { save: (bytes) => void kept.push(bytes) },
      onProgress: () => --left || controller.abort(),
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(bits(model.stateDict())).not.toEqual(bits(whole.stateDict()));

    using other = explosive(engine);
    await expect(fit(other, data, { ...options, resume: kept.at(-1) })).rejects.toThrow(DivergedError);
    expect(bits(other.stateDict())).toEqual(bits(whole.stateDict()));
  });

  it('judges ragged sequences of a batch-first layer within Sequentials by their own steps', () => {
    using model = new Sequential([
      new Sequential([new GRU({ inputSize: 1, hiddenSize: 4, batchFirst: true, seed: 1, engine })]),
      new Linear({ inFeatures: 4, outFeatures: 1, seed: 2, engine }),
    ]);
    const lengths = [4, 1, 3, 2];
    const input = { data: wave(16), dims: [4, 4, 1] };
    const output = model.run(input, { lengths }).output.data;
    const own = [...output.keys()].filter((i) => i % 4 < lengths[i >> 2]);
    const expected = own.reduce((sum, i) => sum + (output[i] - input.data[i]) ** 2, 0) / own.length;
    const data = { count: 1, steps: 4, batch: 4, stateful: false, at: () => ({ input, target: input, lengths }) };
    expect(evaluate(model, data, mse())).toBeCloseTo(expected, 6);
  });

  it('keeps the lowest loss however small the gain, and counts gains by minDelta', async () => {
    using model = forecaster(engine);
    const [data, options] = forecasting({ epochs: 9, patience: 3, minDelta: 10 });
    const { history, epoch, loss, stoppedEarly } = await fit(model, data, options);
    const losses = history.map(({ validationLoss }) => validationLoss as number);
    expect([stoppedEarly, losses.length]).toEqual([true, 5]);
    expect(epoch).toBeGreaterThan(0);
    expect([loss, losses[epoch]]).toEqual([Math.min(...losses), Math.min(...losses)]);
    expect(evaluate(model, options.validation as Batches, mse())).toBe(loss);

    using other = forecaster(engine);
    const gains = [losses[0] - losses[1], losses[1] - losses[2]];
    const slow = { epochs: 3, patience: 1, minDelta: 1.001 * Math.max(...gains) };
    expect((await fit(other, data, { ...options, ...slow })).stoppedEarly).toBe(false);
  });

  it('hears an abort while it validates, and goes on from there', async () => {
    const [data, options] = forecasting({ epochs: 2 });
    const validation = options.validation as Batches;
    const long: Batches = { ...validation, count: 50, at: (epoch) => validation.at(epoch, 0) };
    using whole = forecaster(engine);
    await fit(whole, data, { ...options, validation: long });

    using model = forecaster(engine);
    const controller = new AbortController();
    const kept: Uint8Array[] = [];
    const seen: number[] = [];
    let validating = false;
    const slow: Batches = {
      ...long,
      at: (epoch, index) => {
        if (!validating) return long.at(epoch, index);
        if (seen.push(index) === 1) setTimeout(() => controller.abort(), 0);
        for (const end = performance.now() + 31; performance.now() < end; );
        return long.at(epoch, index);
      },
    };
    const run = fit(model, data, {
      ...options,
      validation: slow,
      onProgress: ({ batch, batches }) => {
        validating = batch === batches;
      },
      signal: controller.signal,
      checkpoint: { save: (bytes) => void kept.push(bytes) },
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen.length).toBeLessThan(5);

    using other = forecaster(engine);
    await fit(other, data, { ...options, validation: long, resume: kept.at(-1) });
    expect(bits(other.stateDict())).toEqual(bits(whole.stateDict()));
  });

  it.each([0, 3])('hears an abort of onEpoch in epoch %i at once, with a checkpoint', async (last) => {
    using model = forecaster(engine);
    const [data, options] = forecasting();
    const controller = new AbortController();
    const kept: Uint8Array[] = [];
    let steps = 0;
    const run = fit(model, data, {
      ...options,
      signal: controller.signal,
      checkpoint: { every: 1000, save: (bytes) => void kept.push(bytes) },
      onProgress: () => void steps++,
      onEpoch: ({ epoch }) => {
        if (epoch === last) controller.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect([steps, kept.length]).toEqual([(last + 1) * data.count, 1]);
    const resumed = await fit(model, data, { ...options, resume: kept[0] });
    expect(resumed.history.length).toBe(4);
  });

  it('gives the same weights for the same call, its schedule used before', async () => {
    const [data, options] = forecasting({ schedule: reduceLROnPlateau({ patience: 0, threshold: 1, factor: 0.5 }) });
    const results: StateDict[] = [];
    for (let i = 0; i < 2; i++) {
      using model = forecaster(engine);
      await fit(model, data, options);
      results.push(model.stateDict());
    }
    expect(bits(results[1])).toEqual(bits(results[0]));
  });
});
