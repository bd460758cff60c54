import { HiddenstateError } from '../../../errors.js';
import type { Fields } from '../config/fields.js';
import type { Dialect } from '../config/model-spec.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import type { StatePool } from '../state-pool.js';
import type { LayerVariables } from '../weights/weight-source.js';

/** One call of a layer. */
export interface LayerCall {
  readonly inputs: readonly Value[];
  /** Tensors given as initial_state. */
  readonly states: readonly Value[];
}

/** A layer with its weights: adds its nodes to the graph each time it is called. */
export type BuiltLayer = (call: LayerCall) => Value[];

/** What a layer is made of. */
export interface LayerContext {
  readonly builder: GraphBuilder;
  readonly fields: Fields;
  readonly name: string;
  /** The beginning of error messages. */
  readonly who: string;
  readonly dialect: Dialect;
  readonly variables: LayerVariables;
  readonly pool: StatePool;
  /** Makes a layer that this one wraps. */
  wrapped(config: unknown, variables: LayerVariables): BuiltLayer;
}

/** Reads a layer's configuration and weights. */
export type LayerImporter = (context: LayerContext) => BuiltLayer;

/** Layers by the name of their class. */
export type LayerTable = Readonly<Record<string, LayerImporter>>;

/** A layer of one input and one output, which passes a mask on. */
export function mapping(map: (x: Value) => Value): BuiltLayer {
  return ({ inputs: [x] }) => [map(x)];
}

/**
 * @throws {Error} where a layer that needs the whole sequence is to run one step at a time
 */
export function needsWholeSequence({ pool, who }: LayerContext, what: string): void {
  if (!pool.stepwise) return;
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got ${what}, which needs the whole sequence, expected layers that a step at a time can run`,
  );
}
