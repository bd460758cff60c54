import type { Frame, Walker } from '../frame.js';
import type { Graph, Node } from '../graph.js';
import { GraphFrame } from '../graph-frame.js';
import type { Planned } from '../planned-value.js';
import { Scope } from '../scope.js';

/** What a loop that is unrolled does in each of its iterations. Changed by `received` alone, and copied by `fork`. */
export interface Turns {
  /**
   * The inputs of the body in the next iteration; `undefined` if there is none.
   *
   * @throws {UnknownElements} if that must be known first
   */
  next(walk: Walker): readonly Planned[] | undefined;
  /** Takes the body's outputs. */
  received(results: readonly Planned[]): void;
  /** The outputs of the node. */
  results(walk: Walker): readonly Planned[];
  fork(): Turns;
  /** Adds what is carried along. */
  live(into: Set<Planned>): void;
}

/** A loop whose iterations are planned one by one: shapes, sequences and choices may differ from one to the next. */
export class Repetition implements Frame {
  constructor(
    private readonly walk: Walker,
    private readonly node: Node,
    private readonly body: Graph,
    private readonly scope: Scope<Planned>,
    private readonly turns: Turns,
  ) {}

  advance(): void {
    const { walk, body, turns } = this;
    const inputs = turns.next(walk);
    if (!inputs) {
      walk.finish(turns.results(walk));
      return;
    }
    walk.countIteration(this.node);
    const inner = new Scope(this.scope);
    for (let i = 0; i < body.inputs.length; i++) inner.set(body.inputs[i].name, inputs[i]);
    walk.push(GraphFrame.enter(walk, body, inner, true));
  }

  receive(results: readonly Planned[]): void {
    this.turns.received(results);
  }

  fork(walk: Walker, copies: Map<Scope<Planned>, Scope<Planned>>): Repetition {
    return new Repetition(walk, this.node, this.body, this.scope.copy(copies), this.turns.fork());
  }

  live(into: Set<Planned>): void {
    this.turns.live(into);
  }
}
