import { describe, expect, it } from 'vitest';
import {
  Embedding,
  type Engine,
  GRU,
  GRUCell,
  Linear,
  LSTM,
  LSTMCell,
  RNN,
  RNNCell,
  Sequential,
  type StateDict,
  Tanh,
  type Tensor,
} from '../../bindings/core.js';
import { HiddenstateError } from '../../bindings/errors.js';
import { BUILDS } from '../support/builds.js';

/** One of everything, fresh, so that a refused call is the first that any of it sees. */
export class World {
  readonly engine: Engine = BUILDS[0].create();
  readonly options = { inputSize: 3, hiddenSize: 5, engine: this.engine, seed: 1 };
  readonly lstm = new LSTM({ ...this.options, numLayers: 2 });
  readonly gru = new GRU(this.options);
  readonly rnn = new RNN(this.options);
  readonly both = new GRU({ ...this.options, bidirectional: true });
  readonly batchFirst = new GRU({ ...this.options, batchFirst: true });
  readonly lstmCell = new LSTMCell(this.options);
  readonly gruCell = new GRUCell(this.options);
  readonly rnnCell = new RNNCell(this.options);
  readonly linear = new Linear({ inFeatures: 5, outFeatures: 4, engine: this.engine, seed: 1 });
  readonly embedding = new Embedding({ numEmbeddings: 7, embeddingDim: 3, engine: this.engine, seed: 1 });
  readonly tanh = new Tanh({ engine: this.engine });
  readonly inner = new GRU(this.options);
  readonly model = new Sequential([
    new Embedding({ numEmbeddings: 7, embeddingDim: 3, engine: this.engine, seed: 1 }),
    this.inner,
    new Linear({ inFeatures: 5, outFeatures: 4, engine: this.engine, seed: 1 }),
  ]);
  readonly everything = [
    ...[this.lstm, this.gru, this.rnn, this.both, this.batchFirst, this.lstmCell, this.gruCell, this.rnnCell],
    ...[this.linear, this.embedding, this.tanh, this.model],
  ];

  /** All that an error must leave alone. */
  snapshot() {
    const { engine } = this;
    return {
      weights: this.everything.map((module) => (module.disposed ? 'disposed' : module.stateDict())),
      bytesInUse: engine.bytesInUse,
      memory: engine.memory.buffer.byteLength,
    };
  }
}

/** A tensor of ones. */
export function ones(...dims: number[]): Tensor {
  return { data: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(1), dims };
}

/** A dict with one tensor put in, or with `undefined` taken out. */
export function withTensor(dict: StateDict, name: string, tensor: unknown): StateDict {
  const { [name]: _, ...rest } = dict;
  return (tensor === undefined ? rest : { ...rest, [name]: tensor }) as StateDict;
}

/** What is done, the kind of error it must end in, how (values of wrong types pass as `never`), and what comes before. */
export type Misuse = [
  title: string,
  kind: ErrorConstructor,
  act: (world: World) => unknown,
  prepare?: (world: World) => unknown,
];

const WORDING = /^[A-Za-z][\w.]*.*: got [\s\S]*, expected [\s\S]*/;
const SLOW = 250;

/**
 * Declares one test a case: the error has exactly the kind, says who, got, expected on one line, comes at once, and
 * everything is as it was.
 */
export function refuses(title: string, cases: readonly Misuse[]): void {
  describe(`refuses ${title}`, () => {
    it.each(cases)('%s', (name, kind, act, prepare) => {
      const world = new World();
      prepare?.(world);
      const before = world.snapshot();
      const started = process.cpuUsage();
      let result: unknown;
      let error: unknown;
      try {
        result = act(world);
      } catch (thrown) {
        error = thrown;
      }
      const { user, system } = process.cpuUsage(started);
      expect((user + system) / 1000, `${title}, ${name}`).toBeLessThan(SLOW);
      if (error === undefined) expect.fail(`no error; the call gave ${String(result)}`);
      const { message } = error as Error;
      expect((error as Error).constructor, message).toBe(kind === Error ? HiddenstateError : kind);
      expect(message).toMatch(WORDING);
      expect(message).not.toMatch(/[\r\n]/);
      expect(message.length).toBeLessThan(500);
      expect(world.snapshot()).toEqual(before);
    });
  });
}
