import { isGraph, LazyGraph, type Node } from './graph.js';

/**
 * Brings nodes into an order in which every name is computed before it is read. Nodes that are in order stay as they are; of
 * nodes that could come next, the first of the file does. Nodes of a cycle stay behind, for `checkGraph` to name.
 */
export function sortNodes(nodes: readonly Node[]): readonly Node[] {
  const makers = new Map<string, number>();
  for (let i = 0; i < nodes.length; i++) {
    for (const output of nodes[i].outputs) if (output !== '' && !makers.has(output)) makers.set(output, i);
  }
  if (isSorted(nodes, makers)) return nodes;
  const waiting = new Array<number>(nodes.length).fill(0);
  const readers: number[][] = nodes.map(() => []);
  for (let i = 0; i < nodes.length; i++) {
    const sources = new Set<number>();
    for (const name of [...nodes[i].inputs, ...capturedNames(nodes[i])]) {
      const maker = makers.get(name);
      if (maker !== undefined) sources.add(maker);
    }
    waiting[i] = sources.size;
    for (const source of sources) readers[source].push(i);
  }
  const ready = new Heap();
  for (let i = 0; i < nodes.length; i++) if (waiting[i] === 0) ready.push(i);
  const order: Node[] = [];
  const done = new Set<number>();
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    order.push(nodes[i]);
    done.add(i);
    for (const reader of readers[i]) if (--waiting[reader] === 0) ready.push(reader);
  }
  for (let i = 0; i < nodes.length; i++) if (!done.has(i)) order.push(nodes[i]);
  return order;
}

/** Graphs in attributes are looked into only where nodes after them compute something: in most files a branch comes last. */
function isSorted(nodes: readonly Node[], makers: ReadonlyMap<string, number>): boolean {
  for (let i = 0; i < nodes.length; i++) {
    for (const name of nodes[i].inputs) {
      const maker = makers.get(name);
      if (maker !== undefined && maker >= i) return false;
    }
  }
  for (let i = 0; i < nodes.length; i++) {
    if (!GRAPHS_IN.has(nodes[i].op) || !laterNames(nodes, i)) continue;
    for (const name of capturedNames(nodes[i])) if ((makers.get(name) ?? -1) >= i) return false;
  }
  return true;
}

/** ONNX's operators with graphs in their attributes. */
const GRAPHS_IN: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);

/** Whether nodes after this one compute anything that does not hang on it. */
function laterNames(nodes: readonly Node[], at: number): boolean {
  const hanging = new Set(nodes[at].outputs);
  for (let i = at + 1; i < nodes.length; i++) {
    if (!nodes[i].inputs.some((name) => hanging.has(name))) return true;
    for (const output of nodes[i].outputs) hanging.add(output);
  }
  return false;
}

/** The names that the graphs in a node's attributes read from the graph around them; graphs not read yet are read. */
export function capturedNames(node: Node): string[] {
  const captured = new Set<string>();
  if (GRAPHS_IN.has(node.op)) collect(node, new Set(), captured);
  return [...captured];
}

function collect(node: Node, around: ReadonlySet<string>, into: Set<string>): void {
  for (const value of Object.values(node.attributes)) {
    if (!isGraph(value)) continue;
    const graph = value instanceof LazyGraph ? value.peek() : value;
    const own = new Set([...around, ...graph.constants.keys(), ...graph.inputs.map(nameOf)]);
    for (const { outputs } of graph.nodes) for (const output of outputs) own.add(output);
    for (const inner of graph.nodes) {
      for (const input of inner.inputs) if (input !== '' && !own.has(input)) into.add(input);
      if (GRAPHS_IN.has(inner.op)) collect(inner, own, into);
    }
    for (const { name } of graph.outputs) if (!own.has(name)) into.add(name);
  }
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

/** Numbers, the least first. */
class Heap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent] <= item) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const { items } = this;
    const least = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return least;
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && items[child + 1] < items[child]) child++;
      if (items[child] >= last) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return least;
  }
}
