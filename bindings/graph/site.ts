import { HiddenstateError, typeError } from '../errors.js';
import { Attributes } from './attributes.js';
import { type Graph, isGraph, LazyGraph, type Node, nodeLabel, type TensorValue } from './graph.js';
import type { Known, Site } from './operator.js';
import type { PlannedValue } from './planned-value.js';

/** Thrown where planning needs the elements of a value that hangs on feeds. */
export class UnknownElements extends HiddenstateError {
  readonly value: PlannedValue;

  /**
   * @param who the node that needs them
   * @param what the input that they are
   */
  constructor(who: string, what: string, value: PlannedValue) {
    super(
      'UNSUPPORTED',
      `${who}: ${what}: got a value that is computed from feeds, expected one that is known from constants, shapes, or feeds ` +
        'of a few integers',
    );
    this.value = value;
  }
}

/** A node with its inputs, as an operator sees it. */
export class NodeSite implements Site {
  readonly attributes: Attributes;
  private label: string | undefined;

  constructor(
    private readonly node: Node,
    readonly inputs: readonly (PlannedValue | undefined)[],
    readonly opset: number,
    private readonly graph?: Graph,
  ) {
    this.attributes = new Attributes(node);
  }

  /** Made when it is first asked for: most nodes have nothing to complain about. */
  get who(): string {
    this.label ??= nodeLabel(this.node);
    return this.label;
  }

  get outputCount(): number {
    return this.node.outputs.length;
  }

  isBeside(op: string): boolean {
    return this.graph !== undefined && hasOperator(this.graph, op);
  }

  wants(output: number): boolean {
    return (this.node.outputs[output] ?? '') !== '';
  }

  input(i: number): Known {
    const input = this.inputs[i];
    if (!input) throw typeError(`${this.who}: got no input ${i}, expected one`);
    return input;
  }

  constant(i: number): TensorValue {
    const input = this.input(i) as PlannedValue;
    if (input.constant) return input.constant;
    throw new UnknownElements(this.who, `input ${i}`, input);
  }
}

/** Whether a graph or one within it has a node of an operator. */
function hasOperator({ nodes }: Graph, op: string): boolean {
  return nodes.some((node) => {
    if (node.op === op) return true;
    return Object.values(node.attributes).some((value) => {
      if (value instanceof LazyGraph) return value.operators.some((use) => use.op === op);
      return isGraph(value) && !(value instanceof LazyGraph) && hasOperator(value, op);
    });
  });
}
