import { rangeError, typeError } from '../../errors.js';
import type { Walker } from '../frame.js';
import {
  AttributeReference,
  type AttributeValue,
  type Graph,
  type GraphFunction,
  isGraph,
  LazyGraph,
  type Node,
  nodeLabel,
} from '../graph.js';
import { GraphFrame } from '../graph-frame.js';
import { type Planned, PlannedNothing } from '../planned-value.js';
import { Scope } from '../scope.js';

type Attributes = Readonly<Record<string, AttributeValue>>;

/** Bodies of functions with the attributes of a call in them. */
const BODIES = new WeakMap<Node, Graph>();

/** Puts the body of a function in the place of the node that calls it. Its names are its own. */
export function callFunction(
  walk: Walker,
  node: Node,
  inputs: readonly (Planned | undefined)[],
  called: GraphFunction,
  repeats: boolean,
): void {
  if (inputs.length > called.inputs.length || node.outputs.length > called.outputs.length) {
    throw rangeError(
      `${nodeLabel(node)}: got ${inputs.length} inputs and ${node.outputs.length} outputs, expected at most ` +
        `${called.inputs.length} and ${called.outputs.length} of the function`,
    );
  }
  let body = BODIES.get(node);
  if (!body) {
    body = bodyFor(node, called);
    BODIES.set(node, body);
  }
  const scope = new Scope<Planned>();
  for (let i = 0; i < called.inputs.length; i++) scope.set(called.inputs[i], inputs[i] ?? new PlannedNothing());
  walk.push(GraphFrame.enter(walk, body, scope, repeats));
}

function bodyFor(node: Node, { inputs, outputs, nodes, attributes, opset }: GraphFunction): Graph {
  const given: Record<string, AttributeValue> = Object.create(null);
  for (const [name, fallback] of Object.entries(attributes)) {
    const value = node.attributes[name] ?? fallback;
    if (value !== undefined) given[name] = value;
  }
  return {
    inputs: inputs.map((name) => ({ name })),
    outputs: outputs.map((name) => ({ name })),
    nodes: bound(nodes, given),
    constants: new Map(),
    opset,
  };
}

/** Nodes with the attributes of a call in place of what refers to them; one that the call leaves out is left out there too. */
function bound(nodes: readonly Node[], given: Attributes): Node[] {
  return nodes.map((node) => {
    const { op, domain, overload, name, inputs, outputs } = node;
    const attributes: Record<string, AttributeValue> = Object.create(null);
    for (const [key, value] of Object.entries(node.attributes)) {
      if (value instanceof AttributeReference) {
        if (value.name in given) attributes[key] = given[value.name];
      } else if (!isGraph(value)) attributes[key] = value;
      else {
        if (value instanceof LazyGraph)
          throw typeError(`${nodeLabel(node)}: got a graph that is not read, expected one`);
        attributes[key] = { ...value, nodes: bound(value.nodes, given) };
      }
    }
    return { op, domain, overload, name, inputs, outputs, attributes };
  });
}
