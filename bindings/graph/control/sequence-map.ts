import { rangeError, typeError } from '../../errors.js';
import type { ControlNode, Outcome } from '../frame.js';
import { nodeLabel } from '../graph.js';
import { isTensorValue, type Planned, PlannedList, PlannedNothing, type PlannedValue } from '../planned-value.js';
import { graphOf } from './control-node.js';
import { Repetition, type Turns } from './repetition.js';

/** Plans a SequenceMap: its body for each element of the sequences, one after the other. */
export function planSequenceMap(site: ControlNode): Outcome {
  const { walk, node, inputs, scope } = site;
  const body = graphOf(site, 'body');
  if (body.inputs.length !== inputs.length) {
    throw rangeError(`${nodeLabel(node)}: got a body of ${body.inputs.length} inputs, expected ${inputs.length}`);
  }
  const [first] = inputs;
  if (!(first instanceof PlannedList)) throw typeError(`${nodeLabel(node)}: input 0: got no sequence, expected one`);
  for (const input of inputs) {
    if (input instanceof PlannedList && input.items.length < first.items.length) {
      throw rangeError(
        `${nodeLabel(node)}: got a sequence of ${input.items.length}, expected ${first.items.length} as in the first`,
      );
    }
  }
  const turns = new MapTurns(
    first.items.length,
    inputs,
    body.outputs.map(() => []),
    nodeLabel(node),
  );
  walk.push(new Repetition(walk, node, body, scope, turns));
  return undefined;
}

class MapTurns implements Turns {
  private turn = 0;

  constructor(
    private readonly count: number,
    private readonly inputs: readonly (Planned | undefined)[],
    private readonly lists: PlannedValue[][],
    private readonly who: string,
  ) {}

  next(): readonly Planned[] | undefined {
    if (this.turn === this.count) return undefined;
    return this.inputs.map((input) =>
      input instanceof PlannedList ? input.items[this.turn] : (input ?? new PlannedNothing()),
    );
  }

  received(results: readonly Planned[]): void {
    for (let k = 0; k < this.lists.length; k++) {
      const item = results[k];
      if (!isTensorValue(item)) throw typeError(`${this.who}: got an element that is no tensor, expected one`);
      this.lists[k].push(item);
    }
    this.turn++;
  }

  results(): readonly Planned[] {
    return this.lists.map((items) => new PlannedList(items));
  }

  fork(): MapTurns {
    const copy = new MapTurns(
      this.count,
      this.inputs,
      this.lists.map((items) => [...items]),
      this.who,
    );
    copy.turn = this.turn;
    return copy;
  }

  live(into: Set<Planned>): void {
    for (const input of this.inputs) if (input) into.add(input);
    for (const items of this.lists) for (const item of items) into.add(item);
  }
}
