import type { Node } from './graph.js';
import type { Late, Prepared } from './operator.js';
import type { PlanDraft } from './plan-draft.js';
import type { PlanSource } from './plan-source.js';
import type { Planned, PlannedValue } from './planned-value.js';
import type { Scope } from './scope.js';

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
