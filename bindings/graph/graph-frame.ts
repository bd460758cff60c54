import { rangeError } from '../errors.js';
import type { Frame, Walker } from './frame.js';
import { type Graph, nodeLabel } from './graph.js';
import { knownValue, type Planned, PlannedNothing } from './planned-value.js';
import type { Scope } from './scope.js';
import { capturedNames } from './sort-nodes.js';

/** A place in a graph: the next of its nodes. */
export class GraphFrame implements Frame {
  /**
   * @param scope what names stand for; the graph's inputs are in it
   * @param repeats whether the graph is planned again with other inputs: the body of a loop, or a graph within one
   */
  constructor(
    private readonly walk: Walker,
    private readonly graph: Graph,
    private readonly scope: Scope<Planned>,
    private readonly repeats: boolean,
    private at = 0,
  ) {}

  /** A frame at the beginning of a graph, whose constants are put into the scope. */
  static enter(walk: Walker, graph: Graph, scope: Scope<Planned>, repeats: boolean): GraphFrame {
    for (const [name, constant] of graph.constants) {
      walk.source.weights.adopt(constant);
      scope.set(name, knownValue(constant));
    }
    return new GraphFrame(walk, graph, scope, repeats);
  }

  advance(): void {
    const { walk, graph, scope } = this;
    const { nodes, outputs, opset } = graph;
    while (this.at < nodes.length && walk.constant(nodes[this.at], scope)) this.at++;
    if (this.at === nodes.length) {
      walk.finish(outputs.map(({ name }) => walk.lookUp(scope, name) ?? new PlannedNothing()));
      return;
    }
    const node = nodes[this.at];
    const inputs: (Planned | undefined)[] = new Array(node.inputs.length);
    for (let i = 0; i < inputs.length; i++) inputs[i] = walk.lookUp(scope, node.inputs[i]);
    const results = walk.perform(node, inputs, opset, scope, this.repeats);
    if (results) this.receive(results);
  }

  receive(results: readonly Planned[]): void {
    const node = this.graph.nodes[this.at];
    for (let i = 0; i < node.outputs.length; i++) {
      const name = node.outputs[i];
      if (name === '') continue;
      if (!results[i]) {
        throw rangeError(`${nodeLabel(node)}: got ${node.outputs.length} outputs, expected at most ${results.length}`);
      }
      this.scope.set(name, results[i]);
    }
    this.at++;
  }

  fork(walk: Walker, copies: Map<Scope<Planned>, Scope<Planned>>): GraphFrame {
    return new GraphFrame(walk, this.graph, this.scope.copy(copies), this.repeats, this.at);
  }

  live(into: Set<Planned>): void {
    const { nodes, outputs } = this.graph;
    const add = (name: string) => {
      const value = this.scope.get(name);
      if (value) into.add(value);
    };
    for (let i = this.at; i < nodes.length; i++) {
      nodes[i].inputs.forEach(add);
      capturedNames(nodes[i]).forEach(add);
    }
    for (const { name } of outputs) add(name);
  }
}
