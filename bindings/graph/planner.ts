import type { Engine } from '../engine/engine.js';
import { elementCount, formatDims } from '../tensor.js';
import { Folder } from './folder.js';
import {
  type Graph,
  isGraph,
  isTensor,
  LazyTensor,
  type Node,
  nodeLabel,
  type TensorValue,
  tensorOf,
} from './graph.js';
import { planLoops, tightStrides } from './loops.js';
import type { Memory } from './memory.js';
import { type Computed, type Output, type Prepared, twinOf } from './operator.js';
import { copyStep } from './operators/copying.js';
import {
  assertPlanBytes,
  type Buffer,
  joinOrigins,
  knownValue,
  MAX_BYTES,
  type PlannedValue,
  planLimit,
  tensorBytes,
} from './planned-value.js';
import { findOperator, isIf, type Registry } from './registry.js';
import { Scope } from './scope.js';
import { NodeSite } from './site.js';
import { layOut } from './slab-layout.js';
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
}

/** A feed as a plan takes it: its dims, and its elements where the plan is made for them. */
export interface FeedSpec {
  readonly name: string;
  readonly dims: readonly number[];
  readonly constant?: TensorValue;
}

/** A step still to be bound: what it computes from what. */
export interface PendingStep {
  readonly prepared: Prepared;
  readonly inputs: readonly (PlannedValue | undefined)[];
  readonly outputs: readonly PlannedValue[];
  readonly scratch?: Buffer;
}

/** A graph with all shapes known, laid out in one slab, not yet in memory. */
export interface Outline {
  readonly steps: readonly PendingStep[];
  readonly feeds: ReadonlyMap<string, PlannedValue>;
  /** In the order of the graph's outputs. */
  readonly outputs: readonly PlannedValue[];
  readonly slabBytes: number;
}

/** The last step of what must be there when all have run. */
const END = Number.MAX_SAFE_INTEGER;

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
  const folder = new Folder(source.engine, source.memory, source.who);
  try {
    return new Walk(source, folder).run(feeds, pinned, states);
  } finally {
    folder.release();
  }
}

/** A step that gives no element is none, however long its loops. */
function withoutEmptySteps(prepared: Prepared): Prepared {
  const { bind, outputs } = prepared;
  if (!bind || !outputs.every((output) => 'dims' in output && !('alias' in output) && output.dims.includes(0)))
    return prepared;
  return {
    outputs: (outputs as readonly Computed[]).map(({ dtype, dims }) => ({ constant: tensorOf(dtype, dims, []) })),
  };
}

class Walk {
  private limit = MAX_BYTES;
  private readonly steps: PendingStep[] = [];
  private readonly buffers: Buffer[] = [];

  constructor(
    private readonly source: PlanSource,
    private readonly folder: Folder,
  ) {}

  run(
    specs: readonly FeedSpec[],
    pinned: ReadonlySet<string> | undefined,
    states: ReadonlyMap<string, number>,
  ): Outline {
    const { graph, who } = this.source;
    const scope = new Scope<PlannedValue>();
    const feeds = new Map<string, PlannedValue>();
    for (const { name, dims, constant } of specs) {
      const dtype = graph.inputs.find((input) => input.name === name)?.dtype ?? 'float32';
      const value = constant
        ? knownValue(constant)
        : {
            dtype,
            dims,
            buffer: this.buffer(tensorBytes(dtype, dims, `${who}: feed ${name}`), -1),
            origins: new Set([name]),
          };
      if (value.buffer && pinned?.has(name)) value.buffer.last = END;
      feeds.set(name, value);
      scope.set(name, value);
    }
    this.limit = planLimit(this.buffers.reduce((sum, { bytes }) => sum + bytes, 0));
    this.walk(graph, scope);
    const found = graph.outputs.map(({ name }) => this.lookUp(scope, name));
    const outputs = pinned ? found.map((value) => this.ownCopy(value)) : found;
    for (const { buffer } of outputs) if (buffer) buffer.last = END;
    for (const [name, i] of states) this.advanceInPlace(feeds.get(name)?.buffer, outputs[i].buffer);
    return { steps: this.steps, feeds, outputs, slabBytes: assertPlanBytes(layOut(this.buffers), this.limit, who) };
  }

  /** Lets a next state be written over the state, if the step that writes it may, and is the last to read the state. */
  private advanceInPlace(state: Buffer | undefined, next: Buffer | undefined): void {
    if (!state || !next || next.over || next.bytes !== state.bytes || next.first < 0) return;
    const { prepared, inputs, outputs } = this.steps[next.first];
    const from = prepared.inPlace?.find(
      (_, i) => outputs[i]?.buffer === next && twinOf(prepared.outputs[i]) === undefined,
    );
    if (from === undefined || inputs[from]?.buffer !== state) return;
    if (inputs.some((input, i) => i !== from && input?.buffer === state)) return;
    if (this.steps.slice(next.first + 1).some((step) => step.inputs.some((input) => input?.buffer === state))) return;
    if (this.buffers.some(({ over }) => over === state)) return;
    next.over = state;
  }

  /** An output that stays where it is while feeds are written: one that is a feed, or known, is copied. */
  private ownCopy(value: PlannedValue): PlannedValue {
    const { dtype, dims, buffer } = value;
    if (buffer && buffer.first >= 0) return value;
    const loops = planLoops(this.source, dims, [tightStrides(dims), tightStrides(dims)]);
    const prepared: Prepared = {
      outputs: [{ dtype, dims }],
      bind: (place) => copyStep(place, dtype, place.output(0), place.input(0), loops),
    };
    return this.outputsOf(prepared, [value], this.source.who)[0];
  }

  private walk(graph: Graph, scope: Scope<PlannedValue>): void {
    for (const [name, constant] of graph.constants) {
      this.source.weights.adopt(constant);
      scope.set(name, knownValue(constant));
    }
    for (const node of graph.nodes) {
      if (this.constant(node, scope)) continue;
      const inputs = node.inputs.map((name) => (name === '' ? undefined : this.lookUp(scope, name)));
      const outputs = isIf(node) ? this.branch(node, inputs, graph, scope) : this.plan(node, inputs, graph.opset);
      node.outputs.forEach((name, i) => {
        if (name !== '') scope.set(name, this.output(outputs, i, node));
      });
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
    throw new RangeError(`${nodeLabel(node)}: got ${node.outputs.length} outputs, expected at most ${outputs.length}`);
  }

  private lookUp(scope: Scope<PlannedValue>, name: string): PlannedValue {
    const value = scope.get(name);
    if (value) return value;
    throw new Error(`${this.source.who}: got the name ${JSON.stringify(name)} that nothing computes`);
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
      throw new RangeError(`${site.who}: condition: got dims ${formatDims(condition.dims)}, expected one element`);
    }
    const taken = condition.data[0] ? 'then_branch' : 'else_branch';
    const graph = node.attributes[taken];
    if (!isGraph(graph)) throw new TypeError(`${site.who}: got no attribute ${taken}, expected a graph`);
    const inner = new Scope(scope);
    this.walk(graph, inner);
    return graph.outputs.map(({ name }) => this.lookUp(inner, name));
  }

  private plan(node: Node, inputs: readonly (PlannedValue | undefined)[], opset: number): PlannedValue[] {
    const { weights, registry, who } = this.source;
    let known = true;
    let shared = true;
    for (const input of inputs) {
      if (!input) continue;
      if (!input.constant) known = false;
      if (!input.constant || !weights.owns(input.constant)) shared = false;
    }
    const before = shared ? weights.folded.get(node) : undefined;
    if (before) return before.map(knownValue);
    const operator = findOperator(registry, node, opset);
    if (!operator) throw new Error(`${who}: ${node.op}: got no such operator`);
    const site = new NodeSite(node, inputs, opset);
    let prepared = withoutEmptySteps(operator(site));
    const folded = known && prepared.bind && this.folder.fold(prepared, inputs, site.who);
    if (folded) prepared = { outputs: folded };
    const outputs = this.outputsOf(prepared, inputs, site.who);
    if (shared && outputs.every(({ constant }) => constant)) {
      const constants = outputs.map(({ constant }) => constant as TensorValue);
      constants.forEach((constant) => {
        weights.adopt(constant);
      });
      weights.folded.set(node, constants);
    }
    return outputs;
  }

  /** Makes the outputs' values, and the step where something is left to compute. */
  private outputsOf(prepared: Prepared, inputs: readonly (PlannedValue | undefined)[], who: string): PlannedValue[] {
    const index = this.steps.length;
    const origins = joinOrigins(inputs);
    const made = prepared.outputs.map((output) => this.valueOf(output, inputs, origins, who));
    const outputs = made.map((value, i) => {
      const twin = twinOf(prepared.outputs[i]);
      return twin === undefined ? value : { ...value, buffer: made[twin].buffer };
    });
    if (!prepared.bind || prepared.outputs.every((output) => 'alias' in output || 'constant' in output)) return outputs;
    for (const input of inputs) if (input?.buffer) input.buffer.last = Math.max(input.buffer.last, index);
    const scratch = prepared.scratch ? this.buffer(prepared.scratch * 4, index) : undefined;
    this.steps.push({ prepared, inputs, outputs, scratch });
    return outputs;
  }

  private valueOf(
    output: Output,
    inputs: readonly (PlannedValue | undefined)[],
    origins: ReadonlySet<string>,
    who: string,
  ): PlannedValue {
    if ('constant' in output) return knownValue(output.constant);
    if (!('alias' in output)) {
      const { dtype, dims } = output;
      const bytes = tensorBytes(dtype, dims, who);
      const buffer = twinOf(output) === undefined ? this.buffer(bytes, this.steps.length) : undefined;
      return { dtype, dims, origins, buffer };
    }
    const input = inputs[output.alias] as PlannedValue;
    const { dims, dtype = input.dtype } = output;
    if (elementCount(dims, who) !== elementCount(input.dims, who)) {
      throw new RangeError(
        `${who}: got dims ${formatDims(input.dims)}, expected as many elements as ${formatDims(dims)}`,
      );
    }
    const known = input.constant;
    const constant = known && new LazyTensor(dtype, dims, () => known.data);
    return { dtype, dims, constant, buffer: input.buffer, origins: input.origins };
  }

  private buffer(bytes: number, first: number): Buffer {
    assertPlanBytes(bytes, this.limit, this.source.who);
    const buffer = { bytes, first, last: first, offset: 0 };
    this.buffers.push(buffer);
    return buffer;
  }
}
