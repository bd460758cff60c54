/** Classification and what belongs to it, against PyTorch and scikit-learn (golden/tasks.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  AttentionPool,
  LastStep,
  LayerNorm,
  Linear,
  LSTM,
  loadModel,
  MaxPool,
  MeanPool,
  type Module,
  quantize,
  Scaler,
  Sequential,
  type StateDict,
  Tanh,
  type Tensor,
} from '../../bindings/index.js';
import {
  AdamW,
  accuracy,
  bce,
  crossEntropy,
  f1,
  fit,
  gradientNorm,
  huber,
  type Loss,
  type Metric,
  mse,
  type Parameters,
  quantile,
  RMSprop,
  SGD,
  Tape,
} from '../../bindings/train/index.js';

type Plain = [dims: number[], data: number[]];
const golden = JSON.parse(readFileSync(new URL('golden/tasks.json', import.meta.url), 'utf8'));
const tensorOf = ([dims, data]: Plain): Tensor => ({ dims, data: Float32Array.from(data) });
const dictOf = (weights: Record<string, Plain>): StateDict =>
  Object.fromEntries(Object.entries(weights).map(([name, plain]) => [name, tensorOf(plain)]));

function expectClose(got: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6): void {
  expect(got.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(got[i] - value), `element ${i}`).toBeLessThan(tolerance * Math.max(1, Math.abs(value)));
  });
}

function poolOf(name: string, width: number, bidirectional: boolean): Module {
  if (name === 'last') return new LastStep({ bidirectional });
  if (name === 'mean') return new MeanPool();
  return name === 'max' ? new MaxPool() : new AttentionPool({ inputSize: width, seed: null });
}

function classifierOf({ pool, bidirectional, weights }: (typeof golden.models)[number]): Sequential {
  const width = bidirectional ? 8 : 4;
  const model = new Sequential([
    new LSTM({ inputSize: 3, hiddenSize: 4, bidirectional, seed: null }),
    new LayerNorm({ size: width }),
    poolOf(pool, width, bidirectional),
    new Linear({ inFeatures: width, outFeatures: 3, seed: null }),
  ]);
  model.loadStateDict(dictOf(weights));
  return model;
}

describe.each(golden.models as (typeof golden.models)[])('$pool pool, bidirectional $bidirectional', (each) => {
  const lengths = golden.lengths as number[];
  const input = tensorOf(each.input);
  const target = { data: Float32Array.from(each.target), dims: [3] };

  it('forward, loss and every gradient as PyTorch', () => {
    using model = classifierOf(each);
    expectClose(model.forward(input, { lengths }).output.data, each.output[1]);
    using tape = new Tape(model, { steps: 5, batch: 3, inputGradient: true });
    const { output } = tape.forward(input, { lengths });
    expect(output.dims).toEqual([3, 3]);
    expectClose(output.data, each.output[1]);
    const { value, gradient } = crossEntropy({ classWeights: [1, 2, 0.5] })(output, target);
    expect(value).toBeCloseTo(each.loss, 6);
    const back = tape.backward(gradient);
    expect(back.input?.dims).toEqual([5, 3, 3]);
    for (const parameter of tape.parameters) expectClose(parameter.gradient, each.gradients[parameter.name][1]);
  });

  it('saved and read, int8, batch first, one by one', () => {
    using model = classifierOf(each);
    const expected = model.forward(input, { lengths }).output.data;
    using read = loadModel(model.save());
    expect(read.forward(input, { lengths }).output.data).toEqual(expected);
    using small = quantize(model);
    expectClose(small.forward(input, { lengths }).output.data, [...expected], 0.05);
    using again = loadModel(small.save());
    expect(again.forward(input, { lengths }).output.data).toEqual(small.forward(input, { lengths }).output.data);
    for (let b = 0; b < 3; b++) {
      const data = Float32Array.from(
        { length: lengths[b] * 3 },
        (_, i) => input.data[(Math.floor(i / 3) * 3 + b) * 3 + (i % 3)],
      );
      const alone = model.forward({ data, dims: [lengths[b], 3] }).output;
      expect(alone.dims).toEqual([3]);
      expectClose(alone.data, [...expected.subarray(b * 3, b * 3 + 3)]);
      if (each.bidirectional) {
        expect(() => model.stream()).toThrow(/bidirectional/);
        continue;
      }
      // A stream gives the pool of all steps so far, lane by lane, also after its state was taken over.
      const stream = model.stream({ batch: 2 });
      let y: Float32Array = new Float32Array(0);
      for (let t = 0; t < lengths[b]; t++) {
        if (t === 1) {
          const { state } = stream;
          stream.reset();
          stream.reset(state);
        }
        y = stream.step(data.subarray(t * 3, t * 3 + 3), undefined, { lanes: [1] });
      }
      expectClose(y, [...alone.data], 1e-5);
      const other = model.stream();
      other.copyLane(0, stream, 1);
      expect(other.stateOf(0)).toEqual(stream.stateOf(1));
      for (const each of [stream, other]) each.dispose();
    }
  });
});

it.each(
  golden.losses as { name: string; options: never; output: Plain; target: Plain; value: number; gradient: Plain }[],
)('$name $options as PyTorch', ({ name, options, output, target, value, gradient }) => {
  const loss = ({ bce, crossEntropy, quantile, huber } as Record<string, (options: never) => Loss>)[name](options);
  const result = loss(tensorOf(output), tensorOf(target));
  expect(Math.abs(result.value - value)).toBeLessThan(1e-6);
  expectClose(result.gradient.data, gradient[1]);
});

it.each(
  golden.optimisers as {
    name: string;
    options: object;
    weights: never;
    x: Plain;
    y: Plain;
    after: Record<string, Plain>;
  }[],
)('$name $options as PyTorch over eight steps', ({ name, options, weights, x, y, after }) => {
  using model = new Sequential([
    new Linear({ inFeatures: 3, outFeatures: 4, seed: null }),
    new Tanh(),
    new Linear({ inFeatures: 4, outFeatures: 2, seed: null }),
  ]);
  model.loadStateDict(dictOf(weights));
  using tape = new Tape(model, { batch: 6 });
  const { parameters } = tape;
  if (name === 'frozen') parameters.freeze(['0.']);
  const groups = [
    { parameters: ['0.'], learningRate: 0.001, weightDecay: 0.5 },
    { parameters: (each: string) => each === '2.bias', weightDecay: 0 },
  ];
  const make: Record<string, (p: Parameters) => RMSprop | AdamW | SGD> = {
    RMSprop: (p) => new RMSprop(p, options),
    groups: (p) => new AdamW(p, { learningRate: 0.01, weightDecay: 0.1, groups }),
    frozen: (p) => new SGD(p, { learningRate: 0.1, momentum: 0.9 }),
  };
  using optimizer = make[name](parameters);
  for (let step = 0; step < 8; step++) {
    const { output } = tape.forward(tensorOf(x));
    tape.zeroGradients();
    tape.backward(mse()(output, tensorOf(y)).gradient);
    if (name === 'frozen') {
      const own = [...parameters].filter(({ name: each }) => each.startsWith('2.'));
      const expected = Math.hypot(...own.flatMap(({ gradient }) => [...gradient]));
      expect(gradientNorm(parameters)).toBeCloseTo(expected, 6);
    }
    optimizer.step();
  }
  const dict = model.stateDict();
  for (const [key, [, expected]] of Object.entries(after)) expectClose(dict[key].data, expected, 2e-6);
});

it('metrics as scikit-learn', () => {
  const { metrics } = golden;
  const measure = (metric: Metric, output: Plain, target: Plain) => {
    const running = metric.begin();
    running.add(tensorOf(output), tensorOf(target), {});
    return running.value();
  };
  expect(measure(accuracy(), metrics.output, metrics.target)).toBeCloseTo(metrics.accuracy, 12);
  expect(measure(f1(), metrics.output, metrics.target)).toBeCloseTo(metrics.macro, 12);
  expect(measure(f1({ average: 'micro' }), metrics.output, metrics.target)).toBeCloseTo(metrics.micro, 12);
  expect(measure(accuracy(), metrics.logit, metrics.binary)).toBeCloseTo(metrics.binaryAccuracy, 12);
  expect(measure(f1(), metrics.logit, metrics.binary)).toBeCloseTo(metrics.binaryF1, 12);
});

it('Scaler as StandardScaler, back again, saved with its model and never trained', async () => {
  const { rows, scaled } = golden.scaler;
  const scaler = Scaler.fit(tensorOf(rows));
  expectClose(scaler.forward(tensorOf(rows)).data, scaled[1], 2e-3);
  const back = scaler.inverted();
  const inner = new Linear({ inFeatures: 3, outFeatures: 3, seed: 1 });
  using model = new Sequential([scaler, inner, back]);
  const before = scaler.stateDict();
  const batch = { input: tensorOf(rows), target: tensorOf(rows) };
  const data = { count: 1, steps: 7, batch: 1, stateful: false, at: () => batch };
  const { history } = await fit(model, data, {
    loss: mse(),
    epochs: 200,
    optimizer: (p) => new AdamW(p, { learningRate: 0.05 }),
  });
  expect(history.at(-1)?.loss).toBeLessThan(history[0].loss / 50);
  expect(scaler.stateDict()).toEqual(before);
  using read = loadModel(model.save());
  expect(read.forward(tensorOf(rows)).output.data).toEqual(model.forward(tensorOf(rows)).output.data);
  expect(() => Scaler.fit({ data: Float32Array.of(1, Number.NaN), dims: [2, 1] })).toThrow(/got NaN in row 1/);
  expect(() => Scaler.fit({ data: new Float32Array(0), dims: [0, 3] })).toThrow(/expected at least one row/);
});
