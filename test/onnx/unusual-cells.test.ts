/** Recurrent nodes that no kernel of the core computes: `loadOnnx` loads what does, by whatever the graph says it needs. */
import { describe, expect, it } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { readOnnx } from '../../bindings/formats/onnx/read-onnx.js';
import type { Feeds, GraphTensor } from '../../bindings/graph/index.js';
import { hasUsualCells } from '../../bindings/graph/plain-operators.js';
import { createEngine } from '../../bindings/index.js';
import {
  floatAttribute,
  graphAttribute,
  graphProto,
  infoProto,
  intAttribute,
  message,
  modelProto,
  nodeProto,
  tensorProto,
} from './model-bytes.js';

const FLOAT64 = 11;
const one = (dims: readonly number[]) => Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 1);
const texts = (name: string, values: readonly string[]) => message({ 1: name, 9: values, 20: 8 });
const weight = (name: string, dims: readonly number[], fill: number) => tensorProto(name, dims, one(dims).fill(fill));

/** An RNN of one unit: h = f(x + 0 · h). */
const rnn = (attributes: readonly Uint8Array[] = []) => nodeProto('RNN', ['x', 'w', 'r'], ['', 'y'], attributes);
const TENSORS = [weight('w', [1, 1, 1], 1), weight('r', [1, 1, 1], 0)];
const X = infoProto('x', [1, 1, 1]);
const DOUBLES = [message({ 1: [1, 1, 1], 2: FLOAT64, 8: 'w', 10: new Uint8Array(Float64Array.of(1).buffer) })];
const DOUBLE_R = message({ 1: [1, 1, 1], 2: FLOAT64, 8: 'r', 10: new Uint8Array(Float64Array.of(0).buffer) });

const affine = [
  texts('activations', ['Affine']),
  message({ 1: 'activation_alpha', 7: new Uint8Array(Float32Array.of(2).buffer), 20: 6 }),
];
const branch = graphProto({ nodes: [rnn([texts('activations', ['Softsign'])])] });
const lstm = (inputs: readonly string[], attributes: readonly Uint8Array[] = []) =>
  nodeProto('LSTM', ['x', 'w4', 'r4', ...inputs], ['', 'y'], attributes);
const LSTM_TENSORS = [weight('w4', [1, 4, 1], 0), weight('r4', [1, 4, 1], 0), weight('p', [1, 3], 0)];
/** h of an LSTM whose sums are all 0 and whose c is 0: σ(0) · tanh(0). */
const NOTHING = 0;

const CASES: readonly [string, Uint8Array, number][] = [
  [
    'another activation',
    modelProto({ nodes: [rnn([texts('activations', ['Softsign'])])], inputs: [X], tensors: TENSORS }),
    0.75,
  ],
  ['an activation with constants', modelProto({ nodes: [rnn(affine)], inputs: [X], tensors: TENSORS }), 6],
  [
    'a bound of the sums',
    modelProto({ nodes: [rnn([floatAttribute('clip', 0.5)])], inputs: [X], tensors: TENSORS }),
    Math.tanh(0.5),
  ],
  [
    'a branch',
    modelProto({
      nodes: [
        nodeProto('If', ['c'], ['y'], [graphAttribute('then_branch', branch), graphAttribute('else_branch', branch)]),
      ],
      inputs: [X, infoProto('c', [], 9)],
      tensors: TENSORS,
    }),
    0.75,
  ],
  ['peepholes', modelProto({ nodes: [lstm(['', '', '', '', 'p'])], inputs: [X], tensors: LSTM_TENSORS }), NOTHING],
  [
    'coupled gates',
    modelProto({ nodes: [lstm([], [intAttribute('input_forget', 1)])], inputs: [X], tensors: LSTM_TENSORS }),
    NOTHING,
  ],
];

describe('loadOnnx', () => {
  const engine = createEngine();

  it.each(CASES)('runs a recurrent node with what no kernel has: %s', async (_, bytes, expected) => {
    const model = await loadOnnx(bytes, { engine });
    const names = model.inputs.map(({ name }) => name);
    const c: Feeds = names.includes('c') ? { c: { data: Uint8Array.of(1), dims: [] } } : {};
    const { y } = model.run({ x: { data: Float32Array.of(3), dims: [1, 1, 1] }, ...c });
    expect((y as GraphTensor).data[0]).toBeCloseTo(expected, 6);
    model.dispose();
  });

  it('runs one of float64', async () => {
    const bytes = modelProto({
      nodes: [rnn()],
      inputs: [infoProto('x', [1, 1, 1], FLOAT64)],
      tensors: [...DOUBLES, DOUBLE_R],
    });
    const model = await loadOnnx(bytes, { engine });
    const { y } = model.run({ x: { data: Float64Array.of(3), dims: [1, 1, 1] } });
    expect([y.type, y.data[0]]).toEqual(['float64', Math.tanh(3)]);
    model.dispose();
  });

  it('runs one whose weights a run brings', async () => {
    const inputs = [X, infoProto('w', [1, 1, 1]), infoProto('r', [1, 1, 1])];
    const model = await loadOnnx(modelProto({ nodes: [rnn()], inputs }), { engine });
    const feed = (value: number) => ({ data: Float32Array.of(value), dims: [1, 1, 1] });
    expect(model.run({ x: feed(3), w: feed(2), r: feed(0) }).y.data[0]).toBeCloseTo(Math.tanh(6), 6);
    model.dispose();
  });
});

it('a usual node needs no more than the plain operators', () => {
  const graph = readOnnx(modelProto({ nodes: [rnn()], inputs: [X], tensors: TENSORS }));
  expect(hasUsualCells(graph)).toBe(true);
  for (const [, bytes] of CASES) expect(hasUsualCells(readOnnx(bytes))).toBe(false);
});
