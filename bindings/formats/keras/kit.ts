import type { Graph, GraphModelParts, OperatorTable } from '../../graph/index.js';
import type { CallSpec, LayerSpec, NodeSpec } from './config/model-spec.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { LAYERS } from './layers/index.js';
import type { LayerTable } from './layers/layer.js';
import type { LayerPool } from './state-pool.js';

/** What runs a call of a layer, an operation or a model. */
export type Callable = (call: CallSpec<Value>) => Value[];

/** Where an operation stands. */
export interface OperationPlace {
  readonly builder: GraphBuilder;
  readonly pool: LayerPool;
  readonly name: string;
  /** The beginning of error messages. */
  readonly who: string;
}

/** What models are made of. */
export interface Kit {
  readonly layers: LayerTable;
  /** Makes an operation on tensors; absent where there are none. */
  readonly operation?: (node: NodeSpec, place: OperationPlace) => Callable;
  /** The classes of `keras.ops` that it makes. */
  readonly operations?: ReadonlySet<string>;
  /** Operators of graphs beside the common ones. */
  readonly operators: OperatorTable;
  /** Whether a graph may need the kernels of Fourier transforms; absent where none does. */
  readonly mayTransform?: (graph: Graph) => boolean;
  /** What plans a Scan; absent where there is none. */
  readonly repetitions?: GraphModelParts['repetitions'];
}

/** The layers that nearly every recurrent model is made of. */
export const COMMON_KIT: Kit = { layers: LAYERS, operators: {} };

/** The layers that Keras 2 makes of functions of TensorFlow. */
export const FUNCTIONS: readonly string[] = ['TFOpLambda', 'SlicingOpLambda'];

/** Whether a node is an operation or a function, rather than a layer or a model. */
export function isCalculation({ isOperation, className }: LayerSpec): boolean {
  return isOperation || FUNCTIONS.includes(className);
}
