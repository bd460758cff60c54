import { HiddenstateError, typeError } from '../errors.js';
import { describeValue } from '../tensor.js';
import type { Dtype } from './dtype.js';
import {
  constantOf,
  type FunctionTable,
  functionKey,
  type Graph,
  isGraph,
  LazyGraph,
  type Node,
  nodeLabel,
  type OperatorUse,
} from './graph.js';
import { inputCounts } from './input-counts.js';
import { LIST_OPERATORS } from './list-operators.js';
import type { Operator, OperatorTable, Version } from './operator.js';
import { Scope } from './scope.js';
import { assertMovesTexts, givesTexts } from './text-operators.js';

/** Operators by domain and name. */
export type Registry = Readonly<Record<string, OperatorTable>>;

/**
 * Finds the operator that a node names, in the version that its graph's operator set has.
 *
 * @returns `undefined` if there is none
 */
export function findOperator(registry: Registry, node: OperatorUse, opset: number): Operator | undefined {
  const table = Object.hasOwn(registry, node.domain) ? registry[node.domain] : undefined;
  const entry = table && Object.hasOwn(table, node.op) ? table[node.op] : undefined;
  if (entry === undefined || typeof entry === 'function') return entry;
  return entry.findLast(({ since }: Version) => since <= opset)?.operator;
}

/** ONNX's operators that hold graphs, and the attributes that hold them. */
const GRAPHS: Readonly<Record<string, readonly string[]>> = {
  If: ['then_branch', 'else_branch'],
  Loop: ['body'],
  Scan: ['body'],
  SequenceMap: ['body'],
};

const PLANNED: ReadonlySet<string> = new Set([...Object.keys(GRAPHS), ...LIST_OPERATORS]);

/** Operators that the planner sees to itself and that are in no table: those that hold graphs, sequences and optionals. */
export function isPlanned({ op, domain }: OperatorUse): boolean {
  return domain === '' && PLANNED.has(op);
}

/**
 * Whether a registry, and If, are all that a graph needs, its branches included: it has no functions of its own. Of branches within
 * branches that are not read yet, the outer one has the operators.
 */
export function hasOperators({ nodes, opset, functions }: Graph, registry: Registry): boolean {
  const isIf = ({ op, domain }: OperatorUse) => op === 'If' && domain === '';
  const isThere = (use: OperatorUse) => isIf(use) || findOperator(registry, use, opset) !== undefined;
  const areThere = (uses: readonly Node[]): boolean =>
    uses.every((node) => isThere(node) && (!isIf(node) || Object.values(node.attributes).every(isPlain)));
  const isPlain = (value: Node['attributes'][string]): boolean => {
    if (value instanceof LazyGraph) return value.operators.every(isThere);
    return !isGraph(value) || areThere((value as Graph).nodes);
  };
  return !functions && areThere(nodes);
}

/** Names of the operators that are in no table. */
export const PLANNED_OPERATORS: readonly string[] = [...PLANNED];

/**
 * Checks a graph, its branches included, before anything is planned: every operator known, every name assigned once and
 * before it is read. Of branches that are not read yet, operators alone: the planner checks them when it takes them.
 *
 * @param registry what there is
 * @param who the beginning of error messages
 * @param around what a branch sees of the graph around it
 * @throws {Error} that names the first node that does not fit
 */
export function checkGraph(
  graph: Graph,
  registry: Registry,
  who: string,
  around?: Scope<unknown>,
  functions: FunctionTable | undefined = graph.functions,
): void {
  const known = new Scope<unknown>(around);
  for (const [name, { dtype }] of graph.constants) known.set(name, dtype ?? true);
  for (const { name, dtype } of graph.inputs) known.set(name, dtype ?? true);
  for (const node of graph.nodes) {
    checkNode(node, graph, registry, known, who, functions);
    const kind = outputKind(node, known, !around);
    for (let i = 0; i < node.outputs.length; i++) {
      const output = node.outputs[i];
      if (output === '') continue;
      if (known.get(output)) {
        throw new HiddenstateError(
          'FILE',
          `${who}: ${nodeLabel(node)}: got output ${describeValue(output)} again, expected a new name`,
        );
      }
      known.set(output, kind);
    }
  }
  for (const { name } of graph.outputs) {
    if (!known.get(name)) {
      throw new HiddenstateError(
        'FILE',
        `${who}: got graph output ${describeValue(name)}, expected the name of something computed`,
      );
    }
  }
}

function checkNode(
  node: Node,
  graph: Graph,
  registry: Registry,
  known: Scope<unknown>,
  who: string,
  functions: FunctionTable | undefined,
): void {
  const graphs = node.domain === '' && Object.hasOwn(GRAPHS, node.op) ? GRAPHS[node.op] : undefined;
  if (graphs) assertGraphs(node, graphs, who);
  else {
    checkOperator(node, graph.opset, registry, who, functions);
    if (!functions?.has(functionKey(node))) {
      checkInputCount(node, who);
      if (!isPlanned(node) && takesTexts(node, known)) assertMovesTexts(node, `${who}: `);
    }
  }
  for (let i = 0; i < node.inputs.length; i++) {
    const input = node.inputs[i];
    if (input !== '' && !known.get(input)) {
      const later = graph.nodes.some(({ outputs }) => outputs.includes(input));
      const got = later ? 'that is computed later (a cycle)' : 'that nothing computes';
      throw new HiddenstateError(
        'FILE',
        `${who}: ${nodeLabel(node)}: got input ${describeValue(input)} ${got}, expected an input of the graph, an ` +
          'initializer or an output of an earlier node',
      );
    }
  }
  // To look at the attributes of other operators would be to decode them.
  if (!graphs) return;
  for (const value of Object.values(node.attributes)) {
    if (value instanceof LazyGraph) {
      for (const use of value.operators) checkOperator(use, graph.opset, registry, who, functions);
    } else if (isGraph(value)) checkGraph(value as Graph, registry, who, known, functions);
  }
}

/**
 * What is known of what a node gives when it is loaded: whether it is strings, for most are not.
 *
 * @param decoded whether attributes are: to look at others would be to decode them
 */
function outputKind(node: Node, known: Scope<unknown>, decoded: boolean): Dtype | true {
  if (decoded && node.op === 'Constant') return constantOf(node)?.dtype ?? true;
  return givesTexts(node) && takesTexts(node, known) ? 'string' : true;
}

function takesTexts({ inputs }: Node, known: Scope<unknown>): boolean {
  return inputs.some((name) => known.get(name) === 'string');
}

/** What ONNX's own definition of an operator says: inputs that must be there, and none that nothing reads. */
function checkInputCount(node: Node, who: string): void {
  const [least, most] = node.domain === '' ? inputCounts(node.op) : [0, Number.POSITIVE_INFINITY];
  const { inputs } = node;
  const used = inputs.findLastIndex((input) => input !== '') + 1;
  const missing = inputs.slice(0, least).indexOf('');
  if (used > most || inputs.length < least || missing >= 0) {
    const got = missing >= 0 && inputs.length >= least ? `no input ${missing}` : `${used} inputs`;
    const expected = most === least ? `${least}` : used > most ? `at most ${most}` : `at least ${least}`;
    throw new HiddenstateError('FILE', `${who}: ${nodeLabel(node)}: got ${got}, expected ${expected}`);
  }
}

/** How a node without a name is told from others. */
function firstOutput(use: OperatorUse & Partial<Pick<Node, 'outputs'>>): string {
  return use.outputs?.find((output) => output !== '') ?? '';
}

function checkOperator(
  use: OperatorUse,
  opset: number,
  registry: Registry,
  who: string,
  functions: FunctionTable | undefined,
): void {
  if (isPlanned(use) || functions?.has(functionKey(use)) || findOperator(registry, use, opset)) return;
  const domain = use.domain === '' ? '' : `, domain ${describeValue(use.domain)}`;
  throw new HiddenstateError(
    'FILE',
    `${who}: node ${describeValue(use.name || firstOutput(use))}: got operator ${describeValue(use.op)} (opset ${opset}${domain}), ` +
      'expected one that hiddenstate has (docs/onnx.md lists them)',
  );
}

function assertGraphs(node: Node, names: readonly string[], who: string): void {
  for (const name of names) {
    if (!isGraph(node.attributes[name])) {
      throw typeError(`${who}: ${nodeLabel(node)}: got no attribute ${name}, expected a graph`);
    }
  }
}
