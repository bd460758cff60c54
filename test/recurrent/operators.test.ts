/** RNN, LSTM and GRU of ONNX with every option, against the specification in float64 and ONNX's own backend tests. */

import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../bindings/core.js';
import { allOperators, REPETITIONS } from '../../bindings/graph/all-operators.js';
import {
  type AttributeValue,
  type Graph,
  GraphModel,
  type TensorValue,
  tensorOf,
  type ValueInfo,
} from '../../bindings/graph/index.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import { CASES, type OperatorCase, tensorOfCase } from './cases.js';

const TOLERANCE = 1e-6;
const WEIGHTS = ['W', 'R', 'B', 'P'];

type Floats = 'float16' | 'float32' | 'float64';

/** An input of a case as the graph runtime holds it. */
function heldTensor(operatorCase: OperatorCase, name: string, dtype: Floats = 'float32'): TensorValue {
  const { data, dims } = tensorOfCase(operatorCase, name);
  return tensorOf(name === 'sequence_lens' || name === 'seq_lens' ? 'int32' : dtype, dims, data);
}

/** The node as a graph: `known` inputs are constants, the others feeds. */
function graphOf(operatorCase: OperatorCase, known: readonly string[], type: Floats = 'float32'): Graph {
  const { op, opset, attributes, slots, results } = operatorCase;
  const given = slots.filter((slot) => slot !== '');
  const constants = new Map(given.filter((n) => known.includes(n)).map((n) => [n, heldTensor(operatorCase, n, type)]));
  const inputs: ValueInfo[] = given
    .filter((name) => !known.includes(name))
    .map((name) => {
      const { dtype, dims } = heldTensor(operatorCase, name, type === 'float64' ? type : 'float32');
      return { name, dtype, dims };
    });
  const outputs = results.filter((result) => result !== '').map((name) => ({ name, dtype: type }));
  return {
    inputs,
    outputs,
    constants,
    opset,
    nodes: [{ op, domain: '', name: 'node', inputs: slots, outputs: results, attributes }],
  };
}

function makeModel(engine: Engine, graph: Graph): GraphModel {
  return new GraphModel({ engine, graph, registry: allOperators(), repetitions: REPETITIONS, reader: 'loadOnnx' });
}

function feedsOf(operatorCase: OperatorCase, { inputs }: Graph, type: Floats = 'float32') {
  return Object.fromEntries(
    inputs.map(({ name }) => {
      const { data, dims, dtype } = heldTensor(operatorCase, name, type);
      return [name, { data: data as Float32Array, dims, type: dtype }];
    }),
  );
}

describe.each(BUILDS)('recurrent operators on $name', ({ name, create }) => {
  const engine = create();
  const ledger = new ErrorLedger(`recurrent operators, ${name}`);
  afterAll(() => ledger.print());

  /** Runs twice: what one run leaves behind must not be seen by the next. */
  function check(operatorCase: OperatorCase, known: readonly string[]): void {
    const graph = graphOf(operatorCase, known);
    const before = engine.bytesInUse;
    const model = makeModel(engine, graph);
    model.run(feedsOf(operatorCase, graph));
    const got = model.run(feedsOf(operatorCase, graph));
    for (const result of operatorCase.results.filter((name) => name !== '')) {
      const expected = tensorOfCase(operatorCase, result);
      expect(got[result].dims).toEqual(expected.dims);
      const error = relativeError(got[result].data as Float32Array, expected.data);
      ledger.add(operatorCase.name, error);
      expect(error, `${result} of ${operatorCase.name}`).toBeLessThanOrEqual(TOLERANCE);
    }
    model.dispose();
    expect(engine.bytesInUse).toBe(before);
  }

  it.each(CASES)('computes $name with known weights', (operatorCase) => check(operatorCase, WEIGHTS));
  it.each(CASES)('computes $name with weights that only a run knows', (operatorCase) => check(operatorCase, []));
});

describe('recurrent operators with float16 weights', () => {
  const engine = BUILDS[0].create();

  it.each(CASES.filter(({ name }) => /-(forward|bidirectional-lengths|clip|peepholes)$/.test(name)))(
    'widen those of $name',
    (operatorCase) => {
      const rounded = (tensor: TensorValue): TensorValue => {
        const data = Float32Array.from(tensor.data, (value) => Math.round(value * 1024) / 1024);
        return { ...tensor, data };
      };
      const results = (['float16', 'float32'] as const).map((type) => {
        const graph = graphOf(operatorCase, WEIGHTS, type);
        const constants = new Map([...graph.constants].map(([name, tensor]) => [name, rounded(tensor)]));
        const model = makeModel(engine, { ...graph, constants });
        const { Y } = model.run(feedsOf(operatorCase, graph));
        model.dispose();
        return Y.data;
      });
      expect(results[0]).toEqual(results[1]);
    },
  );
});

describe('recurrent operators of float64', () => {
  const engine = BUILDS[0].create();
  const ledger = new ErrorLedger('recurrent operators, float64');
  afterAll(() => ledger.print());

  // What is expected is kept as float32: that is all the error there is.
  it.each(CASES)('compute $name', (operatorCase) => {
    const graph = graphOf(operatorCase, WEIGHTS, 'float64');
    const model = makeModel(engine, graph);
    const got = model.run(feedsOf(operatorCase, graph, 'float64'));
    for (const result of operatorCase.results.filter((name) => name !== '')) {
      const expected = tensorOfCase(operatorCase, result);
      expect([got[result].type, ...got[result].dims]).toEqual(['float64', ...expected.dims]);
      const error = relativeError(got[result].data as never, expected.data);
      ledger.add(operatorCase.name, error);
      expect(error, `${result} of ${operatorCase.name}`).toBeLessThanOrEqual(1.2e-7);
    }
    model.dispose();
  });
});

describe('recurrent operators refuse', () => {
  const engine = BUILDS[0].create();
  const found = CASES.find(({ name }) => name === 'LSTM-bidirectional-lengths') as OperatorCase;

  /** Runs the case with other attributes, or another tensor in place of one. */
  function attempt(attributes: Record<string, AttributeValue>, replaced: Record<string, TensorValue> = {}): () => void {
    const graph = graphOf(found, found.slots);
    const constants = new Map([...graph.constants, ...Object.entries(replaced)]);
    const [node] = graph.nodes;
    const nodes = [{ ...node, attributes: { ...node.attributes, ...attributes } }];
    return () => {
      const before = engine.bytesInUse;
      const model = makeModel(engine, { ...graph, constants, nodes });
      try {
        model.run({});
      } finally {
        model.dispose();
        expect(engine.bytesInUse).toBe(before);
      }
    };
  }
  const tensor = (...dims: number[]): TensorValue =>
    tensorOf('float32', dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

  it.each([
    ['an unknown direction', { direction: 'sideways' }, RangeError, /LSTM "node": direction: got "sideways", expected/],
    [
      'an unknown function',
      { activations: Array(6).fill('Gelu') },
      RangeError,
      /activations: got "Gelu", expected one of/,
    ],
    [
      'too few functions',
      { activations: ['Tanh'] },
      RangeError,
      /activations: got 1 of them, expected 3 for each of 2/,
    ],
    ['an unknown layout', { layout: 2 }, RangeError, /layout: got 2, expected 0 or 1/],
    ['a negative clip', { clip: -1 }, RangeError, /clip: got -1, expected 0 or more/],
    ['a NaN clip', { clip: Number.NaN }, RangeError, /clip: got NaN/],
    [
      'a hidden size that the weights do not have',
      { hidden_size: 7 },
      RangeError,
      /W: got dims \[2, 20, 3\], expected \[2, 28, 3\]/,
    ],
    ['a hidden size of text', { hidden_size: 'five' }, TypeError, /hidden_size: got "five", expected an integer/],
    ['one direction with two directions of weights', { direction: 'forward' }, RangeError, /W: got dims/],
  ] as const)('%s', (_, attributes, Kind, message) => {
    expect(attempt(attributes)).toThrow(Kind);
    expect(attempt(attributes)).toThrow(message);
  });

  it.each([
    ['X of two dimensions', { X: tensor(4, 3) }, RangeError, /X: got dims \[4, 3\], expected three/],
    ['an X without features', { X: tensor(4, 2, 0), W: tensor(2, 20, 0) }, RangeError, /got 0 inputs/],
    ['B of another size', { B: tensor(2, 20) }, RangeError, /B: got dims \[2, 20\], expected \[2, 40\]/],
    ['an initial state of another batch', { initial_h: tensor(2, 3, 5) }, RangeError, /initial_h: got dims/],
    ['lengths of floats', { sequence_lens: tensor(2) }, TypeError, /sequence_lens: got float32, expected int32/],
    [
      'a length past the end',
      { sequence_lens: tensorOf('int32', [2], [4, 5]) },
      RangeError,
      /sequence_lens\[1\]: got 5/,
    ],
    ['a negative length', { sequence_lens: tensorOf('int32', [2], [-1, 4]) }, RangeError, /sequence_lens\[0\]: got -1/],
    [
      'an X of float64 beside weights of float32',
      { X: tensorOf('float64', [4, 2, 3], new Float64Array(24)) },
      TypeError,
      /W: got float32, expected float64/,
    ],
  ] as const)('%s', (_, replaced, Kind, message) => {
    expect(attempt({}, replaced)).toThrow(Kind);
    expect(attempt({}, replaced)).toThrow(message);
  });

  it('but take sequences of no steps and batches of none', () => {
    const graph = graphOf(found, WEIGHTS);
    for (const [steps, batch] of [
      [0, 2],
      [3, 0],
    ]) {
      const model = makeModel(engine, {
        ...graph,
        inputs: graph.inputs.map(({ name, dtype }) => ({ name, dtype })),
      });
      const feeds = {
        X: { ...tensor(steps, batch, 3), type: 'float32' as const },
        sequence_lens: { data: new Int32Array(batch), dims: [batch], type: 'int32' as const },
        initial_h: { ...tensor(2, batch, 5), type: 'float32' as const },
        initial_c: { ...tensor(2, batch, 5), type: 'float32' as const },
      };
      const got = model.run(feeds as never);
      expect(got.Y.dims).toEqual([steps, 2, batch, 5]);
      expect(got.Y_h.data).toEqual(new Float32Array(10 * batch));
      model.dispose();
    }
  });
});
