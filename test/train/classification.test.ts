/** Classification and what belongs to it: pools, metrics, ragged sequences, groups, and what is refused. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  AttentionPool,
  Dropout,
  LastStep,
  LayerNorm,
  Linear,
  LSTM,
  MaxPool,
  MeanPool,
  Scaler,
  Sequential,
  summary,
  type Tensor,
} from '../../bindings/index.js';
import {
  AdamW,
  bce,
  clipGradientNorm,
  crossEntropy,
  evaluate,
  fit,
  gradientNorm,
  type Loss,
  type Metric,
  quantile,
  SGD,
  sequences,
  Tape,
} from '../../bindings/train/index.js';
import { mulberry32 } from '../support/random.js';

const random = mulberry32(9);
const tensor = (...dims: number[]): Tensor => ({
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1),
  dims,
});

/** Slopes by the tape and by differences of the model's own forward, along a drawn direction through weights and input. */
describe.each([
  ['LastStep', () => new LastStep()],
  ['LastStep of both directions', () => new LastStep({ bidirectional: true })],
  ['MeanPool', () => new MeanPool()],
  ['MaxPool', () => new MaxPool()],
  ['AttentionPool', () => new AttentionPool({ inputSize: 4, seed: 3 })],
  ['LayerNorm', () => new LayerNorm({ size: 4 })],
  ['Scaler', () => Scaler.fit(tensor(9, 4))],
] as const)('%s', (_, make) => {
  it('gradients are the slopes of the loss', () => {
    using model = new Sequential([
      new Linear({ inFeatures: 3, outFeatures: 4, seed: 1 }),
      make(),
      new Linear({ inFeatures: 4, outFeatures: 2, seed: 2 }),
    ]);
    const lengths = model.modules[1] instanceof LayerNorm || model.modules[1] instanceof Scaler ? undefined : [5, 2, 4];
    const input = tensor(5, 3, 3);
    using tape = new Tape(model, { steps: 5, batch: 3, inputGradient: true });
    const { output } = tape.forward(input, { ...(lengths && { lengths }) });
    expect([...output.data]).toEqual([...model.forward(input, { ...(lengths && { lengths }) }).output.data]);
    const weights = tensor(...output.dims);
    const lossOf = (x: Tensor) =>
      model.forward(x, { ...(lengths && { lengths }) }).output.data.reduce((sum, y, i) => sum + y * weights.data[i], 0);
    const back = tape.backward(weights);
    const direction = Object.fromEntries([...tape.parameters].map(({ name, dims }) => [name, tensor(...dims)]));
    const along = tensor(5, 3, 3);
    const dict = model.stateDict();
    const fixed = (name: string) => name === '1.mean' || name === '1.scale';
    const at = (by: number) => {
      const moved = Object.entries(dict).map(([name, { data, dims }]) => [
        name,
        { data: data.map((value, i) => (fixed(name) ? value : value + by * direction[name].data[i])), dims },
      ]);
      model.loadStateDict(Object.fromEntries(moved));
      return lossOf({ data: input.data.map((value, i) => value + by * along.data[i]), dims: input.dims });
    };
    const step = 2 ** -7;
    const difference = (at(step) - at(-step)) / (2 * step);
    let slope = (back.input as Tensor).data.reduce((sum, g, i) => sum + g * along.data[i], 0);
    for (const { name, gradient } of tape.parameters) {
      if (!fixed(name)) slope += gradient.reduce((sum, g, i) => sum + g * direction[name].data[i], 0);
    }
    expect(Math.abs(slope - difference)).toBeLessThan(3e-3 * Math.max(1, Math.abs(difference)));
  });
});

it.each<[string, Loss, () => [Tensor, Tensor]]>([
  ['bce', bce(), () => [tensor(4, 3), { data: Float32Array.from({ length: 12 }, random), dims: [4, 3] }]],
  [
    'bce, weighted',
    bce({ positiveWeight: 3 }),
    () => [tensor(4, 3), { data: Float32Array.from({ length: 12 }, random), dims: [4, 3] }],
  ],
  [
    'bce of probabilities',
    bce({ logits: false }),
    () => [
      { data: Float32Array.from({ length: 12 }, () => 0.1 + 0.8 * random()), dims: [4, 3] },
      { data: Float32Array.from({ length: 12 }, random), dims: [4, 3] },
    ],
  ],
  ['quantile', quantile({ quantiles: [0.1, 0.9] }), () => [tensor(4, 6), tensor(4, 3)]],
  [
    'weighted, smoothed cross-entropy',
    crossEntropy({ classWeights: [1, 2, 0.5], labelSmoothing: 0.2 }),
    () => [tensor(4, 3), { data: Float32Array.of(0, 1, 2, 1), dims: [4] }],
  ],
])('the gradient of %s is its slope', (_, loss, draw) => {
  const [output, target] = draw();
  const { gradient } = loss(output, target);
  output.data.forEach((value, i) => {
    const at = (by: number) => {
      const data = output.data.slice();
      data[i] = value + by;
      return loss({ data, dims: output.dims }, target).value;
    };
    expect(Math.abs((at(1e-3) - at(-1e-3)) / 2e-3 - gradient.data[i])).toBeLessThan(2e-4);
  });
});

it('losses have the values of their definitions', () => {
  const value = (loss: Loss, x: number[], dims: number[], y: number[], targetDims = dims) =>
    loss({ data: Float32Array.from(x), dims }, { data: Float32Array.from(y), dims: targetDims }).value;
  expect(value(bce(), [2, -1], [1, 2], [1, 0])).toBeCloseTo(
    (Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(-1))) / 2,
    7,
  );
  expect(value(bce(), [1000, -1000], [1, 2], [1, 0])).toBe(0);
  expect(value(quantile({ quantiles: [0.9] }), [1, 1], [2, 1], [2, 0])).toBeCloseTo((0.9 + 0.1) / 2, 7);
  const weighted = crossEntropy({ classWeights: [1, 3] });
  const log = Math.log(2);
  expect(value(weighted, [0, 0, 0, 0], [2, 2], [0, 1], [2])).toBeCloseTo((log + 3 * log) / 4, 7);
});

it.each([
  ['bce of a target of 2', () => bce()(one(0), one(2)), /bce: target: got 2, expected numbers from 0 to 1/],
  ['bce of a NaN', () => bce()(one(0), one(Number.NaN)), /bce: target: got NaN/],
  ['bce of no probability', () => bce({ logits: false })(one(2), one(1)), /bce: output: got 2, expected probabilities/],
  ['a quantile of 1', () => quantile({ quantiles: [1] }), /quantiles: got 1, expected numbers between 0 and 1/],
  ['no quantiles', () => quantile({ quantiles: [] }), /quantiles: got/],
  [
    'too few class weights',
    () => crossEntropy({ classWeights: [1] })(pair(), { data: Float32Array.of(0), dims: [1] }),
    /classWeights: got 1 of them, expected 2/,
  ],
  ['a class weight below 0', () => crossEntropy({ classWeights: [1, -1] }), /classWeights: got/],
  [
    'a label out of range',
    () => crossEntropy()(pair(), { data: Float32Array.of(2), dims: [1] }),
    /got class 2, expected an integer from 0 to 1/,
  ],
])('refuses %s', (_, call, message) => {
  expect(call).toThrow(message);
});

const one = (value: number): Tensor => ({ data: Float32Array.of(value), dims: [1, 1] });
const pair = (): Tensor => ({ data: new Float32Array(2), dims: [1, 2] });

it('one norm over several tapes, and misuse of groups', () => {
  const layers = [1, 2].map((seed) => new Linear({ inFeatures: 2, outFeatures: 2, seed }));
  const tapes = layers.map((layer) => new Tape(layer));
  tapes.forEach((tape, i) => {
    tape.forward({ data: Float32Array.of(1, 2), dims: [1, 2] });
    tape.backward({ data: Float32Array.of(3, i), dims: [1, 2] });
  });
  const sets = tapes.map(({ parameters }) => parameters);
  const whole = Math.hypot(...sets.map((set) => gradientNorm(set)));
  expect(clipGradientNorm(sets, 1)).toBeCloseTo(whole, 6);
  expect(gradientNorm(sets)).toBeCloseTo(1, 5);
  expect(() => new SGD(sets[0], { groups: [{ parameters: ['bais'] }] })).toThrow(
    /got "bais", expected one of weight, bias/,
  );
  expect(() => new SGD(sets[0], { groups: [{ parameters: ['bias'] }, { parameters: () => true }] })).toThrow(
    /got bias, which is in another group/,
  );
  for (const each of [...tapes, ...layers]) each.dispose();
});

describe('sequences', () => {
  const item = (steps: number, target: number | number[] | Float32Array = 0, value = steps) => ({
    input: { data: new Float32Array(steps * 2).fill(value), dims: [steps, 2] },
    target,
  });

  it('pads to the longest of a batch, keeps items with their targets, and mixes each epoch anew', () => {
    const items = [3, 1, 2, 5, 4].map((steps) => item(steps, steps));
    const data = sequences(items, { batch: 2, pad: -1, shuffle: 3 });
    expect([data.count, data.steps, data.batch]).toEqual([3, 5, 2]);
    const orders = [0, 1, 0].map((epoch) => {
      const seen: number[] = [];
      for (let i = 0; i < 3; i++) {
        const { input, target, lengths } = data.at(epoch, i);
        const [steps, size] = input.dims;
        expect(steps).toBe(Math.max(...Array.from(lengths as Int32Array)));
        for (let b = 0; b < size; b++) {
          expect(lengths?.[b]).toBe(target.data[b]);
          for (let t = 0; t < steps; t++) {
            expect(input.data[(t * size + b) * 2]).toBe(t < target.data[b] ? target.data[b] : -1);
          }
          seen.push(target.data[b]);
        }
      }
      return seen;
    });
    expect([...orders[0]].sort()).toEqual([1, 2, 3, 4, 5]);
    expect(orders[2]).toEqual(orders[0]);
    const mixed = sequences(items, { batch: 5, shuffle: 3, bucket: false });
    const [one, two] = [0, 1].map((epoch) => [...mixed.at(epoch, 0).target.data]);
    expect(two).not.toEqual(one);
  });

  it('lays targets of steps beside the inputs', () => {
    const data = sequences([item(2, Float32Array.of(7, 8)), item(1, Float32Array.of(9))], { batch: 2 });
    expect(data.at(0, 0).target).toEqual({ data: Float32Array.of(7, 9, 8, 0), dims: [2, 2] });
  });

  it('gives rows of targets of whole sequences, as losses of numbers take them', () => {
    const data = sequences([item(2, [7, 8]), item(1, [9, 10])], { batch: 2 });
    expect(data.at(0, 0).target).toEqual({ data: Float32Array.of(7, 8, 9, 10), dims: [2, 2] });
    expect(sequences([item(2, [7])], { batch: 1 }).at(0, 0).target.dims).toEqual([1, 1]);
  });

  it.each([
    ['nothing', [], /got .*, expected an array of at least one sequence/],
    ['no numbers', [item(1, [])], /items\[0\]\.target: got no numbers/],
    ['what is no number', [item(1, ['x' as never])], /target: got NaN/],
    [
      'a class among numbers',
      [item(1, [1]), item(1, 1)],
      /items\[1\]: got 2 a step and as target a number, expected 2 a step and as target an array of 1 as/,
    ],
    [
      'a row that is longer',
      [item(1, [1]), item(1, [1, 2])],
      /as target an array of 2, expected 2 a step and as target an array of 1 as/,
    ],
    ['an empty sequence', [item(1), item(0)], /items\[1\]: got an empty sequence/],
    [
      'another width',
      [item(1), { input: new Float32Array(2), target: 0 }],
      /items\[1\]: got 1 a step .*expected 2 a step/,
    ],
    ['a NaN', [item(1, 0, Number.NaN)], /items\[0\]: input: got NaN at 0/],
    ['a NaN target', [item(1, Number.NaN)], /items\[0\]: target: got NaN/],
    ['too few targets', [item(3, Float32Array.of(1))], /target: got 1 steps, expected 3/],
  ])('refuses %s', (_, items, message) => {
    expect(() => sequences(items as never, { batch: 2 })).toThrow(message);
  });
});

it('a classifier learns which half of a ragged sequence was louder, with metrics, callbacks and frozen weights', async () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const items = Array.from({ length: 96 }, () => {
    const steps = 4 + Math.floor(random() * 8);
    const late = random() < 0.5;
    const loud = (t: number) => 2 * t >= steps === late;
    return {
      input: Float32Array.from({ length: steps }, (_, t) => (loud(t) ? 1 : 0.2) * (random() - 0.5)),
      target: Number(late),
    };
  }).map(({ input, target }) => ({ input: { data: input.map(Math.abs), dims: [input.length, 1] }, target }));
  using model = new Sequential([
    new LSTM({ inputSize: 1, hiddenSize: 12, seed: 1 }),
    new Dropout({ p: 0.1 }),
    new LastStep(),
    new Linear({ inFeatures: 12, outFeatures: 2, seed: 2 }),
  ]);
  const seen: string[] = [];
  const own: Metric = {
    name: 'rows',
    begin() {
      let rows = 0;
      return { add: (output) => (rows += output.dims[0]), value: () => rows };
    },
  };
  const { history } = await fit(model, sequences(items.slice(0, 64), { batch: 16, shuffle: 1 }), {
    loss: crossEntropy(),
    epochs: 60,
    optimizer: (p) => new AdamW(p, { learningRate: 0.02 }),
    metrics: ['accuracy', 'f1', own],
    validation: sequences(items.slice(64), { batch: 32 }),
    callbacks: [
      {
        onBegin: () => seen.push('begin'),
        onEpoch: () => void seen.push('epoch'),
        onEnd: (r) => seen.push(r ? 'end' : 'broken'),
      },
    ],
  });
  expect(history.at(-1)?.metrics?.rows).toBe(64);
  expect(Math.max(...history.map(({ validationMetrics }) => validationMetrics?.accuracy ?? 0))).toBeGreaterThan(0.9);
  expect([seen[0], seen.length, seen.at(-1)]).toEqual(['begin', 62, 'end']);
  const { loss, accuracy: rate } = evaluate(model, sequences(items.slice(64), { batch: 7 }), crossEntropy(), {
    metrics: ['accuracy'],
  });
  expect(rate > 0.9 && loss < 0.7).toBe(true);
  const before = model.stateDict();
  await fit(model, sequences(items, { batch: 16 }), { loss: crossEntropy(), epochs: 1, frozen: ['0.'] });
  const after = model.stateDict();
  for (const name of Object.keys(after)) {
    if (name.startsWith('0.')) expect(after[name]).toEqual(before[name]);
    else expect(after[name]).not.toEqual(before[name]);
  }
  await expect(
    fit(model, sequences(items, { batch: 16 }), { loss: crossEntropy(), epochs: 1, metrics: ['acuracy' as never] }),
  ).rejects.toThrow(/metrics: got "acuracy", expected one of accuracy, f1/);
});

it('summary counts, and console.log shows the model, not the engine', () => {
  using model = new Sequential([
    new LSTM({ inputSize: 3, hiddenSize: 4, seed: 1 }),
    new LastStep(),
    new Linear({ inFeatures: 4, outFeatures: 2, seed: 1 }),
  ]);
  const { parameters, bytes, macs, layers } = summary(model);
  expect([parameters, bytes, macs]).toEqual([4 * 4 * (3 + 4 + 2) + 10, 4 * (144 + 10), 16 * 7 + 8]);
  expect(layers.map(({ type, outputSize }) => [type, outputSize])).toEqual([
    ['LSTM', 4],
    ['LastStep', 4],
    ['Linear', 2],
  ]);
  expect(String(summary(model)).split('\n')).toHaveLength(5);
  expect(inspect(model)).toBe(
    'Sequential(\n  0: LSTM(inputSize: 3, hiddenSize: 4, numLayers: 1, bias: true)\n  1: LastStep()\n  2: Linear(inFeatures: 4, outFeatures: 2, bias: true)\n)',
  );
  expect(() => summary({} as never)).toThrow(/summary: got/);
});

it.each([
  [
    'pools that read time otherwise',
    () => new Sequential([new LSTM({ inputSize: 1, hiddenSize: 2, batchFirst: true, seed: 1 }), new MeanPool()]),
    /batchFirst false, expected true/,
  ],
  [
    'a recurrent layer behind a pool',
    () => new Tape(new Sequential([new MeanPool(), new LSTM({ inputSize: 1, hiddenSize: 2, seed: 1 })])),
    /behind a MeanPool/,
  ],
  ['an empty sequence', () => new MeanPool().forward({ data: new Float32Array(0), dims: [0, 2] }), /none of them 0/],
  [
    'a length of 0',
    () => new MaxPool().forward({ data: new Float32Array(2), dims: [2, 1, 1] }, { lengths: [0] }),
    /lengths\[0\]/,
  ],
  ['a certain dropout', () => new Dropout({ p: 1 }), /Dropout: p: got 1/],
])('refuses %s', (_, call, message) => {
  expect(call).toThrow(message);
});
