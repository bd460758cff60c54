/** RNN, LSTM and GRU of ONNX with every option, against the specification in float64 and ONNX's own backend tests. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../bindings/core.js';
import { type Graph, GraphModel, type TensorValue, tensorOf, type ValueInfo } from '../../bindings/graph/index.js';
import { RECURRENT } from '../../bindings/graph/operators/recurrent.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import { CASES, type OperatorCase, tensorOfCase } from './cases.js';

const TOLERANCE = 1e-6;
const WEIGHTS = ['W', 'R', 'B', 'P'];

/** An input of a case as the graph runtime holds it. */
function heldTensor(operatorCase: OperatorCase, name: string, half = false): TensorValue {
  const { data, dims } = tensorOfCase(operatorCase, name);
  return tensorOf(name === 'sequence_lens' || name === 'seq_lens' ? 'int32' : half ? 'float16' : 'float32', dims, data);
}

/** The node as a graph: `known` inputs are constants, the others feeds. */
function graphOf(operatorCase: OperatorCase, known: readonly string[], half = false): Graph {
  const { op, opset, attributes, slots, results } = operatorCase;
  const given = slots.filter((slot) => slot !== '');
  const constants = new Map(given.filter((n) => known.includes(n)).map((n) => [n, heldTensor(operatorCase, n, half)]));
  const inputs: ValueInfo[] = given
    .filter((name) => !known.includes(name))
    .map((name) => {
      const { dtype, dims } = heldTensor(operatorCase, name);
      return { name, dtype, dims };
    });
  const outputs = results.filter((result) => result !== '').map((name) => ({ name, dtype: 'float32' as const }));
  return {
    inputs,
    outputs,
    constants,
    opset,
    nodes: [{ op, domain: '', name: 'node', inputs: slots, outputs: results, attributes }],
  };
}

function makeModel(engine: Engine, graph: Graph): GraphModel {
  return new GraphModel({ engine, graph, registry: { '': RECURRENT }, reader: 'loadOnnx' });
}

function feedsOf(operatorCase: OperatorCase, { inputs }: Graph) {
  return Object.fromEntries(
    inputs.map(({ name }) => {
      const { data, dims, dtype } = heldTensor(operatorCase, name);
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
