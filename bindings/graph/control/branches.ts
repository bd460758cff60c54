import { sizeOf } from '../dims.js';
import { STORAGE } from '../dtype.js';
import type { Walker } from '../frame.js';
import type { Graph, Node } from '../graph.js';
import { nodeLabel } from '../graph.js';
import { Memory } from '../memory.js';
import type { Prepared, Step } from '../operator.js';
import type { Planned, PlannedValue } from '../planned-value.js';
import type { Scope } from '../scope.js';
import { addressOf, copyStep, type InnerGraph, type OuterPlace, planInner } from './inner-graph.js';

/**
 * Plans an If whose condition is computed as one step that holds both branches.
 *
 * @returns `undefined` if the branches give tensors of different types or dims, or cannot both be planned
 */
export function planBranches(
  walk: Walker,
  node: Node,
  condition: PlannedValue,
  graphs: readonly [Graph, Graph],
  scope: Scope<Planned>,
): readonly PlannedValue[] | undefined {
  const inners: InnerGraph[] = [];
  for (const graph of graphs) {
    const inner = planInner(walk, graph, scope, () => {});
    if (!inner) return undefined;
    inners.push(inner);
  }
  const [then, other] = inners;
  if (!then.results.every((result, i) => isAlike(result, other.results[i]))) return undefined;
  const captured = [...new Set([...then.captured, ...other.captured])];
  const prepared: Prepared = {
    outputs: then.results.map(({ dtype, dims }) => ({ dtype, dims })),
    scratch: Math.max(then.bytes, other.bytes) / 4,
    bind: (place) => {
      const chosen = Memory.index(place.input(0), 'u8');
      const [yes, no] = inners.map((inner) => bindBranch(place as OuterPlace, inner));
      const { memory } = place;
      return () => {
        for (const step of memory.u8[chosen] ? yes : no) step();
      };
    },
  };
  return walk.draftStep(prepared, [condition, ...captured], { who: nodeLabel(node) });
}

function bindBranch(place: OuterPlace, { steps, home, results }: InnerGraph): Step[] {
  const bound = place.inner(steps, home, place.scratch);
  const copies = results.map((result, i) => {
    const bytes = sizeOf(result.dims) * STORAGE[result.dtype].bytes;
    return copyStep(place, place.output(i), addressOf(result), bytes);
  });
  return [...bound, ...copies];
}

/** Whether two values are of one type and dims. */
export function isAlike(a: PlannedValue, b: PlannedValue | undefined): boolean {
  return b !== undefined && a.dtype === b.dtype && a.dims.join() === b.dims.join();
}
