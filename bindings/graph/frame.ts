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

/** A step whose outputs have dims that only its run tells. */
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
 * A place where planning stands. Frames lie on one another as graphs do within graphs, and iterations in a loop that is unrolled.
 * A frame that throws UnknownElements has changed nothing: it is asked again once more is known.
 */
export interface Frame {
  /** Does what comes next. */
  advance(): void;
  /** Takes the results of the frame that lay on top. */
  receive(results: readonly Planned[]): void;
  /** The same place for another walk, which goes on without changing this one. */
  fork(walk: Walker, copies: Map<Scope<Planned>, Scope<Planned>>): Frame;
  /** Adds what is still to be read. */
  live(into: Set<Planned>): void;
}

/** What a walk over graphs offers to frames, and to those who plan nodes that hold graphs. */
export interface Walker {
  readonly source: PlanSource;
  readonly draft: PlanDraft;
  /** Lays a frame on top. */
  push(frame: Frame): void;
  /** Takes the top frame off and hands its results to the one below. */
  finish(results: readonly Planned[]): void;
  /** Goes on until everything is planned or something must be read. */
  run(): Stop;
  /** A walk over a graph within a step. */
  inner(draft: PlanDraft): Walker;
  /** What a name stands for; `undefined` for the optional that is left out. */
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
