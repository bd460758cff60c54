/** `steps` and `lanes` of every stream give the bits of plain steps; what is no lane is refused. */
import { describe, expect, it } from 'vitest';
import {
  Embedding,
  type Engine,
  GRU,
  Linear,
  LSTM,
  type Module,
  RNN,
  Sequential,
  type Stream,
} from '../../bindings/core.js';
import type { Streaming } from '../../bindings/streaming.js';
import { expectSameBits } from '../kernels/bits.js';
import { INT8_BUILDS } from '../support/builds.js';
import { mulberry32, randomArray } from '../support/random.js';

type AnyStream = Stream<unknown>;
type Make = (engine: Engine) => { stream(options: { batch: number }): AnyStream };

const MODELS: [string, Make][] = [
  ['RNN(5)', (engine) => new RNN({ inputSize: 3, hiddenSize: 5, engine }) as never],
  ['GRU(7), two layers', (engine) => new GRU({ inputSize: 4, hiddenSize: 7, numLayers: 2, engine }) as never],
  ['GRU(8), reset before', (engine) => new GRU({ inputSize: 4, hiddenSize: 8, resetAfter: false, engine }) as never],
  [
    'LSTM(13), projected, three layers',
    (engine) => new LSTM({ inputSize: 5, hiddenSize: 13, projSize: 6, numLayers: 3, engine }) as never,
  ],
  [
    'LSTM(16), int8',
    (engine) => new LSTM({ inputSize: 8, hiddenSize: 16, numLayers: 2, weights: 'int8', engine }) as never,
  ],
  [
    'Sequential',
    (engine) =>
      new Sequential([
        new LSTM({ inputSize: 6, hiddenSize: 9, engine }),
        new GRU({ inputSize: 9, hiddenSize: 12, engine }),
        new Linear({ inFeatures: 12, outFeatures: 10, engine }) as Module,
      ]) as never,
  ],
];

const BATCH = 5;
const STEPS = 6;

/** What plain steps of streams of one give for a lane. */
function alone(make: () => AnyStream, rows: Float32Array[]): { outputs: Float32Array[]; state: unknown } {
  const stream = make();
  const outputs = rows.map((x) => stream.step(x));
  return { outputs, state: stream.state };
}

describe.each(INT8_BUILDS)('Streaming, $name', ({ create }) => {
  const engine = create();

  it.each(MODELS)('%s: steps are as many calls of step', (_, make) => {
    const model = make(engine);
    const [plain, block] = [model.stream({ batch: BATCH }), model.stream({ batch: BATCH })];
    const [inputs, outputs] = [BATCH * plain.inputSize, BATCH * plain.outputSize];
    const x = randomArray(STEPS * inputs, mulberry32(1));
    const expected = new Float32Array(STEPS * outputs);
    for (let t = 0; t < STEPS; t++) {
      expected.set(plain.step(x.slice(t * inputs, (t + 1) * inputs)), t * outputs);
    }
    expectSameBits(block.steps(x), expected, 'outputs');
    expect(block.state).toEqual(plain.state);
    const into = new Float32Array(STEPS * outputs);
    block.reset();
    expect(block.steps(x, into)).toBe(into);
    expectSameBits(into, expected, 'outputs into an array');
    expect(block.steps(new Float32Array(0)).length).toBe(0);
  });

  it.each(MODELS)('%s: lanes advance alone, in their order, the others rest', (_, make) => {
    const model = make(engine);
    const stream = model.stream({ batch: BATCH });
    const { inputSize, outputSize } = stream;
    const random = mulberry32(2);
    const rows: Float32Array[][] = Array.from({ length: BATCH }, () => []);
    const got: Float32Array[][] = Array.from({ length: BATCH }, () => []);
    const calls = [[3, 0], [], Int32Array.of(4), [1, 3, 2], undefined, [4, 3, 2, 1, 0], [2]];
    for (const [i, lanes] of calls.entries()) {
      const list = Array.from(lanes ?? [0, 1, 2, 3, 4]);
      const count = i % 2 ? 3 : 1;
      const x = randomArray(count * list.length * inputSize, random);
      const options = lanes && { lanes };
      const out = list.length && count > 1 ? stream.steps(x, undefined, options) : undefined;
      const y = out ?? stream.step(x.slice(0, list.length * inputSize), undefined, options);
      for (let t = 0; t < (out ? count : 1); t++) {
        for (const [row, lane] of list.entries()) {
          const at = t * list.length + row;
          rows[lane].push(x.slice(at * inputSize, (at + 1) * inputSize));
          got[lane].push(y.slice(at * outputSize, (at + 1) * outputSize));
        }
      }
    }
    for (let lane = 0; lane < BATCH; lane++) {
      const { outputs, state } = alone(() => model.stream({ batch: 1 }), rows[lane]);
      outputs.forEach((output, t) => {
        expectSameBits(got[lane][t], output, `lane ${lane}, step ${t}`);
      });
      expect(stream.stateOf(lane)).toEqual(state);
    }
  });

  it('refuses what is no lane, and leaves the state as it is', () => {
    const stream = new GRU({ inputSize: 2, hiddenSize: 3, engine }).stream({ batch: 3 });
    stream.step(randomArray(6, mulberry32(3)));
    const before = stream.state;
    const two = new Float32Array(4);
    const refused: [unknown, Float32Array, RegExp, ErrorConstructor][] = [
      [[0, 3], two, /^GRU\.stream\.step: lanes\[1\]: got 3, expected an integer from 0 to 2$/, RangeError],
      [[-1, 0], two, /lanes\[0\]: got -1/, RangeError],
      [[0.5, 0], two, /lanes\[0\]: got 0.5/, RangeError],
      [['0', 1], two, /lanes\[0\]: got "0"/, TypeError],
      [[1, 1], two, /lanes\[1\]: got 1 again, expected each lane at most once/, RangeError],
      [1, two, /lanes: got 1, expected an array/, TypeError],
      [[0], two, /x: got Float32Array\(4\), expected Float32Array\(2\)/, RangeError],
    ];
    for (const [lanes, x, message, kind] of refused) {
      const call = () => stream.step(x, undefined, { lanes } as never);
      expect(call).toThrow(message);
      expect(call).toThrow(kind);
    }
    expect(() => stream.step(two, undefined, { lane: 1 } as never)).toThrow(/option "lane", expected only lanes/);
    expect(() => stream.steps(new Float32Array(7))).toThrow(/^GRU\.stream\.steps: x: .*whole steps, 6 numbers each/);
    expect(() => stream.steps(new Float32Array(6), new Float32Array(8))).toThrow(/steps: out: .*Float32Array\(9\)/);
    expect(stream.state).toEqual(before);
  });

  it('an Embedding rests as well', () => {
    const model = new Sequential([
      new Embedding({ numEmbeddings: 4, embeddingDim: 3, engine }),
      new GRU({ inputSize: 3, hiddenSize: 4, engine }),
    ]);
    const stream: Streaming<unknown> = model.stream({ batch: 2 });
    const one = model.stream();
    expectSameBits(stream.step(Float32Array.of(3), undefined, { lanes: [1] }), one.step(Float32Array.of(3)), 'lane 1');
  });
});
