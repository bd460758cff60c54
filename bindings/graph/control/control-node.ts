import { typeError } from '../../errors.js';
import type { ControlNode } from '../frame.js';
import { type Graph, isGraph, LazyGraph, nodeLabel } from '../graph.js';
import { checkGraph } from '../registry.js';

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
