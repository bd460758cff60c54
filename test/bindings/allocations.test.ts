/** Every allocation of every operation fails in turn: nothing stays taken, and the engine goes on. */
import { describe, expect, it } from 'vitest';
import { loadKeras } from '../../bindings/formats/keras/index.js';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import {
  createEngine,
  Embedding,
  type Engine,
  GRU,
  Linear,
  LSTM,
  LSTMCell,
  loadModel,
  quantize,
  RNN,
  Sequential,
} from '../../bindings/index.js';
import { windows } from '../../bindings/train/data/windows.js';
import { fit } from '../../bindings/train/fit/fit.js';
import { gradientFlow } from '../../bindings/train/gradient-flow.js';
import { mse } from '../../bindings/train/losses/regression.js';
import { AdamW } from '../../bindings/train/optimizers/adam.js';
import { SGD } from '../../bindings/train/optimizers/sgd.js';
import { Tape } from '../../bindings/train/tape/tape.js';
import { bytesOf, caseNamed, feedsOf } from '../keras/cases.js';
import { readArchive } from '../onnx/archive.js';

/** What takes and gives memory; private to the engine. */
interface Arena {
  allocate(bytes: number, who: string): unknown;
}

/** Makes the allocation of this number fail, counted from now; returns how many there were. */
function failing(engine: Engine, number: number): { count(): number; end(): void } {
  const { arena } = engine as unknown as { arena: Arena };
  const allocate = arena.allocate.bind(arena);
  let count = 0;
  arena.allocate = (bytes, who) => {
    if (count++ === number) throw new RangeError(`${who}: got sizes that need ${bytes} bytes, expected none (a test)`);
    return allocate(bytes, who);
  };
  return {
    count: () => count,
    end: () => {
      arena.allocate = allocate;
    },
  };
}

const tensor = (...dims: number[]) => ({
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
  dims,
});
const saved = (() => {
  using model = new Sequential([
    new GRU({ inputSize: 3, hiddenSize: 5, numLayers: 2, seed: 1 }),
    new Linear({ inFeatures: 5, outFeatures: 2, seed: 2 }),
  ]);
  return model.save();
})();
const data = windows({ data: tensor(40, 1).data, dims: [40, 1] }, { steps: 4, batch: 2 });
const onnx = readArchive('torch').find(({ name }) => name === 'characters');
const keras = caseNamed('LSTM, Keras 3');

/** Each makes what it needs, and gives it back whatever happens. */
const OPERATIONS: [string, (engine: Engine) => unknown][] = [
  ...[LSTM, GRU, RNN].map((Layer): [string, (engine: Engine) => unknown] => [
    `${Layer.name}: made, run, streamed`,
    (engine) => {
      using layer = new Layer({ inputSize: 3, hiddenSize: 5, numLayers: 2, seed: 1, engine });
      const { output } = layer.forward(tensor(4, 2, 3));
      using stream = layer.stream({ batch: 2 });
      stream.step(tensor(6).data);
      stream.reset(undefined, { lane: 1 });
      return [output, stream.step(tensor(6).data), stream.state];
    },
  ]),
  [
    'a bidirectional int8 LSTM with a projection',
    (engine) => {
      const options = { inputSize: 3, hiddenSize: 8, projSize: 4, bidirectional: true, numLayers: 2, seed: 1, engine };
      using layer = new LSTM({ ...options, weights: 'int8' });
      return layer.forward(tensor(4, 2, 3), { lengths: [4, 2] });
    },
  ],
  [
    'a cell',
    (engine) => {
      using cell = new LSTMCell({ inputSize: 3, hiddenSize: 5, seed: 1, engine });
      return cell.forward(tensor(2, 3), cell.forward(tensor(2, 3)));
    },
  ],
  [
    'a table, its stream, a state dict',
    (engine) => {
      using table = new Embedding({ numEmbeddings: 5, embeddingDim: 3, seed: 1, engine });
      using copy = Embedding.fromStateDict(table.stateDict(), { engine, weights: 'int8' });
      using stream = copy.stream();
      return [copy.forward([0, 4, 2]), stream.step(Float32Array.of(3))];
    },
  ],
  [
    'a file: loaded, quantised, streamed',
    (engine) => {
      using model = loadModel(saved, { engine });
      using small = quantize(model);
      using stream = small.stream({ batch: 3 });
      return [model.forward(tensor(2, 2, 3)).output, stream.step(tensor(9).data)];
    },
  ],
  [
    'a tape with optimisers',
    (engine) => {
      using model = loadModel(saved, { engine });
      using tape = new Tape(model, { steps: 3, batch: 2, dropout: 0.1 });
      using adam = new AdamW(tape.parameters);
      using sgd = new SGD(tape.parameters, { momentum: 0.5 });
      tape.forward(tensor(3, 2, 3));
      tape.backward(tensor(3, 2, 2));
      adam.step();
      sgd.step();
      return model.stateDict();
    },
  ],
  [
    'a fit with validation',
    async (engine) => {
      using lstm = new LSTM({ inputSize: 1, hiddenSize: 4, seed: 1, engine });
      using linear = new Linear({ inFeatures: 4, outFeatures: 1, seed: 2, engine });
      using model = new Sequential([lstm, linear]);
      const { loss } = await fit(model, data, { loss: mse(), epochs: 2, validation: data, checkpoint: { save() {} } });
      return loss;
    },
  ],
  [
    'gradientFlow',
    (engine) => {
      using layer = new GRU({ inputSize: 2, hiddenSize: 4, seed: 1, engine });
      return gradientFlow(layer, { steps: 5, batch: 2 }).weights;
    },
  ],
  [
    'an ONNX model: run twice, streamed',
    async (engine) => {
      const { model: bytes, runs } = onnx as NonNullable<typeof onnx>;
      using model = await loadOnnx(bytes, { engine });
      const results = runs.map((each) =>
        model.run(Object.fromEntries(each.inputs.map(({ name, data, dims }) => [name, { data, dims }]))),
      );
      return results.map((result) => Object.values(result).map((value) => value.data));
    },
  ],
  [
    'a Keras model: run, streamed',
    async (engine) => {
      using model = await loadKeras(bytesOf(keras.files.keras), { engine });
      using stream = model.stream({ batch: 2 });
      return [model.run(feedsOf(keras)), stream.step(tensor(2 * stream.inputSize).data)];
    },
  ],
];

describe.each(OPERATIONS)('%s', (_, operation) => {
  it('bears the failure of every allocation', async () => {
    const engine = createEngine({ simd: 'baseline' });
    const expected = await operation(engine);
    expect(engine.bytesInUse).toBe(0);
    let points = 0;
    for (; ; points++) {
      const failure = failing(engine, points);
      let error: unknown;
      try {
        await operation(engine);
      } catch (thrown) {
        error = thrown;
      } finally {
        failure.end();
      }
      expect(engine.bytesInUse).toBe(0);
      if (failure.count() <= points) break;
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toMatch(/: got sizes that need \d+ bytes, expected /);
      expect(await operation(engine)).toEqual(expected);
    }
    expect(points).toBeGreaterThan(0);
    console.log(`${points} allocations failed in turn`);
  });
});
