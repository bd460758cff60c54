/** Nothing that trains writes into memory that its owner has given back. */
import { expect, it } from 'vitest';
import { createEngine, type Engine, GRU, Linear, LSTM, type Module, Sequential } from '../../bindings/index.js';
import { clipGradientNorm, clipGradientValue } from '../../bindings/train/clip-gradients.js';
import { windows } from '../../bindings/train/data/windows.js';
import { DivergedError } from '../../bindings/train/fit/diverged-error.js';
import { fit } from '../../bindings/train/fit/fit.js';
import type { FitOptions } from '../../bindings/train/fit/options.js';
import { initialize } from '../../bindings/train/initialize.js';
import { mse } from '../../bindings/train/losses/regression.js';
import { Adam, AdamW } from '../../bindings/train/optimizers/adam.js';
import { SGD } from '../../bindings/train/optimizers/sgd.js';
import { Tape } from '../../bindings/train/tape/tape.js';

/** Takes all free memory, fills it, and says whether anybody wrote to it. */
function watch(engine: Engine): () => boolean {
  const owner = {};
  const slabs = engine.slabsFor(owner, 'watch');
  const places: number[] = [];
  for (let floats = 2 ** 14; floats >= 4; floats /= 2) {
    const { byteLength } = engine.memory.buffer;
    while (engine.memory.buffer.byteLength === byteLength) {
      const address = slabs.allocate(floats);
      places.push(address / 4, floats);
      if (places.length > 4000) break;
    }
  }
  const each = (visit: (at: number, floats: number) => void) => {
    for (let i = 0; i < places.length; i += 2) visit(places[i], places[i + 1]);
  };
  each((at, floats) => engine.f32.fill(1234.5, at, at + floats));
  return () => {
    let same = true;
    each((at, floats) => {
      same &&= engine.f32.subarray(at, at + floats).every((value) => value === 1234.5);
    });
    slabs.release();
    return same;
  };
}

const MODELS: [string, (engine: Engine) => { model: Module; dispose: Module }][] = [
  [
    'an LSTM',
    (engine) => {
      const model = new LSTM({ inputSize: 4, hiddenSize: 8, seed: 1, engine });
      return { model, dispose: model };
    },
  ],
  [
    'the second module of a Sequential',
    (engine) => {
      const gru = new GRU({ inputSize: 4, hiddenSize: 8, seed: 1, engine });
      const linear = new Linear({ inFeatures: 8, outFeatures: 8, seed: 1, engine });
      return { model: new Sequential([gru, linear]), dispose: linear };
    },
  ],
];

it.each(MODELS)('optimisers, clippings and parameters after dispose() of %s', (_, make) => {
  for (const Optimizer of [Adam, AdamW, SGD]) {
    const engine = createEngine();
    const { model, dispose } = make(engine);
    const tape = new Tape(model, { steps: 3 });
    const optimizer = new Optimizer(tape.parameters);
    tape.forward({ data: new Float32Array(12).fill(0.5), dims: [3, 1, 4] });
    tape.backward({ data: new Float32Array(24).fill(1), dims: [3, 1, 8] });
    const { parameters } = tape;
    const dict = model.stateDict();
    dispose.dispose();
    const unwritten = watch(engine);
    for (const use of [
      () => optimizer.step(),
      () => parameters.push(),
      () => parameters.pull(),
      () => parameters.zeroGradients(),
      () => clipGradientNorm(parameters, 1),
      () => clipGradientValue(parameters, 1),
      () => tape.forward({ data: new Float32Array(12), dims: [3, 1, 4] }),
      () => tape.zeroGradients(),
      () => initialize(model, { seed: 1 }),
      () => model.loadStateDict(dict),
      () => model.stateDict(),
      () => model.parameters.at(-1)?.write(new Float32Array(64)),
      () => model.parameters.at(-1)?.read(),
    ]) {
      expect(use).toThrow(/^\w+\.\w+: got .*disposed \w+, expected a live one$/);
    }
    expect(optimizer.steps).toBe(0);
    expect(unwritten()).toBe(true);
  }
});

it('a dict whose getter disposes the layer writes nothing', () => {
  const engine = createEngine();
  const model = new Linear({ inFeatures: 4, outFeatures: 8, seed: 1, engine });
  const dict = model.stateDict();
  let unwritten = () => false;
  const hostile = {
    weight: dict.weight,
    get bias() {
      model.dispose();
      unwritten = watch(engine);
      return dict.bias;
    },
  };
  expect(() => model.loadStateDict(hostile)).toThrow(/got a disposed Linear/);
  expect(unwritten()).toBe(true);
});

const series = { data: Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)), dims: [64, 1] };
const data = windows(series, { steps: 4, batch: 2 });

it.each(['onProgress', 'onEpoch', 'save'])('fit, its model disposed in %s', async (where) => {
  const engine = createEngine();
  const model = new Sequential([
    new GRU({ inputSize: 1, hiddenSize: 4, seed: 1, engine }),
    new Linear({ inFeatures: 4, outFeatures: 1, seed: 2, engine }),
  ]);
  let unwritten = () => false;
  const dispose = () => {
    if (model.disposed) return;
    model.dispose();
    unwritten = watch(engine);
  };
  const options: FitOptions = { loss: mse(), epochs: 2, validation: data };
  if (where === 'save') options.checkpoint = { save: dispose };
  else Object.assign(options, { [where]: dispose });
  await expect(fit(model, data, options)).rejects.toThrow(/got .*disposed \w+, expected a live one/);
  expect(unwritten()).toBe(true);
});

it('an account of slabs that is closed hands out no more', () => {
  const engine = createEngine();
  const slabs = engine.slabsFor({}, 'Test');
  slabs.allocate(4);
  slabs.release();
  expect(() => slabs.allocate(4)).toThrow(/^Test: got a disposed owner of memory/);
  expect(() => slabs.replace(0, 4)).toThrow(/^Test: got a disposed owner of memory/);
  expect(engine.bytesInUse).toBe(0);
});

it.each([1, 2])('a step that overflows the weights ends a fit of %i epochs, whichever step it is', async (epochs) => {
  const model = new Linear({ inFeatures: 1, outFeatures: 1, seed: 1 });
  const before = model.stateDict().weight.data;
  const rows = windows({ data: Float32Array.from({ length: 9 }, (_, i) => i), dims: [9, 1] }, { steps: 8, batch: 1 });
  const optimizer: FitOptions['optimizer'] = (parameters) => new SGD(parameters, { learningRate: 3e38 });
  await expect(fit(model, rows, { loss: mse(), epochs, optimizer })).rejects.toThrow(DivergedError);
  expect(model.stateDict().weight.data).toEqual(before);
  model.dispose();
});
