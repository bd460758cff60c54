import { HiddenstateError } from '../errors.js';
import type { Dtype } from './dtype.js';
import { Folder } from './folder.js';
import type { PlanSource } from './frame.js';
import type { TensorValue } from './graph.js';
import { GraphFrame } from './graph-frame.js';
import type { Late } from './operator.js';
import { type PendingStep, PlanDraft } from './plan-draft.js';
import { type Home, isTensorValue, knownValue, type Planned, type PlannedValue } from './planned-value.js';
import { Scope } from './scope.js';
import { Walk } from './walk.js';

/** A feed as a plan takes it: its dims, and its elements where the plan is made for them. */
export interface FeedSpec {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly constant?: TensorValue;
}

/** What an outline is made for. */
export interface OutlineRequest {
  readonly feeds: readonly FeedSpec[];
  /** For a stream: feeds whose buffers must keep their contents to the end; outputs then have buffers of their own. */
  readonly pinned: ReadonlySet<string> | undefined;
  /** For feeds that are states, which output is the next one: it takes the state's place where that can be. */
  readonly states: ReadonlyMap<string, number>;
  /** Whether a value that hangs on feeds is better made known by making the feeds part of the plan. */
  readonly specialises: (value: PlannedValue) => boolean;
}

/** A graph, or the part of it up to where something must be read before planning can go on: laid out, not yet in memory. */
export interface Outline {
  readonly home: Home;
  readonly steps: readonly PendingStep[];
  /** Of the first part alone. */
  readonly feeds: ReadonlyMap<string, PlannedValue>;
  /** What is written before the first step: what came out of the part before with dims that were not known. */
  readonly entries: readonly PlannedValue[];
  readonly slabBytes: number;
  readonly ending: Ending;
}

/** How a part of a plan ends: with the outputs, or with something that the rest is planned for. */
export type Ending =
  /** In the order of the graph's outputs. */
  | { readonly kind: 'outputs'; readonly outputs: readonly PlannedValue[] }
  /** The elements of a value. */
  | { readonly kind: 'value'; readonly value: PlannedValue; next(known: TensorValue): Outline }
  /** The dims of what a step made in arrays. */
  | { readonly kind: 'late'; readonly late: readonly Late[]; next(dims: readonly (readonly number[])[]): Outline };

/**
 * Walks a graph with the dims of its feeds: folds what is known, asks every operator for its step, takes the branches that
 * are taken, and lays buffers out by their lifetimes. Memory is used only while folding.
 *
 * @throws {UnknownElements} if an operator needs the elements of a value that `specialises` says is better known as part of the plan
 * @throws {TypeError | RangeError} if an operator does not take its inputs, or the plan needs more than a gigabyte
 */
export function outline(source: PlanSource, request: OutlineRequest): Outline {
  const draft = new PlanDraft(source.who);
  const scope = new Scope<Planned>();
  const feeds = new Map<string, PlannedValue>();
  for (const { name, dtype, dims, constant } of request.feeds) {
    const value = constant ? knownValue(constant) : draft.feed(name, dtype, dims, request.pinned?.has(name) === true);
    feeds.set(name, value);
    scope.set(name, value);
  }
  draft.endFeeds(source.maxBytes);
  return walked(source, request, (folder) => {
    const walk = new Walk(source, folder, draft, request.specialises);
    walk.push(GraphFrame.enter(walk, source.graph, scope, false));
    return { walk, feeds, entries: [] };
  });
}

/** A walk that is about to begin or to go on. */
interface Start {
  readonly walk: Walk;
  readonly feeds: ReadonlyMap<string, PlannedValue>;
  readonly entries: readonly PlannedValue[];
}

function walked(source: PlanSource, request: OutlineRequest, start: (folder: Folder) => Start): Outline {
  const folder = new Folder(source);
  try {
    const { walk, feeds, entries } = start(folder);
    const stop = walk.run();
    const { draft } = walk;
    const part = { home: draft.home, steps: draft.steps, feeds, entries };
    if (stop.kind === 'outputs') {
      const outputs = stop.results.map((result, i) => outputOf(result, i, source));
      const owned = request.pinned ? outputs.map((output) => draft.ownCopy(output)) : outputs;
      const whole = feeds.size === request.feeds.length;
      const slabBytes = draft.layOut(feeds, owned, whole ? request.states : new Map());
      return { ...part, slabBytes, ending: { kind: 'outputs', outputs: owned } };
    }
    for (const value of walk.live()) draft.keep(value);
    if (stop.kind === 'value') draft.keep(stop.value);
    const slabBytes = draft.layOut(new Map(), [], new Map());
    const rest = draft.most - slabBytes;
    const goOn = (begin: (next: Walk) => readonly PlannedValue[]): Outline =>
      walked(source, request, (again) => {
        const next = walk.fork(again, new PlanDraft(source.who, false, rest));
        return { walk: next, feeds: NO_FEEDS, entries: begin(next) };
      });
    const ending: Ending =
      stop.kind === 'value'
        ? {
            kind: 'value',
            value: stop.value,
            next: (known) =>
              goOn((next) => {
                next.know(stop.value, known);
                return [];
              }),
          }
        : { kind: 'late', late: stop.late, next: (dims) => goOn((next) => next.arrive(stop, dims)) };
    return { ...part, slabBytes, ending };
  } finally {
    folder.release();
  }
}

const NO_FEEDS: ReadonlyMap<string, PlannedValue> = new Map();

/** @throws if an output of the graph is no tensor */
function outputOf(value: Planned, i: number, { who, graph }: PlanSource): PlannedValue {
  if (isTensorValue(value)) return value;
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}: output ${JSON.stringify(graph.outputs[i].name)}: got a sequence or an optional, expected a tensor`,
  );
}
