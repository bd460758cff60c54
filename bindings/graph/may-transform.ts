import { type Graph, isGraph, LazyGraph, type Node } from './graph.js';
import { mayBeFourier } from './operators/fourier-convolution.js';

/**
 * Whether a graph may have convolutions that run as Fourier transforms, for which it needs their kernels: one whose weights have
 * the dims of a Fourier basis, or that is in a branch or a function, where weights are not looked at.
 */
export function mayTransform({ nodes, constants, functions }: Graph): boolean {
  const isPlausible = ({ op, inputs }: Node) => {
    const weights = op === 'Conv' ? constants.get(inputs[1]) : undefined;
    // With a bias it is none.
    return op === 'Conv' && !inputs[2] && (!weights || mayBeFourier(weights.dims));
  };
  const isHidden = ({ attributes }: Node) =>
    Object.values(attributes).some(
      (value) =>
        isGraph(value) &&
        (value instanceof LazyGraph ? value.operators : value.nodes).some(({ op }) => op === 'Conv' || HOLD.has(op)),
    );
  if (nodes.some((node) => isPlausible(node) || (HOLD.has(node.op) && isHidden(node)))) return true;
  return [...(functions?.values() ?? [])].some((each) => each.nodes.some(({ op }) => op === 'Conv'));
}

/** Operators that hold graphs. */
const HOLD: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);
