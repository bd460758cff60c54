import type { Walker } from '../frame.js';
import type { Graph } from '../graph.js';
import { GraphFrame } from '../graph-frame.js';
import type { Place, Step } from '../operator.js';
import { type PendingStep, PlanDraft } from '../plan-draft.js';
import { addressIn, type Buffer, type Home, isTensorValue, type Planned, type PlannedValue } from '../planned-value.js';
import { Scope } from '../scope.js';
import { UnknownElements } from '../site.js';

/** A graph within a step: its own steps over its own room. */
export interface InnerGraph {
  readonly steps: readonly PendingStep[];
  readonly home: Home;
  readonly bytes: number;
  /** Its outputs, each with a buffer of its own in the room. */
  readonly results: readonly PlannedValue[];
  /** The first element of each output that is known, for conditions. */
  readonly constantResults: readonly (number | undefined)[];
  /** What it reads from around it. */
  readonly captured: readonly PlannedValue[];
}

/** A place that can bind the steps of a graph within a step; `address` is where their room begins. */
export interface OuterPlace extends Place {
  readonly inner: (steps: readonly PendingStep[], home: Home, address: number) => Step[];
}

/**
 * Plans a graph as part of one step.
 *
 * @param feed puts the graph's inputs into the scope
 * @returns `undefined` if it cannot be planned without knowing what it computes, or its results are not tensors
 * @throws {UnknownElements} if it must know a value from around it
 */
export function planInner(
  walk: Walker,
  graph: Graph,
  around: Scope<Planned>,
  feed: (draft: PlanDraft, scope: Scope<Planned>) => void,
): InnerGraph | undefined {
  const draft = new PlanDraft(walk.source.who, true, walk.draft.most);
  try {
    const inner = walk.inner(draft);
    const scope = new Scope(around);
    feed(draft, scope);
    inner.push(GraphFrame.enter(inner, graph, scope, true));
    const stop = inner.run();
    if (stop.kind !== 'outputs' || !stop.results.every(isTensorValue)) return undefined;
    const results = stop.results.map((result) => draft.ownCopy(result));
    const bytes = draft.layOut(new Map(), results, new Map());
    const constantResults = stop.results.map(({ constant }) => constant?.data[0]);
    return { steps: draft.steps, home: draft.home, bytes, results, constantResults, captured: capturedBy(draft) };
  } catch (error) {
    if (error instanceof UnknownElements && error.value.buffer?.home !== draft.home) throw error;
    // What cannot be planned for all iterations or choices at once is planned for each, and says then what is wrong with it.
    return undefined;
  }
}

/** Steps of graphs within list what they capture themselves. */
function capturedBy({ steps, home }: PlanDraft): PlannedValue[] {
  const captured = new Set<PlannedValue>();
  for (const { inputs } of steps) {
    for (const input of inputs) if (input?.buffer && input.buffer.home !== home) captured.add(input);
  }
  return [...captured];
}

/** A copy of one value's elements to where another lies, of as many bytes. */
export function copyStep({ memory }: Place, to: number, from: number, bytes: number): Step {
  return () => {
    memory.u8.copyWithin(to, from, from + bytes);
  };
}

/** Address of a value that has a buffer. */
export function addressOf({ buffer }: PlannedValue): number {
  return addressIn(buffer as Buffer);
}
