import { describe, expect, it } from 'vitest';
import {
  createEngine,
  Embedding,
  GRU,
  GRUCell,
  Linear,
  LSTM,
  LSTMCell,
  RNN,
  RNNCell,
  Sequential,
  Softmax,
  Tanh,
} from '../../bindings/core.js';
import { noKernels } from '../../bindings/engine/no-kernels.js';
import { BUILDS } from '../support/builds.js';
import { type Misuse, ones, refuses, type World } from './misuse.js';

/** A constructor called with anything. */
type Make = new (options: never) => unknown;

const make = (Kind: unknown, options: unknown) => new (Kind as Make)(options as never);

/** Constructors with options that work, and which of them are sizes. */
const KINDS: readonly [unknown, Record<string, unknown>, string[]][] = [
  [LSTM, { inputSize: 3, hiddenSize: 5 }, ['inputSize', 'hiddenSize', 'numLayers']],
  [GRU, { inputSize: 3, hiddenSize: 5 }, ['inputSize', 'hiddenSize', 'numLayers']],
  [RNN, { inputSize: 3, hiddenSize: 5 }, ['inputSize', 'hiddenSize', 'numLayers']],
  [LSTMCell, { inputSize: 3, hiddenSize: 5 }, ['inputSize', 'hiddenSize']],
  [GRUCell, { inputSize: 3, hiddenSize: 5 }, ['inputSize', 'hiddenSize']],
  [RNNCell, { inputSize: 3, hiddenSize: 5 }, ['inputSize', 'hiddenSize']],
  [Linear, { inFeatures: 3, outFeatures: 5 }, ['inFeatures', 'outFeatures']],
  [Embedding, { numEmbeddings: 3, embeddingDim: 5 }, ['numEmbeddings', 'embeddingDim']],
];

const nameOf = (Kind: unknown) => (Kind as { name: string }).name;

refuses(
  'sizes that are none',
  KINDS.flatMap(([Kind, options, sizes]) =>
    sizes.flatMap((size): Misuse[] => {
      const made = (value: unknown) => (world: World) =>
        make(Kind, { ...options, engine: world.engine, [size]: value });
      const title = `${nameOf(Kind)} with ${size}`;
      return [
        ...[Number.NaN, 0, -1, 2.5, Number.POSITIVE_INFINITY, 2 ** 53].map((value): Misuse => {
          return [`${title} ${value}`, RangeError, made(value)];
        }),
        ...['8', null, {}, 8n, [8], true].map((value): Misuse => {
          return [`${title} ${typeof value} ${String(value)}`, TypeError, made(value)];
        }),
      ];
    }),
  ),
);

refuses(
  'options that are none',
  KINDS.flatMap(([Kind, options]): Misuse[] => {
    const name = nameOf(Kind);
    const made = (change: Record<string, unknown>) => (world: World) => {
      return make(Kind, { ...options, engine: world.engine, ...change });
    };
    return [
      [`${name} without options`, TypeError, () => make(Kind, undefined)],
      [`${name} with null`, TypeError, () => make(Kind, null)],
      [`${name} with a number`, TypeError, () => make(Kind, 8)],
      [`${name} with an unknown option`, TypeError, made({ hiddensize: 4 })],
      [`${name} with an engine that is none`, TypeError, made({ engine: {} })],
      [`${name} with engine null`, TypeError, made({ engine: null })],
      [`${name} with a seed that is a string`, TypeError, made({ seed: 'abc' })],
      [`${name} with a seed that is a bigint`, TypeError, made({ seed: 5n })],
      [`${name} with a seed that is NaN`, RangeError, made({ seed: Number.NaN })],
    ];
  }),
);

refuses('options of one kind', [
  ['bias as a string', TypeError, ({ options }) => new GRU({ ...options, bias: 'no' as never })],
  ['bias of a cell as a number', TypeError, ({ options }) => new LSTMCell({ ...options, bias: 1 as never })],
  [
    'bias of Linear null',
    TypeError,
    ({ engine }) => new Linear({ inFeatures: 1, outFeatures: 1, bias: null as never, engine }),
  ],
  ['batchFirst as a number', TypeError, ({ options }) => new GRU({ ...options, batchFirst: 1 as never })],
  ['bidirectional null', TypeError, ({ options }) => new GRU({ ...options, bidirectional: null as never })],
  ['resetAfter as a string', TypeError, ({ options }) => new GRU({ ...options, resetAfter: 'true' as never })],
  ['resetAfter of a cell as a number', TypeError, ({ options }) => new GRUCell({ ...options, resetAfter: 0 as never })],
  ['an unknown nonlinearity', RangeError, ({ options }) => new RNN({ ...options, nonlinearity: 'sigmoid' as never })],
  [
    'an unknown nonlinearity of a cell',
    RangeError,
    ({ options }) => new RNNCell({ ...options, nonlinearity: 1 as never }),
  ],
  ['projSize as large as hiddenSize', RangeError, ({ options }) => new LSTM({ ...options, projSize: 5 })],
  ['projSize larger than hiddenSize', RangeError, ({ options }) => new LSTM({ ...options, projSize: 6 })],
  ['projSize −1', RangeError, ({ options }) => new LSTM({ ...options, projSize: -1 })],
  ['projSize 1.5', RangeError, ({ options }) => new LSTM({ ...options, projSize: 1.5 })],
  ['projSize NaN', RangeError, ({ options }) => new LSTM({ ...options, projSize: Number.NaN })],
  ['projSize as a string', TypeError, ({ options }) => new LSTM({ ...options, projSize: '2' as never })],
  ['projSize of a GRU', TypeError, ({ options }) => new GRU({ ...options, projSize: 2 } as never)],
  ['resetAfter of an LSTM', TypeError, ({ options }) => new LSTM({ ...options, resetAfter: false } as never)],
  ['nonlinearity of a GRU', TypeError, ({ options }) => new GRU({ ...options, nonlinearity: 'relu' } as never)],
  ['numLayers of a cell', TypeError, ({ options }) => new GRUCell({ ...options, numLayers: 2 } as never)],
  ['an unknown option of Tanh', TypeError, ({ engine }) => new Tanh({ engine, dim: 1 } as never)],
  ['null for Softmax', TypeError, () => new Softmax(null as never)],
]);

refuses('modules that do not fit together', [
  ['no array', TypeError, ({ linear }) => new Sequential(linear as never)],
  ['nothing', TypeError, () => new Sequential([])],
  ['no argument', TypeError, () => new Sequential(undefined as never)],
  ['a hole', TypeError, ({ linear }) => new Sequential([linear, undefined as never])],
  ['a cell', TypeError, ({ gruCell }) => new Sequential([gruCell as never])],
  ['an object', TypeError, () => new Sequential([{} as never])],
  ['widths that differ', RangeError, ({ gru, inner }) => new Sequential([gru, inner])],
  ['widths that differ behind an activation', RangeError, ({ gru, tanh, inner }) => new Sequential([gru, tanh, inner])],
  ['engines that differ', Error, ({ linear }) => new Sequential([linear, new Tanh({ engine: BUILDS[0].create() })])],
  ['an unknown option', TypeError, ({ linear }) => new Sequential([linear], { metdata: {} } as never)],
  ['options null', TypeError, ({ linear }) => new Sequential([linear], null as never)],
  ['metadata of numbers', TypeError, ({ linear }) => new Sequential([linear], { metadata: { n: 1 } as never })],
  ['metadata null', TypeError, ({ linear }) => new Sequential([linear], { metadata: null as never })],
  ['metadata as a string', TypeError, ({ linear }) => new Sequential([linear], { metadata: 'abc' as never })],
  [
    'metadata under our own key',
    TypeError,
    ({ linear }) => new Sequential([linear], { metadata: { hiddenstate: '' } }),
  ],
]);

const HUGE = 0x7fffffff;

/** An RNN of a thousand layers: its state is much larger than its workspace. */
const deep = new WeakMap<World, RNN>();

refuses('sizes that no memory can hold', [
  ['an LSTM of 2^31 units', RangeError, ({ options }) => new LSTM({ ...options, hiddenSize: HUGE })],
  ['a GRU of 2^31 inputs', RangeError, ({ options }) => new GRU({ ...options, inputSize: HUGE })],
  ['an RNN of 2^31 layers', RangeError, ({ options }) => new RNN({ ...options, numLayers: HUGE })],
  [
    'an LSTM of 2^31 of everything',
    RangeError,
    ({ engine }) => {
      return new LSTM({
        inputSize: HUGE,
        hiddenSize: HUGE,
        numLayers: HUGE,
        projSize: HUGE - 1,
        bidirectional: true,
        engine,
      });
    },
  ],
  ['an LSTM just past 4 GiB', RangeError, ({ engine }) => new LSTM({ inputSize: 11586, hiddenSize: 11586, engine })],
  ['a cell of 2^31 units', RangeError, ({ options }) => new LSTMCell({ ...options, hiddenSize: HUGE })],
  ['a Linear of 2^62 weights', RangeError, ({ engine }) => new Linear({ inFeatures: HUGE, outFeatures: HUGE, engine })],
  ['a Linear of 2^31 outputs', RangeError, ({ engine }) => new Linear({ inFeatures: 1, outFeatures: HUGE, engine })],
  [
    'an Embedding of 2^31 rows',
    RangeError,
    ({ engine }) => new Embedding({ numEmbeddings: HUGE, embeddingDim: 1, engine }),
  ],
  [
    'an Embedding of exactly 4 GiB',
    RangeError,
    ({ engine }) => new Embedding({ numEmbeddings: 2 ** 28, embeddingDim: 4, engine }),
  ],
  ['a stream of 2^31 sequences', RangeError, ({ gru }) => gru.stream({ batch: HUGE })],
  [
    'a stream whose workspace fits and whose state does not',
    RangeError,
    (world) => deep.get(world)?.stream({ batch: 300_000 }),
    (world) =>
      deep.set(world, new RNN({ inputSize: 1, hiddenSize: 1, numLayers: 1000, engine: world.engine, seed: null })),
  ],
  ['a stream of Linear of 2^31 rows', RangeError, ({ linear }) => linear.stream({ batch: HUGE })],
  ['a stream of Sequential of 2^31 rows', RangeError, ({ model }) => model.stream({ batch: HUGE })],
]);

describe('after a size that no memory can hold', () => {
  it('an engine works as before', () => {
    const engine = BUILDS[0].create();
    const options = { inputSize: 3, hiddenSize: 5, engine, seed: 1 };
    using before = new GRU(options);
    const expected = before.forward(ones(4, 3));
    for (const hiddenSize of [HUGE, 20_000, 2 ** 17])
      expect(() => new LSTM({ ...options, hiddenSize })).toThrow(RangeError);
    expect(() => before.stream({ batch: HUGE })).toThrow(RangeError);
    expect(before.forward(ones(4, 3))).toEqual(expected);
    using after = new GRU(options);
    expect(after.forward(ones(4, 3))).toEqual(expected);
  });

  it('so does one whose machine has no more memory', () => {
    const engine = BUILDS[0].create();
    using gru = new GRU({ inputSize: 3, hiddenSize: 5, engine, seed: 1 });
    const expected = gru.forward(ones(4, 3));
    const { bytesInUse } = engine;
    engine.memory.grow = () => {
      throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
    };
    const large = () => new Linear({ inFeatures: 500, outFeatures: 500, engine });
    expect(large).toThrow(RangeError);
    expect(large).toThrow(/^Linear: got .*, expected .*/);
    expect(() => gru.forward(ones(100_000, 3))).toThrow(/^GRU.*: got .*, expected .*/);
    expect(engine.bytesInUse).toBe(bytesInUse);
    expect(gru.forward(ones(4, 3))).toEqual(expected);
    new Linear({ inFeatures: 5, outFeatures: 5, engine }).dispose();
  });
});

const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

refuses('engines that cannot be', [
  ['a source that is a string', TypeError, () => createEngine({ source: 'kernels.simd.wasm' as never })],
  ['a source that is an array', TypeError, () => createEngine({ source: [0, 97] as never })],
  ['a source that is a DataView', TypeError, () => createEngine({ source: new DataView(bytes.buffer) as never })],
  ['a source that is null', TypeError, () => createEngine({ source: null as never })],
  ['an unknown simd', RangeError, () => createEngine({ simd: 'avx' as never })],
  ['an unknown simd beside a source', RangeError, () => createEngine({ simd: 'avx' as never, source: bytes })],
  ['an unknown option', TypeError, () => createEngine({ smid: 'baseline', source: bytes } as never)],
  ['options null', TypeError, () => createEngine(null as never)],
  ['an entry without kernels', Error, () => noKernels('auto')],
  ['a wasm module that is not ours', Error, () => createEngine({ source: bytes })],
]);
