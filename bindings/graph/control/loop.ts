import { rangeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import type { ControlNode, Outcome, Walker } from '../frame.js';
import { type Graph, nodeLabel, tensorOf } from '../graph.js';
import { MAX_ITERATIONS } from '../iterations.js';
import { isTensorValue, knownValue, type Planned, PlannedNothing, type PlannedValue } from '../planned-value.js';
import { UnknownElements } from '../site.js';
import { tensorInput } from '../tensor-input.js';
import { isAlike } from './branches.js';
import { graphOf } from './control-node.js';
import { planInner } from './inner-graph.js';
import { type Along, type Carried, type LoopParts, loopInputs, loopStep, tooLong } from './loop-step.js';
import { Repetition, type Turns } from './repetition.js';
import { scalar, stack } from './tensor-steps.js';

/** What a Loop begins with. */
interface LoopStart {
  readonly site: ControlNode;
  readonly who: string;
  readonly body: Graph;
  /** The trip count, and whether to begin at all; absent where there is no such limit. */
  readonly most: PlannedValue | undefined;
  readonly condition: PlannedValue | undefined;
  readonly initial: readonly Planned[];
}

/** Plans a Loop: one step where all iterations have the same shapes, else iteration by iteration. */
export function planLoop(site: ControlNode): Outcome {
  const { walk, node, inputs, scope } = site;
  const who = nodeLabel(node);
  const body = graphOf(site, 'body');
  const initial = inputs.slice(2).map((input) => input ?? new PlannedNothing());
  if (body.inputs.length !== initial.length + 2 || body.outputs.length < initial.length + 1) {
    throw rangeError(
      `${who}: got a body of ${body.inputs.length} inputs and ${body.outputs.length} outputs, expected ${initial.length + 2} inputs ` +
        `and at least ${initial.length + 1} outputs`,
    );
  }
  const most = oneElement(tensorInput(inputs[0], 0, node), who);
  const condition = oneElement(tensorInput(inputs[1], 1, node), who);
  const start: LoopStart = { site, who, body, most, condition, initial };
  for (const value of [most, condition]) {
    if (value && !value.constant && walk.isPartOfPlan(value)) throw new UnknownElements(who, 'trip count', value);
  }
  const stepped = initial.every(isTensorValue) ? asStep(start, initial) : 'no';
  if (stepped !== 'no') return stepped;
  walk.push(new Repetition(walk, node, body, scope, new LoopTurns(start)));
  return undefined;
}

function oneElement(value: PlannedValue | undefined, who: string): PlannedValue | undefined {
  if (value?.dims.some((dim) => dim !== 1))
    throw rangeError(`${who}: got a trip count or condition of several elements`);
  return value;
}

/** @returns `'no'` if iterations differ in shape or must be known one by one */
function asStep({ site, who, body, most, condition, initial }: LoopStart, tensors: readonly Planned[]): Outcome | 'no' {
  const { walk, scope, node } = site;
  const first = tensors as readonly PlannedValue[];
  const feeds: PlannedValue[] = [];
  let number: PlannedValue | undefined;
  const inner = planInner(walk, body, scope, (draft, names) => {
    const at = { who };
    number = draft.entry('int64', [], new Set(), at);
    names.set(body.inputs[0].name, number);
    names.set(body.inputs[1].name, scalar('bool', 1));
    for (let i = 0; i < first.length; i++) {
      const { dtype, dims, origins } = first[i];
      feeds.push(draft.entry(dtype, dims, origins, at));
      names.set(body.inputs[2 + i].name, feeds[i]);
    }
  });
  if (!inner) return 'no';
  const [again, ...results] = inner.results;
  if (!feeds.every((feed, i) => isAlike(feed, results[i]))) return 'no';
  const carried: Carried[] = first.map((value, i) => ({ initial: value, feed: feeds[i], next: results[i] }));
  const written: Along[] = results
    .slice(initial.length)
    .map((item) => ({ whole: undefined, item, axis: 0, backwards: false }));
  const goesOn = inner.constantResults[0];
  const trips = tripsOf(most, condition, goesOn);
  if (trips !== undefined && trips > MAX_ITERATIONS) throw tooLong(who);
  const parts: LoopParts = {
    who,
    body: inner,
    trips,
    most: trips === undefined ? most : undefined,
    condition: trips === undefined ? condition : undefined,
    // A body that says "stop" is asked as well: whether to begin, or how often at most, may still be computed.
    again: goesOn ? undefined : again,
    number,
    carried,
    read: [],
    written: node.outputs.length > initial.length ? written : [],
    budget: walk.source.budget,
    mostBytes: walk.draft.most,
  };
  return walk.draftStep(loopStep(parts), loopInputs(parts), { who });
}

/** How many iterations there are; `undefined` if that is computed. */
function tripsOf(
  most: PlannedValue | undefined,
  condition: PlannedValue | undefined,
  goesOn: number | undefined,
): number | undefined {
  const begins = condition?.constant ? condition.constant.data[0] !== 0 : condition ? undefined : true;
  if (begins === false) return 0;
  const limit = most ? most.constant?.data[0] : Number.POSITIVE_INFINITY;
  if (begins === undefined || limit === undefined) return undefined;
  if (goesOn === undefined) return limit > 0 ? undefined : 0;
  return Math.max(0, goesOn ? limit : Math.min(limit, 1));
}

/** A Loop iteration by iteration. */
class LoopTurns implements Turns {
  private turn = 0;
  private carried: readonly Planned[];
  private condition: Planned | undefined;
  private readonly stacked: PlannedValue[][];

  constructor(private readonly start: LoopStart) {
    this.carried = start.initial;
    this.condition = start.condition;
    this.stacked = start.body.outputs.slice(1 + start.initial.length).map(() => []);
  }

  next(walk: Walker): readonly Planned[] | undefined {
    const { who, most } = this.start;
    const goes = this.condition ? elementOf(walk, this.condition, who, 'condition') !== 0 : true;
    const limit = most ? elementOf(walk, most, who, 'trip count') : Number.POSITIVE_INFINITY;
    if (!goes || this.turn >= limit) return undefined;
    return [scalar('int64', this.turn), scalar('bool', 1), ...this.carried];
  }

  received([condition, ...results]: readonly Planned[]): void {
    const { length } = this.carried;
    this.condition = condition;
    this.carried = results.slice(0, length);
    for (let k = 0; k < this.stacked.length; k++) {
      const item = results[length + k];
      if (!isTensorValue(item))
        throw rangeError(`${this.start.who}: got a scan output that is no tensor, expected one`);
      this.stacked[k].push(item);
    }
    this.turn++;
  }

  results(walk: Walker): readonly Planned[] {
    const { site, initial } = this.start;
    const wanted = Math.max(0, site.node.outputs.length - initial.length);
    const stacks = this.stacked
      .slice(0, wanted)
      .map((items, k) => (items.length > 0 ? stack(walk, items, 0) : this.empty(k)));
    return [...this.carried, ...stacks];
  }

  /** A scan output of no iteration: as the body declares its items, extents that are open 0, as in onnxruntime. */
  private empty(k: number): PlannedValue {
    const { who, body, initial } = this.start;
    const { name, dtype, dims } = body.outputs[1 + initial.length + k];
    if (dtype && dims) {
      return knownValue(tensorOf(dtype, [0, ...dims.map((dim) => (typeof dim === 'number' ? dim : 0))], []));
    }
    throw rangeError(
      `${who}: got no iteration, and scan output ${describeValue(name)} without declared dims, expected the body to declare them`,
    );
  }

  fork(): LoopTurns {
    const copy = new LoopTurns(this.start);
    copy.turn = this.turn;
    copy.carried = this.carried;
    copy.condition = this.condition;
    for (let k = 0; k < this.stacked.length; k++) copy.stacked[k].push(...this.stacked[k]);
    return copy;
  }

  live(into: Set<Planned>): void {
    for (const value of this.carried) into.add(value);
    if (this.condition) into.add(this.condition);
    if (this.start.most) into.add(this.start.most);
    for (const items of this.stacked) for (const item of items) into.add(item);
  }
}

function elementOf(walk: Walker, value: Planned, who: string, what: string): number {
  const settled = walk.settled(value);
  if (!isTensorValue(settled)) throw rangeError(`${who}: ${what}: got no tensor, expected one element`);
  if (!settled.constant) throw new UnknownElements(who, what, settled);
  return settled.constant.data[0];
}
