import { describeValue } from '../tensor.js';
import { type Graph, isGraph, type Node, nodeLabel } from './graph.js';
import type { Operator, OperatorTable, Version } from './operator.js';
import { Scope } from './scope.js';

/** Operators by domain and name. */
export type Registry = Readonly<Record<string, OperatorTable>>;

/**
 * Finds the operator that a node names, in the version that its graph's operator set has.
 *
 * @returns `undefined` if there is none
 */
export function findOperator(registry: Registry, node: Node, opset: number): Operator | undefined {
  const table = Object.hasOwn(registry, node.domain) ? registry[node.domain] : undefined;
  const entry = table && Object.hasOwn(table, node.op) ? table[node.op] : undefined;
  if (entry === undefined || typeof entry === 'function') return entry;
  return entry.findLast(({ since }: Version) => since <= opset)?.operator;
}

/** Whether a node is ONNX's If: the planner's own business, and in no table. */
export function isIf({ op, domain }: Node): boolean {
  return op === 'If' && domain === '';
}

/**
 * Checks a graph, its branches included, before anything is planned: every operator known, every name assigned once and
 * before it is read.
 *
 * @param registry what there is
 * @param who the beginning of error messages
 * @param around what a branch sees of the graph around it
 * @throws {Error} that names the first node that does not fit
 */
export function checkGraph(graph: Graph, registry: Registry, who: string, around?: Scope<true>): void {
  const known = new Scope(around);
  for (const name of graph.constants.keys()) known.set(name, true);
  for (const { name } of graph.inputs) known.set(name, true);
  for (const node of graph.nodes) {
    checkNode(node, graph, registry, known, who);
    for (const output of node.outputs) {
      if (output === '') continue;
      if (known.get(output)) {
        throw new Error(`${who}: ${nodeLabel(node)}: got output ${describeValue(output)} again, expected a new name`);
      }
      known.set(output, true);
    }
  }
  for (const { name } of graph.outputs) {
    if (!known.get(name)) {
      throw new Error(`${who}: got graph output ${describeValue(name)}, expected the name of something computed`);
    }
  }
}

function checkNode(node: Node, graph: Graph, registry: Registry, known: Scope<true>, who: string): void {
  if (isIf(node)) checkBranches(node, who);
  else if (!findOperator(registry, node, graph.opset)) {
    const domain = node.domain === '' ? '' : `, domain ${describeValue(node.domain)}`;
    throw new Error(
      `${who}: node ${describeValue(node.name)}: got operator ${describeValue(node.op)} (opset ${graph.opset}${domain}), ` +
        'expected one that hiddenstate has (docs/onnx.md lists them)',
    );
  }
  for (const input of node.inputs) {
    if (input !== '' && !known.get(input)) {
      const later = graph.nodes.some(({ outputs }) => outputs.includes(input));
      const got = later ? 'that is computed later (a cycle, or nodes out of order)' : 'that nothing computes';
      throw new Error(
        `${who}: ${nodeLabel(node)}: got input ${describeValue(input)} ${got}, expected an input of the graph, an ` +
          'initializer or an output of an earlier node',
      );
    }
  }
  // The only operator here that has graphs; to look at the attributes of others would be to decode them.
  if (node.op !== 'If') return;
  for (const value of Object.values(node.attributes)) if (isGraph(value)) checkGraph(value, registry, who, known);
}

function checkBranches(node: Node, who: string): void {
  for (const name of ['then_branch', 'else_branch']) {
    if (!isGraph(node.attributes[name])) {
      throw new TypeError(`${who}: ${nodeLabel(node)}: got no attribute ${name}, expected a graph`);
    }
  }
}
