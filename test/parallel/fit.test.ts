/** `fit` on several threads: the bits depend on the number of shards alone, and nothing is left running. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// As shipped, because the threads load a file of dist/.
const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const library: typeof import('../../bindings/index.js') = await import(join(DIST, 'index.js'));
const training: typeof import('../../bindings/train/index.js') = await import(join(DIST, 'train.js'));
const { createEngine, Dropout, Embedding, GRU, LastStep, Linear, LSTM, RNN, Sequential } = library;
const { crossEntropy, fit, lanes, mse, sequences, windows } = training;
type FitOptions = import('../../bindings/train/index.js').FitOptions;
type Batches = import('../../bindings/train/index.js').Batches;
type Tensor = import('../../bindings/tensor.js').Tensor;
type Module = import('../../bindings/index.js').Module;

const series = {
  data: Float32Array.from({ length: 600 }, (_, i) => Math.sin(i / 5) + Math.cos(i * i)),
  dims: [300, 2],
};
const tokens = Float32Array.from({ length: 600 }, (_, i) => (i * i + (i % 3)) % 11);

/** [T, B, F] as [B, T, F]. */
function swap({ data, dims: [steps, batch, width] }: Tensor): Tensor {
  const swapped = data.map((_, i) => {
    const [b, t] = [Math.floor(i / width / steps), Math.floor(i / width) % steps];
    return data[(t * batch + b) * width + (i % width)];
  });
  return { data: swapped, dims: [batch, steps, width] };
}

interface Task {
  readonly model: () => Module;
  readonly data: () => Batches;
  readonly options: Partial<FitOptions> & Pick<FitOptions, 'loss'>;
}

const TASKS: Record<string, Task> = {
  'two layers with dropout, the state carried, batches of 5': {
    model: () =>
      new Sequential([
        new LSTM({ inputSize: 2, hiddenSize: 9, numLayers: 2, seed: 1 }),
        new Dropout({ p: 0.3 }),
        new Linear({ inFeatures: 9, outFeatures: 2, seed: 2 }),
      ]),
    data: () => lanes(series, { steps: 12, batch: 5 }),
    options: { loss: mse(), dropout: 0.4, seed: 7, clipNorm: 0.5 },
  },
  'a bare layer in two directions, batch first, the last batch smaller than there are shards': {
    model: () => new RNN({ inputSize: 2, hiddenSize: 2, bidirectional: true, batchFirst: true, numLayers: 2, seed: 1 }),
    data: () => {
      const wide = { data: Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i / 9)), dims: [300, 4] };
      // 31 windows: the last batch has one.
      const of = windows(series, { steps: 10, batch: 5, stride: 9, horizon: 20, shuffle: 3 }, wide);
      return {
        ...of,
        at(epoch, index) {
          const { input, target } = of.at(epoch, index);
          return { input: swap(input), target: swap(target) };
        },
      };
    },
    options: { loss: mse() },
  },
  'symbols with cross-entropy and validation': {
    model: () =>
      new Sequential([
        new Embedding({ numEmbeddings: 11, embeddingDim: 5, seed: 1 }),
        new GRU({ inputSize: 5, hiddenSize: 12, seed: 2 }),
        new Linear({ inFeatures: 12, outFeatures: 11, seed: 3 }),
      ]),
    data: () => lanes(tokens, { steps: 20, batch: 4 }),
    options: { loss: crossEntropy({ labelSmoothing: 0.1 }), validation: lanes(tokens, { steps: 50, batch: 1 }) },
  },
  'ragged sequences that a pool makes rows of': {
    model: () =>
      new Sequential([
        new GRU({ inputSize: 2, hiddenSize: 6, bidirectional: true, seed: 1 }),
        new LastStep({ bidirectional: true }),
        new Linear({ inFeatures: 12, outFeatures: 3, seed: 2 }),
      ]),
    data: () =>
      sequences(
        Array.from({ length: 22 }, (_, i) => {
          const steps = 1 + ((i * 5) % 9);
          return {
            input: { data: Float32Array.from({ length: 2 * steps }, (_, k) => Math.sin(k + i)), dims: [steps, 2] },
            target: i % 3,
          };
        }),
        { batch: 6, shuffle: 1 },
      ),
    options: { loss: crossEntropy(), metrics: ['accuracy'] },
  },
};

async function run({ model: make, data, options }: Task, division: Partial<FitOptions>) {
  const model = make();
  const { history } = await fit(model, data(), { epochs: 2, ...options, ...division });
  const weights = Object.values(model.stateDict()).flatMap(({ data: values }) => [...values]);
  model.dispose();
  return { history, weights };
}

describe.each(Object.entries(TASKS))('%s', (_, task) => {
  it('gives the same bits on one, two and three threads', async () => {
    const one = await run(task, { threads: 1, shards: 3 });
    expect(await run(task, { threads: 2, shards: 3 })).toEqual(one);
    expect(await run(task, { threads: 3 })).toEqual(one);
  });

  it('gives what whole batches give, but for the order in which gradients are added', async () => {
    // What is dropped is another element in each shard.
    const plain = { ...task, options: { ...task.options, dropout: 0 }, model: () => withoutDropout(task.model()) };
    const whole = await run(plain, {});
    const shared = await run(plain, { threads: 2 });
    const apart = whole.weights.map((weight, i) => Math.abs(weight - shared.weights[i]));
    expect(Math.max(...apart)).toBeLessThan(1e-5);
    expect(shared.weights).not.toEqual(whole.weights);
  });
});

function withoutDropout(model: Module): Module {
  if (!(model instanceof Sequential)) return model;
  return new Sequential(model.modules.filter(({ type }) => type !== 'Dropout'));
}

describe('a fit on threads', () => {
  const task = TASKS['two layers with dropout, the state carried, batches of 5'];
  const threaded = { ...task.options, epochs: 2, threads: 2, shards: 4 };

  it('goes on from a checkpoint bit for bit, also on another number of threads', async () => {
    const whole = await run(task, { threads: 2, shards: 4 });
    const stop = new AbortController();
    let bytes: Uint8Array | undefined;
    const save = (given: Uint8Array) => {
      bytes = given;
    };
    const model = task.model();
    const first = fit(model, task.data(), {
      ...threaded,
      checkpoint: { every: 100, save },
      signal: stop.signal,
      onProgress: ({ batch }) => batch === 3 && stop.abort(new Error('enough')),
    });
    await expect(first).rejects.toThrow('enough');
    const again = task.model();
    await fit(again, task.data(), { ...threaded, threads: 1, resume: bytes });
    expect(Object.values(again.stateDict()).flatMap(({ data }) => [...data])).toEqual(whole.weights);
    const other = fit(task.model(), task.data(), { ...threaded, shards: 2, resume: bytes });
    await expect(other).rejects.toThrow('another shards (4), expected 2 as now');
    await expect(fit(task.model(), task.data(), { ...task.options, epochs: 2, resume: bytes })).rejects.toThrow(
      'another shards',
    );
  });

  it('gives all memory back, and so does one whose loss throws', async () => {
    const engine = createEngine();
    const model = new LSTM({ inputSize: 2, hiddenSize: 2, seed: 1, engine });
    const before = engine.bytesInUse;
    const data = lanes(series, { steps: 10, batch: 4 });
    await fit(model, data, { loss: mse(), epochs: 1, threads: 2 });
    await fit(model, data, { loss: mse(), epochs: 1, shards: 2 });
    expect(engine.bytesInUse).toBe(before);
    const loss = () => {
      throw new Error('no such loss');
    };
    await expect(fit(model, data, { loss, epochs: 1, threads: 2 })).rejects.toThrow('no such loss');
    expect(engine.bytesInUse).toBe(before);
    await fit(model, data, { loss: mse(), epochs: 1, threads: 2 });
  });

  it('rejects with what a thread throws, and with a disposed model', async () => {
    const data = lanes(tokens, { steps: 10, batch: 4 });
    const model = new Sequential([
      new Embedding({ numEmbeddings: 10, embeddingDim: 3, seed: 1 }),
      new GRU({ inputSize: 3, hiddenSize: 10, seed: 2 }),
    ]);
    // The series has a symbol 10.
    const wrong = fit(model, data, { loss: crossEntropy({ ignoreIndex: 10 }), epochs: 1, threads: 2 });
    await expect(wrong).rejects.toThrow(/got index 10, expected an integer from 0 to 9/);
    await expect(wrong).rejects.toMatchObject({ name: 'RangeError', code: 'HIDDENSTATE_RANGE' });
    const layer = new LSTM({ inputSize: 2, hiddenSize: 2, seed: 1 });
    const disposed = fit(layer, lanes(series, { steps: 10, batch: 4 }), {
      loss: mse(),
      epochs: 1,
      threads: 2,
      onProgress: () => layer.dispose(),
    });
    await expect(disposed).rejects.toThrow(/disposed/);
  });

  it('says what cannot be divided, and which file does not load', async () => {
    const model = new LSTM({ inputSize: 2, hiddenSize: 2, seed: 1 });
    const data = lanes(series, { steps: 10, batch: 2 });
    const told = { loss: mse(), epochs: 1 };
    await expect(fit(model, data, { ...told, threads: 3 })).rejects.toThrow(
      'fit: shards: got 3 for batches of 2, expected at most 2: make batches larger, or divide them less',
    );
    await expect(fit(model, data, { ...told, threads: 2, shards: 1 })).rejects.toThrow(
      'fit: threads: got 2 for 1 shards, expected at most as many as shards',
    );
    await expect(fit(model, data, { ...told, threads: 0 })).rejects.toThrow('fit: threads');
    const worker = new URL('file:///nowhere/train-shard-worker.js');
    await expect(fit(model, data, { ...told, threads: 2, worker })).rejects.toThrow(
      /fit: got a thread that cannot start/,
    );
  });
});
