/** Losses of shards: each computes its own part's, and together they are the loss of the whole batch. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// As shipped, because the threads load a file of dist/.
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const { GRU, MeanPool, Sequential }: typeof import('../../bindings/index.js') = await import(join(DIST, 'index.js'));
const training: typeof import('../../bindings/train/index.js') = await import(join(DIST, 'train.js'));
const { bce, crossEntropy, fit, gaussianNLL, huber, mae, mse, quantile, SGD, smoothL1 } = training;
type FitOptions = import('../../bindings/train/index.js').FitOptions;
type Loss = import('../../bindings/train/index.js').Loss;
type Batch = import('../../bindings/train/index.js').Batch;

const STEPS = 7;
const BATCH = 5;
const WIDTH = 4;
const noise = (count: number, shift: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i * i + shift));
const rows = STEPS * BATCH;
const input = { data: noise(rows * 2, 0), dims: [STEPS, BATCH, 2] };
const numbers = (width: number) => ({ data: noise(rows * width, 1), dims: [STEPS, BATCH, width] });
const chances = { ...numbers(WIDTH), data: numbers(WIDTH).data.map(Math.abs) };
const classes = { data: Float32Array.from({ length: rows }, (_, i) => (i * i) % WIDTH), dims: [STEPS, BATCH] };
const rowWeights = { data: noise(rows, 2).map(Math.abs), dims: [STEPS, BATCH] };

/** Uneven: of the first two sequences nothing counts, so that a shard of two has nothing to say. */
const ragged = { lengths: [1, 2, 7, 4, 6], weights: { ...rowWeights, data: rowWeights.data.map(keepLater) } };
function keepLater(weight: number, i: number): number {
  return i % BATCH < 2 ? 0 : weight;
}

const CASES: Record<string, { loss: Loss } & Omit<Batch, 'input'>> = {
  mse: { loss: mse(), target: numbers(WIDTH) },
  'mse, of ragged sequences with weights': { loss: mse(), target: numbers(WIDTH), ...ragged },
  'mse, summed': { loss: mse({ reduction: 'sum' }), target: numbers(WIDTH), ...ragged },
  'mse, not reduced': { loss: mse({ reduction: 'none' }), target: numbers(WIDTH) },
  mae: { loss: mae(), target: numbers(WIDTH) },
  huber: { loss: huber({ delta: 0.2 }), target: numbers(WIDTH) },
  smoothL1: { loss: smoothL1({ beta: 0.2 }), target: numbers(WIDTH) },
  bce: { loss: bce({ positiveWeight: 3 }), target: chances },
  quantile: { loss: quantile({ quantiles: [0.1, 0.8] }), target: numbers(WIDTH / 2) },
  gaussianNLL: { loss: gaussianNLL({ variance: 'exp', full: true }), target: numbers(WIDTH / 2) },
  'crossEntropy, weighted by class': {
    loss: crossEntropy({ classWeights: Float32Array.of(1, 2, 0.5, 3), labelSmoothing: 0.1, ignoreIndex: 3 }),
    target: classes,
    lengths: ragged.lengths,
  },
  'a loss of one’s own': {
    loss: (output, target) => {
      const { value, gradient } = mse()(output, target);
      return { value: 2 * value, gradient: gradient.data.map((slope) => 2 * slope) } as never;
    },
    target: numbers(WIDTH),
  },
};

async function run({ loss, ...batch }: (typeof CASES)[string], division: Partial<FitOptions>) {
  const model = new GRU({ inputSize: 2, hiddenSize: WIDTH, seed: 1 });
  const data = { count: 3, steps: STEPS, batch: BATCH, stateful: false, at: () => ({ input, ...batch }) };
  const optimizer: FitOptions['optimizer'] = (parameters) => new SGD(parameters, { learningRate: 0.01 });
  const { history } = await fit(model, data, { loss, epochs: 2, optimizer, ...division });
  const weights = Object.values(model.stateDict()).flatMap(({ data: values }) => [...values]);
  model.dispose();
  return { losses: history.map((epoch) => epoch.loss), weights };
}

describe.each(Object.entries(CASES))('%s', (_, given) => {
  it('gives the same bits on one thread and on two, and the loss and the weights of whole batches', async () => {
    const one = await run(given, { threads: 1, shards: 3 });
    expect(await run(given, { threads: 2, shards: 3 })).toEqual(one);
    const whole = await run(given, {});
    one.losses.forEach((loss, i) => {
      expect(Math.abs(loss - whole.losses[i])).toBeLessThan(1e-5 * Math.abs(whole.losses[i]));
    });
    const apart = whole.weights.map((weight, i) => Math.abs(weight - one.weights[i]));
    expect(Math.max(...apart)).toBeLessThan(1e-5);
  });
});

it('computes a loss of the library by shards alone, whatever its class weights are kept in', async () => {
  const called = () => {
    throw new Error('called here');
  };
  const counted = crossEntropy({ classWeights: { length: WIDTH, 0: 1, 1: 2, 2: 3, 3: 4 } });
  const loss = Object.assign(called, counted, { pieces: called });
  const { losses } = await run({ loss, target: classes }, { threads: 2 });
  expect(losses[1]).toBeLessThan(losses[0]);
});

describe('a batch that cannot be divided', () => {
  const short = { data: new Float32Array(STEPS * 4 * WIDTH), dims: [STEPS, 4, WIDTH] };

  it.each([
    ['target', { target: short }, 'fit: target: got dims [7, 4, 4], expected 5 sequences in dimension 1'],
    [
      'weights',
      { target: numbers(WIDTH), weights: { data: new Float32Array(28), dims: [7, 4] } },
      'fit: weights: got dims [7, 4], expected 5 sequences in dimension 1',
    ],
    ['data', { target: { ...numbers(WIDTH), data: new Float32Array(3) } }, /fit: target/],
  ])('is refused for its %s', async (_, batch, message) => {
    await expect(run({ loss: mse(), ...batch }, { threads: 2 })).rejects.toThrow(message);
  });

  it('is refused also behind a pool', async () => {
    const model = new Sequential([new GRU({ inputSize: 2, hiddenSize: WIDTH, seed: 1 }), new MeanPool()]);
    const at = () => ({ input, target: { data: new Float32Array(4 * WIDTH), dims: [4, WIDTH] } });
    const data = { count: 1, steps: STEPS, batch: BATCH, stateful: false, at };
    await expect(fit(model, data, { loss: mse(), epochs: 1, threads: 2 })).rejects.toThrow('expected 5 sequences');
  });
});
