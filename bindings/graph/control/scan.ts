import { rangeError, typeError } from '../../errors.js';
import { formatDims } from '../../tensor.js';
import { Attributes } from '../attributes.js';
import { resolveAxis } from '../dims.js';
import type { ControlNode, Frame, Outcome, Walker } from '../frame.js';
import { type Graph, nodeLabel } from '../graph.js';
import { MAX_ITERATIONS } from '../iterations.js';
import { isTensorValue, type Planned, type PlannedValue } from '../planned-value.js';
import type { Scope } from '../scope.js';
import { tensorInput } from '../tensor-input.js';
import { isAlike } from './branches.js';
import { graphOf } from './control-node.js';
import { planInner } from './inner-graph.js';
import { type Along, type LoopParts, loopInputs, loopStep, tooLong } from './loop-step.js';
import { Repetition, type Turns } from './repetition.js';
import { stack, takeAt } from './tensor-steps.js';

/** What a Scan begins with. */
interface ScanStart {
  readonly site: ControlNode;
  readonly who: string;
  readonly body: Graph;
  readonly trips: number;
  readonly states: readonly PlannedValue[];
  readonly wholes: readonly PlannedValue[];
  readonly axes: readonly number[];
  readonly backwards: readonly boolean[];
  readonly outputAxes: readonly number[];
  readonly outputBackwards: readonly boolean[];
}

/** Plans a Scan: one step where all iterations have the same shapes, else iteration by iteration. */
export function planScan(site: ControlNode): Outcome {
  const { walk, node, inputs, opset } = site;
  if (opset >= 9) return planNine(site, tensorsOf(site, inputs), false);
  // Before opset 9 the first axis is the batch, and lengths come first.
  if (inputs[0])
    throw typeError(`${nodeLabel(node)}: got sequence_lens, expected whole sequences: export with opset 9 or later`);
  const tensors = tensorsOf(site, inputs.slice(1));
  const batch = tensors[0]?.dims[0] ?? 0;
  if (tensors.length === 0 || batch < 1 || tensors.some(({ dims }) => dims[0] !== batch)) {
    throw rangeError(
      `${nodeLabel(node)}: got ${tensors.map(({ dims }) => formatDims(dims)).join(', ')}, expected one batch`,
    );
  }
  walk.push(new Batch(site, tensors));
  return undefined;
}

function tensorsOf({ node }: ControlNode, inputs: readonly (Planned | undefined)[]): PlannedValue[] {
  return inputs.map((input, i) => {
    const tensor = tensorInput(input, i, node);
    if (!tensor) throw typeError(`${nodeLabel(node)}: got no input ${i}, expected one`);
    return tensor;
  });
}

/** A Scan of opset 8: one of opset 9 for each sequence of the batch. */
class Batch implements Frame {
  private done: (readonly PlannedValue[])[] = [];

  constructor(
    private readonly site: ControlNode,
    private readonly tensors: readonly PlannedValue[],
  ) {}

  advance(): void {
    const { site, tensors, done } = this;
    const { walk } = site;
    if (done.length === tensors[0].dims[0]) {
      walk.finish(
        done[0].map((_, k) =>
          stack(
            walk,
            done.map((results) => results[k]),
            0,
          ),
        ),
      );
      return;
    }
    const results = planNine(
      site,
      tensors.map((tensor) => takeAt(walk, tensor, 0, done.length)),
      true,
    );
    if (results) this.receive(results);
  }

  receive(results: readonly Planned[]): void {
    this.done.push(results.filter(isTensorValue));
  }

  fork(walk: Walker, copies: Map<Scope<Planned>, Scope<Planned>>): Batch {
    const copy = new Batch({ ...this.site, walk, scope: this.site.scope.copy(copies) }, this.tensors);
    copy.done = [...this.done];
    return copy;
  }

  live(into: Set<Planned>): void {
    for (const value of [...this.tensors, ...this.done.flat()]) into.add(value);
  }
}

/** @param old whether directions are those of opset 8 */
function planNine(site: ControlNode, inputs: readonly PlannedValue[], old: boolean): Outcome {
  const start = scanStart(site, inputs, old);
  const stepped = asStep(start);
  if (stepped !== 'no') return stepped;
  const { walk, node, scope } = site;
  walk.push(new Repetition(walk, node, start.body, scope, new ScanTurns(start)));
  return undefined;
}

function scanStart(site: ControlNode, inputs: readonly PlannedValue[], old: boolean): ScanStart {
  const { node } = site;
  const who = nodeLabel(node);
  const body = graphOf(site, 'body');
  const attributes = new Attributes(node);
  const count = attributes.int('num_scan_inputs');
  const stateCount = inputs.length - count;
  const outputCount = body.outputs.length - stateCount;
  if (count < 1 || stateCount < 0 || outputCount < 0 || body.inputs.length !== inputs.length) {
    throw rangeError(
      `${who}: got ${inputs.length} inputs, ${count} of them scanned, and a body of ${body.inputs.length} inputs and ` +
        `${body.outputs.length} outputs, expected these to fit`,
    );
  }
  const list = (name: string, length: number) => {
    const given = attributes.ints(name) ?? new Array<number>(length).fill(0);
    if (given.length === length) return given;
    throw rangeError(`${who}: ${name}: got ${given.length}, expected ${length}`);
  };
  const wholes = inputs.slice(stateCount);
  const axes = list('scan_input_axes', count).map((axis, i) => resolveAxis(axis, wholes[i].dims.length, { who }));
  const extents = wholes.map(({ dims }, i) => dims[axes[i]]);
  const [trips] = extents;
  if (extents.some((extent) => extent !== trips)) {
    throw rangeError(`${who}: got scan inputs of ${extents.join(', ')} steps, expected as many in each`);
  }
  if (trips > MAX_ITERATIONS) throw tooLong(who);
  return {
    site,
    who,
    body,
    trips,
    states: inputs.slice(0, stateCount),
    wholes,
    axes,
    backwards: list(old ? 'directions' : 'scan_input_directions', count).map(Boolean),
    outputAxes: list('scan_output_axes', outputCount),
    outputBackwards: list('scan_output_directions', outputCount).map(Boolean),
  };
}

/** @returns `'no'` if iterations differ in shape or must be known one by one */
function asStep(start: ScanStart): Outcome | 'no' {
  const { site, who, body, trips, states, wholes, axes, backwards, outputAxes, outputBackwards } = start;
  const { walk, scope } = site;
  const feeds: PlannedValue[] = [];
  const inner = planInner(walk, body, scope, (draft, names) => {
    const add = ({ dtype, origins }: PlannedValue, dims: readonly number[]) => {
      const feed = draft.entry(dtype, dims, origins, { who });
      names.set(body.inputs[feeds.length].name, feed);
      feeds.push(feed);
    };
    for (const state of states) add(state, state.dims);
    for (let i = 0; i < wholes.length; i++)
      add(
        wholes[i],
        wholes[i].dims.filter((_, d) => d !== axes[i]),
      );
  });
  if (!inner) return 'no';
  const { results } = inner;
  if (!states.every((state, i) => isAlike(state, results[i]))) return 'no';
  const parts: LoopParts = {
    who,
    body: inner,
    trips,
    most: undefined,
    condition: undefined,
    again: undefined,
    number: undefined,
    carried: states.map((state, i) => ({ initial: state, feed: feeds[i], next: results[i] })),
    read: wholes.map((whole, i): Along => {
      return { whole, item: feeds[states.length + i], axis: axes[i], backwards: backwards[i] };
    }),
    written: results.slice(states.length).map((item, i): Along => {
      const axis = resolveAxis(outputAxes[i], item.dims.length + 1, { who });
      return { whole: undefined, item, axis, backwards: outputBackwards[i] };
    }),
    budget: walk.source.budget,
    mostBytes: walk.draft.most,
  };
  return walk.draftStep(loopStep(parts), loopInputs(parts), { who });
}

/** A Scan iteration by iteration. */
class ScanTurns implements Turns {
  private turn = 0;
  private states: readonly Planned[];
  private readonly stacked: PlannedValue[][];

  constructor(private readonly start: ScanStart) {
    this.states = start.states;
    this.stacked = start.outputAxes.map(() => []);
  }

  next(walk: Walker): readonly Planned[] | undefined {
    const { trips, wholes, axes, backwards } = this.start;
    if (this.turn === trips) return undefined;
    const items = wholes.map((whole, i) =>
      takeAt(walk, whole, axes[i], backwards[i] ? trips - 1 - this.turn : this.turn),
    );
    return [...this.states, ...items];
  }

  received(results: readonly Planned[]): void {
    const { length } = this.states;
    this.states = results.slice(0, length);
    for (let k = 0; k < this.stacked.length; k++) {
      const item = results[length + k];
      if (!isTensorValue(item)) throw typeError(`${this.start.who}: got a scan output that is no tensor, expected one`);
      this.stacked[k].push(item);
    }
    this.turn++;
  }

  results(walk: Walker): readonly Planned[] {
    const { who, outputAxes, outputBackwards } = this.start;
    const stacks = this.stacked.map((items, k) => {
      if (items.length === 0) throw rangeError(`${who}: got no step, expected at least one`);
      const axis = resolveAxis(outputAxes[k], items[0].dims.length + 1, { who });
      return stack(walk, outputBackwards[k] ? [...items].reverse() : items, axis);
    });
    return [...this.states, ...stacks];
  }

  fork(): ScanTurns {
    const copy = new ScanTurns(this.start);
    copy.turn = this.turn;
    copy.states = this.states;
    for (let k = 0; k < this.stacked.length; k++) copy.stacked[k].push(...this.stacked[k]);
    return copy;
  }

  live(into: Set<Planned>): void {
    for (const value of [...this.states, ...this.start.wholes, ...this.stacked.flat()]) into.add(value);
  }
}
