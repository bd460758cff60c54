import { typeError } from '../../errors.js';
import type { Walker } from '../frame.js';
import { type Graph, isGraph, LazyGraph, type Node, nodeLabel } from '../graph.js';
import type { Planned } from '../planned-value.js';
import { checkGraph } from '../registry.js';
import type { Scope } from '../scope.js';

/** A node with graphs in it, as planning meets it. */
export interface ControlNode {
  readonly walk: Walker;
  readonly node: Node;
  readonly inputs: readonly (Planned | undefined)[];
  readonly opset: number;
  readonly scope: Scope<Planned>;
  readonly repeats: boolean;
}

/** What comes of a node: its outputs, or nothing yet where a frame was pushed. */
export type Outcome = readonly Planned[] | undefined;

/**
 * The graph in an attribute, checked.
 *
 * @throws {TypeError} if there is none
 */
export function graphOf({ walk, node, scope }: ControlNode, name: string): Graph {
  const value = node.attributes[name];
  if (!isGraph(value)) throw typeError(`${nodeLabel(node)}: got no attribute ${name}, expected a graph`);
  if (!(value instanceof LazyGraph)) return value;
  const { registry, who, graph } = walk.source;
  return value.open((read) => checkGraph(read, registry, who, scope, graph.functions));
}
