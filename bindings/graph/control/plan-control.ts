import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import type { ControlNode, Outcome, Walker } from '../frame.js';
import { functionKey, type Node, nodeLabel } from '../graph.js';
import { GraphFrame } from '../graph-frame.js';
import type { Planned } from '../planned-value.js';
import { Scope } from '../scope.js';
import { UnknownElements } from '../site.js';
import { tensorInput } from '../tensor-input.js';
import { planBranches } from './branches.js';
import { graphOf } from './control-node.js';

/** Plans a node that calls a function or holds graphs; `'other'` if it does neither. */
export function planControl(
  walk: Walker,
  node: Node,
  inputs: readonly (Planned | undefined)[],
  opset: number,
  scope: Scope<Planned>,
  repeats: boolean,
): Outcome | 'other' {
  const { graph, repetitions } = walk.source;
  const { functions } = graph;
  const called = functions?.get(functionKey(node));
  if (called && repetitions) {
    repetitions.callFunction(walk, node, inputs, called, repeats);
    return undefined;
  }
  if (node.domain !== '') return 'other';
  const site = { walk, node, inputs, opset, scope, repeats };
  if (node.op === 'If') return planIf(site);
  const control = repetitions?.control;
  return control && Object.hasOwn(control, node.op) ? control[node.op](site) : 'other';
}

/** Takes the branch of an If whose condition is known; else makes one step of both, or waits until it is known. */
function planIf(site: ControlNode): Outcome {
  const { walk, node, inputs, scope, repeats } = site;
  const condition = tensorInput(inputs[0], 0, node);
  if (!condition) throw typeError(`${nodeLabel(node)}: got no condition, expected one`);
  if (condition.dims.some((dim) => dim !== 1)) {
    throw rangeError(`${nodeLabel(node)}: condition: got dims ${formatDims(condition.dims)}, expected one element`);
  }
  if (condition.constant) {
    const graph = graphOf(site, condition.constant.data[0] ? 'then_branch' : 'else_branch');
    walk.push(GraphFrame.enter(walk, graph, new Scope(scope), repeats));
    return undefined;
  }
  if (!walk.isPartOfPlan(condition)) {
    const graphs = [graphOf(site, 'then_branch'), graphOf(site, 'else_branch')] as const;
    const results = planBranches(walk, node, condition, graphs, scope);
    if (results) return results;
  }
  throw new UnknownElements(nodeLabel(node), 'condition', condition);
}
