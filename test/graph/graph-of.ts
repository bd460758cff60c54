import type { Engine } from '../../bindings/core.js';
import { allOperators, REPETITIONS } from '../../bindings/graph/all-operators.js';
import {
  type AttributeValue,
  type Dtype,
  type Graph,
  GraphModel,
  type Node,
  type TensorValue,
  type ValueInfo,
} from '../../bindings/graph/index.js';

/** A node in one line: `node('Add', ['a', 'b'], ['sum'])`. */
export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Record<string, AttributeValue> = {},
): Node {
  return { op, domain: '', name: '', inputs, outputs, attributes };
}

/** What a graph takes or gives. */
export function info(name: string, dims?: ValueInfo['dims'], dtype: Dtype = 'float32'): ValueInfo {
  return { name, dtype, dims };
}

/** A graph, its outputs by name alone. */
export function graphOf(
  inputs: readonly ValueInfo[],
  outputs: readonly string[],
  nodes: readonly Node[],
  constants: Record<string, TensorValue> = {},
  opset = 17,
): Graph {
  const outputInfos = outputs.map((name) => ({ name }));
  return { inputs, outputs: outputInfos, nodes, constants: new Map(Object.entries(constants)), opset };
}

/** A model that runs it. */
export function modelOf(engine: Engine, graph: Graph): GraphModel {
  return new GraphModel({ engine, graph, registry: allOperators(), repetitions: REPETITIONS, reader: 'loadTest' });
}

/** A float32 tensor. */
export function f32(dims: readonly number[], ...elements: number[]) {
  return { data: Float32Array.from(elements), dims };
}
