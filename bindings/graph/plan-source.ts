import type { Engine } from '../engine/engine.js';
import type { Graph } from './graph.js';
import type { Memory } from './memory.js';
import type { Registry } from './registry.js';
import type { WeightStore } from './weight-store.js';

/** What all plans of a model are made from. */
export interface PlanSource {
  readonly engine: Engine;
  readonly memory: Memory;
  readonly graph: Graph;
  readonly registry: Registry;
  /** The model's own constants. */
  readonly weights: WeightStore;
  /** Iterations that the loops of a run may still take, all together. */
  readonly budget: { iterations: number };
  /** The beginning of error messages. */
  readonly who: string;
  /** Bytes that a plan may take; what suits its feeds unless given. */
  readonly maxBytes?: number | undefined;
}
