import { HiddenstateError, rangeError } from '../errors.js';
import { describeValue } from '../tensor.js';
import { functionKey, type Graph, type GraphFunction, isGraph, LazyGraph, type Node } from './graph.js';
import { checkGraph, type Registry } from './registry.js';

/** Nodes that all calls of functions may come to, once each is in the place of its call. */
const MAX_INLINED = 2 ** 17;

/**
 * Checks the functions of a model: every operator known, every name computed before it is read, none that calls itself, and not more
 * nodes than a plan can have once all calls are replaced.
 *
 * @throws {Error} that names the function that does not fit
 */
export function checkFunctions(graph: Graph, registry: Registry, who: string): void {
  const { functions } = graph;
  if (!functions) return;
  const sizes = new Map<GraphFunction, number>();
  const open = new Set<GraphFunction>();

  function sizeOf(made: GraphFunction, key: string): number {
    const known = sizes.get(made);
    if (known !== undefined) return known;
    if (open.has(made)) {
      throw new HiddenstateError('FILE', `${who}: function ${shown(key)}: got a call of itself, expected none`);
    }
    open.add(made);
    const size = sizeOfAll(made.nodes);
    open.delete(made);
    sizes.set(made, size);
    return size;
  }

  function sizeOfAll(nodes: readonly Node[]): number {
    let size = 0;
    for (const node of nodes) {
      const key = functionKey(node);
      const called = functions?.get(key);
      size += called ? sizeOf(called, key) : 1;
      if (!HOLDS_GRAPHS.has(node.op)) continue;
      for (const value of Object.values(node.attributes)) {
        if (isGraph(value)) size += sizeOfAll((value instanceof LazyGraph ? value.peek() : value).nodes);
      }
    }
    return size;
  }

  for (const [key, made] of functions) {
    sizeOf(made, key);
    const { inputs, outputs, nodes, opset } = made;
    const body = { inputs: inputs.map(named), outputs: outputs.map(named), nodes, constants: new Map(), opset };
    checkGraph(body, registry, `${who}: function ${shown(key)}`, undefined, functions);
  }
  const all = sizeOfAll(graph.nodes);
  if (all <= MAX_INLINED) return;
  throw rangeError(`${who}: got functions that come to ${all} nodes, expected at most ${MAX_INLINED}`);
}

const HOLDS_GRAPHS: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);

function named(name: string): { readonly name: string } {
  return { name };
}

/** A function's key as a reader knows it: its domain and name. */
function shown(key: string): string {
  return describeValue(key.replace(/:$/, ''));
}
