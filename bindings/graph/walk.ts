import { HiddenstateError, rangeError } from '../errors.js';
import { planControl } from './control/plan-control.js';
import type { Folder } from './folder.js';
import type { Frame, LateStop, PlanSource, Stop, Walker } from './frame.js';
import { constantOf, type Node, nodeLabel, type TensorValue, tensorOf } from './graph.js';
import { type Computed, isComputed, isLate, type Prepared } from './operator.js';
import type { PlanDraft } from './plan-draft.js';
import { isTensorValue, knownValue, type Planned, type PlannedValue } from './planned-value.js';
import { findOperator } from './registry.js';
import type { Scope } from './scope.js';
import { NodeSite, UnknownElements } from './site.js';
import { tensorInput } from './tensor-input.js';
import { assertMovesTexts } from './text-operators.js';

/** Iterations of loops that a plan may unroll. */
const MAX_UNROLLED = 2 ** 14;

/** Nodes that a plan may walk over, loops and functions included. */
const MAX_NODES = 2 ** 18;

/** Thrown where a graph within a step has a step whose outputs have dims that only its run tells. */
class LateInside extends Error {}

/** Walks graphs, frame upon frame, and drafts the steps of a plan. */
export class Walk implements Walker {
  private readonly frames: Frame[] = [];
  private results: readonly Planned[] = [];
  private stop: LateStop | undefined;
  /** What all of a plan took so far, graphs within steps included. */
  private effort = { unrolled: 0, nodes: 0 };

  /**
   * @param specialises whether a value that hangs on feeds is better made known by making the feeds part of the plan
   * @param known values that were read when a part of the plan had run
   */
  constructor(
    readonly source: PlanSource,
    private readonly folder: Folder,
    readonly draft: PlanDraft,
    private readonly specialises: (value: PlannedValue) => boolean,
    private readonly known = new Map<PlannedValue, PlannedValue>(),
  ) {}

  /**
   * Goes on until everything is planned or something must be read.
   *
   * @throws {UnknownElements} if that is better known as part of the plan, or lies within a step
   */
  run(): Stop {
    for (;;) {
      const top = this.frames.at(-1);
      if (!top) return { kind: 'outputs', results: this.results };
      try {
        top.advance();
      } catch (error) {
        if (!(error instanceof UnknownElements) || !this.canStopFor(error.value)) throw error;
        return { kind: 'value', value: error.value };
      }
      if (this.stop) return this.stop;
    }
  }

  private canStopFor(value: PlannedValue): boolean {
    return !this.draft.home.inner && value.buffer !== undefined && !value.buffer.home.inner && !this.specialises(value);
  }

  push(frame: Frame): void {
    this.frames.push(frame);
  }

  /** Takes the top frame off and hands its results to the one below. */
  finish(results: readonly Planned[]): void {
    this.frames.pop();
    const below = this.frames.at(-1);
    if (below) below.receive(results);
    else this.results = results;
  }

  /** Another walk, from where this one stands, over a draft of its own. */
  fork(folder: Folder, draft: PlanDraft): Walk {
    const walk = new Walk(this.source, folder, draft, this.specialises, new Map(this.known));
    const copies = new Map<Scope<Planned>, Scope<Planned>>();
    for (const frame of this.frames) walk.frames.push(frame.fork(walk, copies));
    walk.effort = { ...this.effort };
    return walk;
  }

  /** A walk over a graph within a step. */
  inner(draft: PlanDraft): Walk {
    const walk = new Walk(this.source, this.folder, draft, this.specialises, this.known);
    walk.effort = this.effort;
    return walk;
  }

  /** Makes a value known from here on. */
  know(value: PlannedValue, constant: TensorValue): void {
    this.known.set(value, knownValue(constant));
  }

  /**
   * Goes on behind a step whose outputs are there.
   *
   * @param dims of those that were late
   * @returns the late ones, to be written before the first step
   */
  arrive({ late, outputs, places, who }: LateStop, dims: readonly (readonly number[])[]): readonly PlannedValue[] {
    const entries = late.map(({ dtype }, i) => this.draft.entry(dtype, dims[i], outputs[places[i]].origins, { who }));
    const results = [...outputs];
    for (let i = 0; i < places.length; i++) results[places[i]] = entries[i];
    this.frames.at(-1)?.receive(results);
    return entries;
  }

  /** Tensors that will be read from here on. */
  live(): PlannedValue[] {
    const values = new Set<Planned>();
    for (const frame of this.frames) frame.live(values);
    for (const output of this.stop?.outputs ?? []) values.add(output);
    return [...values].flatMap((value) => ('items' in value ? value.items : isTensorValue(value) ? [value] : []));
  }

  /** @throws {RangeError} if more iterations are unrolled than a plan may have */
  countIteration(node: Node): void {
    this.effort.unrolled++;
    if (this.effort.unrolled <= MAX_UNROLLED) return;
    throw rangeError(
      `${nodeLabel(node)}: got more than ${MAX_UNROLLED} iterations whose shapes or choices hang on what they compute, expected ` +
        'fewer: a loop whose values keep their dims runs longer',
    );
  }

  /** What a name stands for; `undefined` for the optional that is left out. */
  lookUp(scope: Scope<Planned>, name: string): Planned | undefined {
    if (name === '') return undefined;
    const value = scope.get(name);
    if (value) return this.settled(value);
    throw new HiddenstateError(
      'FILE',
      `${this.source.who}: got the name ${JSON.stringify(name)} that nothing computes`,
    );
  }

  /** Whether a value that hangs on feeds is better made known by making the feeds part of the plan. */
  isPartOfPlan(value: PlannedValue): boolean {
    return this.specialises(value);
  }

  /** A value as it is known by now. */
  settled(value: Planned): Planned {
    return this.known.size > 0 && isTensorValue(value) ? (this.known.get(value) ?? value) : value;
  }

  /** Tensors in nodes of their own, half of an exported graph: taken as initializers are, without planning them. */
  constant(node: Node, scope: Scope<Planned>): boolean {
    if (node.op !== 'Constant' || node.domain !== '' || node.inputs.length > 0 || node.outputs.length !== 1)
      return false;
    const value = constantOf(node);
    if (!value) return false;
    this.source.weights.adopt(value);
    if (node.outputs[0] !== '') scope.set(node.outputs[0], knownValue(value));
    return true;
  }

  /**
   * Plans a node.
   *
   * @returns its outputs; `undefined` where they come later, through `receive` of the frame on top
   */
  perform(
    node: Node,
    inputs: readonly (Planned | undefined)[],
    opset: number,
    scope: Scope<Planned>,
    repeats: boolean,
  ): readonly Planned[] | undefined {
    this.effort.nodes++;
    if (this.effort.nodes > MAX_NODES) {
      throw rangeError(`${this.source.who}: got more than ${MAX_NODES} nodes with loops and functions, expected fewer`);
    }
    const control = planControl(this, node, inputs, opset, scope, repeats);
    if (control !== 'other') return control;
    const list = this.source.repetitions?.list(this, node, inputs, opset);
    return (
      list ??
      this.plan(
        node,
        inputs.map((input, i) => tensorInput(input, i, node)),
        opset,
        repeats,
      )
    );
  }

  /**
   * Plans a node of an operator from the registry.
   *
   * @param repeats whether the node comes again with other inputs
   */
  plan(
    node: Node,
    inputs: readonly (PlannedValue | undefined)[],
    opset: number,
    repeats: boolean,
  ): readonly PlannedValue[] | undefined {
    const { weights, registry, who } = this.source;
    const constants: (TensorValue | undefined)[] = [];
    let known = true;
    let shared = !repeats;
    for (const input of inputs) {
      constants.push(input?.constant);
      if (!input) continue;
      if (input.dtype === 'string') assertMovesTexts(node, '');
      if (!input.constant) known = false;
      if (!input.constant || !weights.owns(input.constant)) shared = false;
    }
    const before = shared ? weights.foldedBefore(node, constants) : undefined;
    if (before) return before.map(knownValue);
    const operator = findOperator(registry, node, opset);
    if (!operator) throw new HiddenstateError('UNSUPPORTED', `${who}: ${node.op}: got no such operator`);
    const site = new NodeSite(node, inputs, opset, this.source.graph);
    let prepared = withoutEmptySteps(operator(site));
    const folded = known && prepared.bind && !prepared.differs && this.folder.fold(prepared, inputs, site);
    if (folded) prepared = { outputs: folded };
    const outputs = this.draftStep(prepared, inputs, site);
    this.source.onStep?.(node, inputs, outputs);
    if (outputs && shared) this.keepFolded(node, constants, outputs);
    return outputs;
  }

  /**
   * Adds a step.
   *
   * @returns its outputs; `undefined` if the plan must be read before it goes on
   */
  draftStep(
    prepared: Prepared,
    inputs: readonly (PlannedValue | undefined)[],
    site: { readonly who: string },
  ): readonly PlannedValue[] | undefined {
    const late = prepared.outputs.filter(isLate);
    if (late.length > 0 && this.draft.home.inner) throw new LateInside(`${site.who}: got outputs of unknown dims`);
    const outputs = this.draft.add(prepared, inputs, site);
    if (late.length === 0) return outputs;
    const places = late.map((output) => prepared.outputs.indexOf(output));
    this.stop = { kind: 'late', late, outputs, places, who: site.who };
    return undefined;
  }

  /** Constants made of the model's own are its own too. */
  private keepFolded(node: Node, inputs: readonly (TensorValue | undefined)[], outputs: readonly PlannedValue[]): void {
    const constants: TensorValue[] = [];
    for (const { constant } of outputs) {
      if (!constant) return;
      constants.push(constant);
    }
    this.source.weights.keepFolded(node, inputs, constants);
  }
}

/** Steps with empty outputs are dropped from the plan, however long their loops. */
function withoutEmptySteps(prepared: Prepared): Prepared {
  const { bind, outputs } = prepared;
  if (!bind) return prepared;
  for (const output of outputs) if (!isComputed(output) || !output.dims.includes(0)) return prepared;
  return {
    outputs: (outputs as readonly Computed[]).map(({ dtype, dims }) => ({ constant: tensorOf(dtype, dims, []) })),
  };
}
