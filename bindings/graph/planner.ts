import type { Engine } from '../engine/engine.js';
import { HiddenstateError, rangeError, typeError } from '../errors.js';
import { formatDims } from '../tensor.js';
import type { Dtype } from './dtype.js';
import { Folder } from './folder.js';
import { type Graph, isGraph, isTensor, LazyGraph, type Node, nodeLabel, type TensorValue, tensorOf } from './graph.js';
import type { Memory } from './memory.js';
import { type Computed, isComputed, type Prepared } from './operator.js';
import { type PendingStep, PlanDraft } from './plan-draft.js';
import { knownValue, type PlannedValue } from './planned-value.js';
import { checkGraph, findOperator, isIf, type Registry } from './registry.js';
import { Scope } from './scope.js';
import { NodeSite } from './site.js';
import type { WeightStore } from './weight-store.js';

/** What all plans of a model are made from. */
export interface PlanSource {
  readonly engine: Engine;
  readonly memory: Memory;
  readonly graph: Graph;
  readonly registry: Registry;
  /** The model's own constants. */
  readonly weights: WeightStore;
  /** The beginning of error messages. */
  readonly who: string;
  /** Bytes that a plan may take; what suits its feeds unless given. */
  readonly maxBytes?: number | undefined;
}

/** A feed as a plan takes it: its dims, and its elements where the plan is made for them. */
export interface FeedSpec {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly constant?: TensorValue;
}

/** A graph with all shapes known, laid out in one slab, not yet in memory. */
export interface Outline {
  readonly steps: readonly PendingStep[];
  readonly feeds: ReadonlyMap<string, PlannedValue>;
  /** In the order of the graph's outputs. */
  readonly outputs: readonly PlannedValue[];
  readonly slabBytes: number;
}

/**
 * Walks a graph with the dims of its feeds: folds what is known, asks every operator for its step, takes the branches that
 * are taken, and lays buffers out by their lifetimes. Memory is used only while folding.
 *
 * @param pinned for a stream: feeds whose buffers must keep their contents to the end; outputs then have buffers of their own
 * @param states for feeds that are states, which output is the next one: it takes the state's place where that can be
 * @throws {UnknownElements} if an operator needs the elements of a value that hangs on feeds
 * @throws {TypeError | RangeError} if an operator does not take its inputs, or the plan needs more than a gigabyte
 */
export function outline(
  source: PlanSource,
  feeds: readonly FeedSpec[],
  pinned: ReadonlySet<string> | undefined,
  states: ReadonlyMap<string, number>,
): Outline {
  const folder = new Folder(source);
  try {
    return new Walk(source, folder).run(feeds, pinned, states);
  } finally {
    folder.release();
  }
}

/** A step that gives no element is none, however long its loops. */
function withoutEmptySteps(prepared: Prepared): Prepared {
  const { bind, outputs } = prepared;
  if (!bind) return prepared;
  for (const output of outputs) if (!isComputed(output) || !output.dims.includes(0)) return prepared;
  return {
    outputs: (outputs as readonly Computed[]).map(({ dtype, dims }) => ({ constant: tensorOf(dtype, dims, []) })),
  };
}

class Walk {
  private readonly draft: PlanDraft;

  constructor(
    private readonly source: PlanSource,
    private readonly folder: Folder,
  ) {
    this.draft = new PlanDraft(source.who, source.maxBytes);
  }

  run(
    specs: readonly FeedSpec[],
    pinned: ReadonlySet<string> | undefined,
    states: ReadonlyMap<string, number>,
  ): Outline {
    const { draft } = this;
    const { graph } = this.source;
    const scope = new Scope<PlannedValue>();
    const feeds = new Map<string, PlannedValue>();
    for (const { name, dtype, dims, constant } of specs) {
      const value = constant ? knownValue(constant) : draft.feed(name, dtype, dims, pinned?.has(name) === true);
      feeds.set(name, value);
      scope.set(name, value);
    }
    draft.endFeeds();
    this.walk(graph, scope);
    const outputs: PlannedValue[] = [];
    for (const { name } of graph.outputs) {
      const value = this.lookUp(scope, name);
      outputs.push(pinned ? draft.ownCopy(value) : value);
    }
    return { steps: draft.steps, feeds, outputs, slabBytes: draft.layOut(feeds, outputs, states) };
  }

  private walk(graph: Graph, scope: Scope<PlannedValue>): void {
    for (const [name, constant] of graph.constants) {
      this.source.weights.adopt(constant);
      scope.set(name, knownValue(constant));
    }
    for (const node of graph.nodes) {
      if (this.constant(node, scope)) continue;
      const inputs: (PlannedValue | undefined)[] = new Array(node.inputs.length);
      for (let i = 0; i < inputs.length; i++) {
        const name = node.inputs[i];
        inputs[i] = name === '' ? undefined : this.lookUp(scope, name);
      }
      const outputs = isIf(node) ? this.branch(node, inputs, graph, scope) : this.plan(node, inputs, graph.opset);
      for (let i = 0; i < node.outputs.length; i++) {
        const name = node.outputs[i];
        if (name !== '') scope.set(name, this.output(outputs, i, node));
      }
    }
  }

  /** Half of an exported graph are tensors in nodes of their own: taken as initializers are, without planning them. */
  private constant(node: Node, scope: Scope<PlannedValue>): boolean {
    if (node.op !== 'Constant' || node.domain !== '' || node.inputs.length > 0 || node.outputs.length !== 1)
      return false;
    const { value } = node.attributes;
    if (!isTensor(value)) return false;
    this.source.weights.adopt(value);
    if (node.outputs[0] !== '') scope.set(node.outputs[0], knownValue(value));
    return true;
  }

  private output(outputs: readonly PlannedValue[], i: number, node: Node): PlannedValue {
    if (outputs[i]) return outputs[i];
    throw rangeError(`${nodeLabel(node)}: got ${node.outputs.length} outputs, expected at most ${outputs.length}`);
  }

  private lookUp(scope: Scope<PlannedValue>, name: string): PlannedValue {
    const value = scope.get(name);
    if (value) return value;
    throw new HiddenstateError(
      'FILE',
      `${this.source.who}: got the name ${JSON.stringify(name)} that nothing computes`,
    );
  }

  /** Takes the branch of an If whose condition is known. */
  private branch(
    node: Node,
    inputs: readonly (PlannedValue | undefined)[],
    { opset }: Graph,
    scope: Scope<PlannedValue>,
  ): PlannedValue[] {
    const site = new NodeSite(node, inputs, opset);
    const condition = site.constant(0);
    if (condition.data.length !== 1) {
      throw rangeError(`${site.who}: condition: got dims ${formatDims(condition.dims)}, expected one element`);
    }
    const taken = condition.data[0] ? 'then_branch' : 'else_branch';
    const branch = node.attributes[taken];
    if (!isGraph(branch)) throw typeError(`${site.who}: got no attribute ${taken}, expected a graph`);
    const { registry, who } = this.source;
    const check = (read: Graph) => checkGraph(read, registry, who, scope);
    const graph = branch instanceof LazyGraph ? branch.open(check) : branch;
    const inner = new Scope(scope);
    this.walk(graph, inner);
    return graph.outputs.map(({ name }) => this.lookUp(inner, name));
  }

  private plan(node: Node, inputs: readonly (PlannedValue | undefined)[], opset: number): PlannedValue[] {
    const { weights, registry, who } = this.source;
    let known = true;
    let shared = true;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i];
      if (!input) continue;
      if (!input.constant) known = false;
      if (!input.constant || !weights.owns(input.constant)) shared = false;
    }
    const before = shared ? weights.folded.get(node) : undefined;
    if (before) return before.map(knownValue);
    const operator = findOperator(registry, node, opset);
    if (!operator) throw new HiddenstateError('UNSUPPORTED', `${who}: ${node.op}: got no such operator`);
    const site = new NodeSite(node, inputs, opset);
    let prepared = withoutEmptySteps(operator(site));
    const folded = known && prepared.bind && !prepared.differs && this.folder.fold(prepared, inputs, site);
    if (folded) prepared = { outputs: folded };
    const outputs = this.draft.add(prepared, inputs, site);
    if (shared) this.keepFolded(node, outputs);
    return outputs;
  }

  /** Constants made of the model's own are its own too. */
  private keepFolded(node: Node, outputs: readonly PlannedValue[]): void {
    const { weights } = this.source;
    const constants: TensorValue[] = [];
    for (const { constant } of outputs) {
      if (!constant) return;
      constants.push(constant);
    }
    for (const constant of constants) weights.adopt(constant);
    weights.folded.set(node, constants);
  }
}
