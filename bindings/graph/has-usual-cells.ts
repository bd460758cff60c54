import { type Graph, isGraph, LazyGraph, type Node, type OperatorUse } from './graph.js';

const RECURRENT: ReadonlySet<string> = new Set(['RNN', 'LSTM', 'GRU']);

/** Attributes and the input (an LSTM's peepholes) that the core's kernels do not know. */
const OPTIONS = ['activations', 'activation_alpha', 'activation_beta', 'clip', 'input_forget'];
const PEEPHOLES = 7;

/**
 * Whether the core's kernels compute every recurrent node of a graph, as far as it tells without a run: the options are the usual
 * ones and the weights are constants, not of float64. Of a node in a branch that is not read yet that is not known.
 */
export function hasUsualCells({ nodes, constants }: Graph): boolean {
  const isUsual = ({ attributes, inputs }: Node) => {
    const weights = constants.get(inputs[1]);
    return weights && weights.dtype !== 'float64' && !inputs[PEEPHOLES] && !OPTIONS.some((name) => name in attributes);
  };
  return nodes.every((node) =>
    isRecurrent(node) ? isUsual(node) : !Object.values(node.attributes).some(hasRecurrent),
  );
}

function isRecurrent({ op, domain }: OperatorUse): boolean {
  return domain === '' && RECURRENT.has(op);
}

function hasRecurrent(value: Node['attributes'][string]): boolean {
  if (!isGraph(value)) return false;
  if (value instanceof LazyGraph) return value.operators.some(isRecurrent);
  return value.nodes.some((node) => isRecurrent(node) || Object.values(node.attributes).some(hasRecurrent));
}
