import { HiddenstateError } from '../../../errors.js';
import type { Fields } from '../config/fields.js';
import type { Argument, KerasVersion } from '../config/model-spec.js';
import type { GraphBuilder, Value } from '../graph-builder.js';
import type { LayerPool } from '../state-pool.js';
import type { LayerVariables } from '../weights/weight-source.js';

/** What a call is given, its tensors those of the graph. */
export type Given = Argument<Value>;

/** One call of a layer. */
export interface LayerCall {
  /** The tensors of its first argument, with the masks that go on to what comes after the layer. */
  readonly inputs: readonly Value[];
  /** The masks that the layer itself heeds, by input. */
  readonly masks: readonly (Value | undefined)[];
  /** What else it is given, by the name of the parameter. */
  readonly given: ReadonlyMap<string, Given>;
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
  readonly version: KerasVersion;
  readonly variables: LayerVariables;
  readonly pool: LayerPool;
  /** Makes a layer that this one wraps, each of whose calls begins anew, whatever a stream carries. */
  wrapped(config: unknown, variables: LayerVariables): WrappedLayer;
}

/** A layer inside another one. */
export interface WrappedLayer {
  readonly className: string;
  readonly call: BuiltLayer;
}

/** Reads a layer's configuration and weights. */
export type LayerImporter = (context: LayerContext) => BuiltLayer;

/** Layers by the name of their class. */
export type LayerTable = Readonly<Record<string, LayerImporter>>;

/** A layer of one input and one output, which passes a mask on. */
export function mapping(map: (x: Value) => Value): BuiltLayer {
  return ({ inputs: [x] }) => [map(x)];
}

/** A layer of one input and one output at which a mask ends. */
export function unmasked(map: (x: Value) => Value): BuiltLayer {
  return ({ inputs: [x] }) => [{ ...map(x), mask: undefined }];
}

/** `mapping` in Keras 3, `unmasked` in Keras 2. */
export function mappingOf({ version }: Pick<LayerContext, 'version'>): typeof mapping {
  return version.dialect === 'keras-3' ? mapping : unmasked;
}

/**
 * Where a layer or an operation reaches over the whole second dimension and a stream sees one step of it.
 *
 * @param x what it reads; if absent, a sequence
 * @throws {Error} that names the layer
 */
export function needsWholeSequence({ pool, who }: Pick<LayerContext, 'pool' | 'who'>, what: string, x?: Value): void {
  if (!pool.stepwise || x?.timed === false) return;
  throw new HiddenstateError(
    'UNSUPPORTED',
    `${who}: got ${what}, which needs the whole sequence, expected layers that a step at a time can run`,
  );
}

/** Whether an option of a call is set. */
export function isSet({ given }: LayerCall, name: string): boolean {
  const argument = given.get(name);
  return argument !== undefined && 'constant' in argument && argument.constant === true;
}
