import type { Engine } from '../engine/engine.js';
import type { SpectraKernels } from '../spectra/abi.js';
import type { Graph, GraphFunction, Node } from './graph.js';
import type { Memory } from './memory.js';
import type { Late, Prepared } from './operator.js';
import type { PlanDraft } from './plan-draft.js';
import type { Planned, PlannedValue } from './planned-value.js';
import type { Registry } from './registry.js';
import type { Scope } from './scope.js';
import type { WeightStore } from './weight-store.js';

/** Why a walk stops: everything is planned, or something must be read before it can go on. */
export type Stop =
  | { readonly kind: 'outputs'; readonly results: readonly Planned[] }
  | { readonly kind: 'value'; readonly value: PlannedValue }
  | LateStop;

/** A step whose outputs have dims that are known only after it has run. */
export interface LateStop {
  readonly kind: 'late';
  readonly late: readonly Late[];
  /** Of the node, those that are late without a place. */
  readonly outputs: readonly PlannedValue[];
  /** Which of them are late. */
  readonly places: readonly number[];
  readonly who: string;
}

/**
 * A position of the planner in a graph. Frames form a stack: one for each graph within a graph, and for each iteration of a loop that
 * is unrolled. A frame that throws UnknownElements has changed nothing; `advance` is called again when more elements are known.
 */
export interface Frame {
  /** Plans the next node. */
  advance(): void;
  /** Receives the results of the frame that was above this one. */
  receive(results: readonly Planned[]): void;
  /** A copy for another walk, which leaves this frame unchanged. */
  fork(walk: Walker, copies: Map<Scope<Planned>, Scope<Planned>>): Frame;
  /** Adds the values that nodes still to be planned will read (liveness). */
  live(into: Set<Planned>): void;
}

/** The walk over nested graphs, as frames and the planners of nodes that contain graphs see it. */
export interface Walker {
  readonly source: PlanSource;
  readonly draft: PlanDraft;
  /** Pushes a frame onto the stack. */
  push(frame: Frame): void;
  /** Pops the top frame and gives its results to the one below. */
  finish(results: readonly Planned[]): void;
  /** Runs until everything is planned, or an element must be computed before planning can continue. */
  run(): Stop;
  /** A walk over a graph within a step. */
  inner(draft: PlanDraft): Walker;
  /** The value of a name; `undefined` for an optional input that is left out. */
  lookUp(scope: Scope<Planned>, name: string): Planned | undefined;
  /** A value as it is known by now. */
  settled(value: Planned): Planned;
  /** Whether a value that hangs on feeds is better made known by making the feeds part of the plan. */
  isPartOfPlan(value: PlannedValue): boolean;
  /** @throws {RangeError} if more iterations are unrolled than a plan may have */
  countIteration(node: Node): void;
  /** Takes a node that is a tensor; `false` if it is none. */
  constant(node: Node, scope: Scope<Planned>): boolean;
  /** Plans a node; gives its outputs, or nothing where they come later, through `receive` of the frame on top. */
  perform(
    node: Node,
    inputs: readonly (Planned | undefined)[],
    opset: number,
    scope: Scope<Planned>,
    repeats: boolean,
  ): readonly Planned[] | undefined;
  /** Plans a node of an operator from the registry; `repeats` says whether it comes again with other inputs. */
  plan(
    node: Node,
    inputs: readonly (PlannedValue | undefined)[],
    opset: number,
    repeats: boolean,
  ): readonly PlannedValue[] | undefined;
  /** Adds a step; gives its outputs, or nothing where the plan must be read before it goes on. */
  draftStep(
    prepared: Prepared,
    inputs: readonly (PlannedValue | undefined)[],
    site: { readonly who: string },
  ): readonly PlannedValue[] | undefined;
}

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

/** Planners of the nodes that repeat a graph, by operator, and of those of sequences and optionals. */
export interface Repetitions {
  readonly control: Readonly<Record<string, (site: ControlNode) => Outcome>>;
  /** `undefined` if the node is none of sequences. */
  readonly list: (
    walk: Walker,
    node: Node,
    inputs: readonly (Planned | undefined)[],
    opset: number,
  ) => readonly Planned[] | undefined;
  /** @throws {Error} that names the function that does not fit */
  readonly checkFunctions: (graph: Graph, registry: Registry, who: string) => void;
  /** Puts the body of a function in the place of the node that calls it. */
  readonly callFunction: (
    walk: Walker,
    node: Node,
    inputs: readonly (Planned | undefined)[],
    called: GraphFunction,
    repeats: boolean,
  ) => void;
}

/** What all plans of a model are made from. */
export interface PlanSource {
  readonly engine: Engine;
  readonly memory: Memory;
  readonly graph: Graph;
  readonly registry: Registry;
  /** Planners of loops and sequences. Left out, there must be none. */
  readonly repetitions?: Repetitions | undefined;
  /** Makes the kernels of Fourier transforms over an engine's memory. Left out, convolutions do without. */
  readonly spectra?: ((engine: Engine) => SpectraKernels) | undefined;
  /** The model's own constants. */
  readonly weights: WeightStore;
  /** Iterations that the loops of a run may still take, all together. */
  readonly budget: { iterations: number };
  /** The beginning of error messages. */
  readonly who: string;
  /** Bytes that a plan may take; what suits its feeds unless given. */
  readonly maxBytes?: number | undefined;
  /** Told of each node that is planned. */
  readonly onStep?: OnStep | undefined;
}

/** What is told of a node that is planned: what goes in and what comes out, as far as that is known before it runs. */
export type OnStep = (
  node: Node,
  inputs: readonly (PlannedValue | undefined)[],
  outputs: readonly PlannedValue[] | undefined,
) => void;
