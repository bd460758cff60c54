import { describe, expect, it } from 'vitest';
import {
  GRU,
  Linear,
  loadModel,
  RNN,
  Sequential,
  type StateDict,
  Tanh,
  writeSafetensors,
} from '../../bindings/core.js';
import { HiddenstateError } from '../../bindings/errors.js';
import { BUILDS } from '../support/builds.js';
import { ones } from './misuse.js';

const engine = BUILDS[0].create();

/** Linear 3 → 4, tanh, GRU 4 → 5: its tensors and its description. */
const { TENSORS, LAYERS } = (() => {
  using model = new Sequential([
    new Linear({ inFeatures: 3, outFeatures: 4, engine, seed: 1 }),
    new Tanh({ engine }),
    new GRU({ inputSize: 4, hiddenSize: 5, engine, seed: 1 }),
  ]);
  return { TENSORS: model.stateDict(), LAYERS: model.config.layers as Record<string, unknown>[] };
})();

/** A file whose description is any text. */
const described = (text: string, tensors: StateDict = TENSORS) => writeSafetensors(tensors, { hiddenstate: text });

/** A file whose description is any JSON. */
const file = (description: unknown, tensors?: StateDict) => described(JSON.stringify(description), tensors);

/** The honest file with one layer described otherwise. */
const layer = (i: number, change: Record<string, unknown>) =>
  file({ version: 1, layers: LAYERS.map((config, k) => (k === i ? { ...config, ...change } : config)) });

/** The honest description over other tensors. */
const holding = (change: Record<string, unknown>) => {
  const tensors = Object.entries({ ...TENSORS, ...change }).filter(([, tensor]) => tensor !== undefined);
  return file({ version: 1, layers: LAYERS }, Object.fromEntries(tensors) as StateDict);
};

/** A single layer described over a single tensor. */
const alone = (config: Record<string, unknown>, tensors: StateDict = {}) =>
  file({ version: 1, layers: [config] }, tensors);

/** A Sequential within a Sequential within … */
const nested = (depth: number) =>
  `{"version":1,"layers":[${'{"type":"Sequential","layers":['.repeat(depth)}{"type":"Tanh"}${']}'.repeat(depth)}]}`;

const HUGE = 0x7fffffff;

type Hostile = [title: string, kind: ErrorConstructor, bytes: () => Uint8Array];

const DESCRIPTIONS: Hostile[] = [
  ['none', Error, () => writeSafetensors(TENSORS)],
  ['under another name', Error, () => writeSafetensors(TENSORS, { description: '{}' })],
  ['empty', Error, () => described('')],
  ['no JSON', Error, () => described('{"version": 1,')],
  ['binary garbage', Error, () => described('\u0000\uffff\ud83d\ude00')],
  ['nested too deeply', Error, () => described('['.repeat(100_000))],
  ['null', Error, () => described('null')],
  ['a number', Error, () => described('1')],
  ['an array', Error, () => described('[]')],
  ['a string', Error, () => described('"version"')],
  ['no version', Error, () => file({ layers: LAYERS })],
  ['version 0', Error, () => file({ version: 0, layers: LAYERS })],
  ['version 2', Error, () => file({ version: 2, layers: LAYERS })],
  ['version "1"', Error, () => file({ version: '1', layers: LAYERS })],
  ['no layers', Error, () => file({ version: 1 })],
  ['layers that are an object', Error, () => file({ version: 1, layers: { 0: LAYERS[0], length: 1 } })],
  ['layers that are none', Error, () => file({ version: 1, layers: [] }, {})],
  ['a layer null', Error, () => file({ version: 1, layers: [null, ...LAYERS.slice(1)] })],
  ['a layer without a type', Error, () => layer(0, { type: undefined })],
  ['a type that is a number', Error, () => layer(0, { type: 1 })],
  ['an unknown type', Error, () => layer(0, { type: 'Conv1d' })],
  ['a type that every object has', Error, () => layer(0, { type: 'constructor' })],
  ['a type named __proto__', Error, () => described('{"version":1,"layers":[{"type":"__proto__"}]}')],
  ['a type of 100 kB', Error, () => layer(0, { type: 'x'.repeat(100_000) })],
  ['another type', Error, () => layer(2, { type: 'LSTM' })],
  ['an activation for a layer', Error, () => layer(0, { type: 'Tanh' })],
  ['a layer for an activation', Error, () => layer(1, { type: 'Linear' })],
  ['another width', Error, () => layer(0, { inFeatures: 4 })],
  ['a width that is a string', Error, () => layer(0, { outFeatures: '4' })],
  ['a bias that is not there', Error, () => layer(2, { bias: false })],
  ['another direction', Error, () => layer(2, { bidirectional: true })],
  ['more layers than there are', Error, () => layer(2, { numLayers: 2 })],
  ['an option nobody knows', Error, () => layer(2, { dropout: 0.5 })],
  ['no hiddenSize', Error, () => layer(2, { hiddenSize: undefined })],
  ['an option that is an object', TypeError, () => layer(2, { batchFirst: {} })],
  ['resetAfter null', Error, () => layer(2, { resetAfter: null })],
  ['layers within layers that are no array', Error, () => alone({ type: 'Sequential', layers: 5 })],
  ['layers within layers that are none', Error, () => alone({ type: 'Sequential', layers: [] })],
  ['layers within layers without end', RangeError, () => described(nested(5000), {})],
  ['a tensor beside the layers within', Error, () => described(nested(2), { '0.weight': ones(1) })],
  ['a tensor of no layer within', Error, () => described(nested(2), { '0.00.weight': ones(1) })],
  [
    'a nonlinearity nobody knows',
    RangeError,
    () => {
      using rnn = new Sequential([new RNN({ inputSize: 1, hiddenSize: 1, engine })]);
      return alone({ ...rnn.modules[0].config, nonlinearity: 'gelu' }, rnn.stateDict());
    },
  ],
];

const CONTENTS: Hostile[] = [
  ['a missing tensor', Error, () => holding({ '0.weight': undefined })],
  ['a missing bias of two', Error, () => holding({ '2.bias_hh_l0': undefined })],
  ['none at all', Error, () => file({ version: 1, layers: LAYERS }, {})],
  ['an extra tensor', Error, () => holding({ '0.extra': ones(1) })],
  ['an extra tensor of an activation', Error, () => holding({ '1.weight': ones(1) })],
  ['an extra tensor of no layer', Error, () => holding({ '3.weight': ones(1) })],
  ['an extra tensor without a number', Error, () => holding({ weight: ones(1) })],
  ['an extra tensor with a number of two digits', Error, () => holding({ '00.weight': ones(1) })],
  ['an extra tensor with a sign', Error, () => holding({ '-0.weight': ones(1) })],
  ['an extra tensor with an exponent', Error, () => holding({ '0e0.weight': ones(1) })],
  ['a tensor transposed', Error, () => holding({ '2.weight_ih_l0': ones(4, 15) })],
  ['a tensor of another width', RangeError, () => holding({ '2.weight_hh_l0': ones(15, 4) })],
  ['a tensor flattened', RangeError, () => holding({ '0.weight': ones(12) })],
  ['a tensor without rows', RangeError, () => holding({ '0.weight': ones(0, 3), '0.bias': ones(0) })],
  ['widths that do not fit each other', Error, () => holding({ '0.weight': ones(6, 3), '0.bias': ones(6) })],
];

const CLAIMS: Hostile[] = [
  [
    'a Linear of 2^62 weights',
    Error,
    () => alone({ type: 'Linear', inFeatures: HUGE, outFeatures: HUGE, bias: false }),
  ],
  [
    'the same with one of them',
    Error,
    () => {
      return alone({ type: 'Linear', inFeatures: HUGE, outFeatures: HUGE, bias: false }, { '0.weight': ones(1, 1) });
    },
  ],
  [
    'an LSTM of a gigabyte',
    Error,
    () => {
      const config = { type: 'LSTM', inputSize: 8000, hiddenSize: 8000, numLayers: 1, bias: false };
      return alone(config, { '0.weight_ih_l0': ones(4, 1), '0.weight_hh_l0': ones(4, 1) });
    },
  ],
  [
    'a billion layers',
    Error,
    () => {
      return alone(
        { ...LAYERS[2], numLayers: 1e9 },
        { '0.weight_ih_l999999999': ones(3, 1), '0.weight_hh_l999999999': ones(3, 1) },
      );
    },
  ],
  [
    'an Embedding of a gigabyte',
    Error,
    () => {
      return alone({ type: 'Embedding', numEmbeddings: 2 ** 26, embeddingDim: 4 }, { '0.weight': ones(1, 4) });
    },
  ],
  [
    '100 MB that the file does not hold',
    Error,
    () => {
      const honest = file(
        { version: 1, layers: [{ type: 'Linear', inFeatures: 5000, outFeatures: 5000, bias: false }] },
        {},
      );
      const size = new DataView(honest.buffer, honest.byteOffset).getUint32(0, true);
      const header = JSON.parse(new TextDecoder().decode(honest.subarray(8, 8 + size)));
      header['0.weight'] = { dtype: 'F32', shape: [5000, 5000], data_offsets: [0, 1e8] };
      const text = new TextEncoder().encode(JSON.stringify(header));
      const bytes = new Uint8Array(8 + text.length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(text, 8);
      return bytes;
    },
  ],
];

const NO_FILES: [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['a string', 'model.safetensors'],
  ['an array', [1, 2, 3]],
  ['an object', {}],
  ['no bytes', new Uint8Array(0)],
  ['seven bytes', new Uint8Array(7)],
  ['zeros', new Uint8Array(1024)],
  ['noise', Uint8Array.from({ length: 1024 }, (_, i) => (i * 7919) % 256)],
];

/** Whether a message names itself, what it got and what it wanted, on one short line. */
function expectWording({ message }: Error): void {
  expect(message).toMatch(/^[A-Za-z].*: got .*, expected .*/);
  expect(message.length).toBeLessThan(500);
}

/** Runs a call that must throw, fast and without a trace in memory. */
function refused(title: string, call: () => unknown): Error {
  const before = [engine.bytesInUse, engine.memory.buffer.byteLength];
  const started = performance.now();
  let error: unknown;
  try {
    call();
  } catch (thrown) {
    error = thrown;
  }
  const took = performance.now() - started;
  if (took > 50) console.log(`loadModel, ${title}: took ${took.toFixed(0)} ms`);
  if (!(error instanceof Error)) expect.fail('no error');
  expect([engine.bytesInUse, engine.memory.buffer.byteLength]).toEqual(before);
  return error;
}

describe.each([
  ['descriptions', DESCRIPTIONS],
  ['tensors', CONTENTS],
  ['claims', CLAIMS],
])('loadModel refuses %s', (_, cases) => {
  it.each(cases)('%s', (title, kind, bytes) => {
    const hostile = bytes();
    const error = refused(title, () => loadModel(hostile, { engine }));
    expectWording(error);
    // Where sizes differ, the tensor or the description may be named first.
    if (kind === RangeError || kind === TypeError) expect(error.constructor, error.message).toBe(kind);
    else expect([HiddenstateError, RangeError], error.message).toContain(error.constructor);
  });
});

describe('loadModel', () => {
  it.each(NO_FILES)('refuses %s', (title, bytes) => {
    expectWording(refused(title, () => loadModel(bytes as never, { engine })));
  });

  it.each([
    ['options null', null],
    ['a misspelt option', { engin: engine }],
    ['an engine that is none', { engine: {} }],
  ])('refuses %s', (title, options) => {
    const bytes = holding({});
    const error = refused(title, () => loadModel(bytes, options as never));
    expectWording(error);
    expect(error.constructor).toBe(TypeError);
  });

  it('takes the honest file that all others were made from', () => {
    using model = loadModel(holding({}), { engine });
    expect(model.stateDict()).toEqual(TENSORS);
  });

  it('survives any one byte changed, with a model or an error of its own', () => {
    const honest = holding({});
    const { bytesInUse } = engine;
    for (let at = 0; at < honest.length; at += at < 1200 ? 3 : 29) {
      for (const flip of [1, 0x20, 0x80]) {
        const bytes = honest.slice();
        bytes[at] ^= flip;
        try {
          loadModel(bytes, { engine }).dispose();
        } catch (error) {
          expect((error as Error).message, `byte ${at} ^ ${flip}`).toMatch(
            /^(readSafetensors|loadModel|[A-Z]\w+).*: got .*/,
          );
        }
        expect(engine.bytesInUse, `byte ${at} ^ ${flip}`).toBe(bytesInUse);
      }
    }
  });
});
