/** The graph runtime: what the readers of model files build, and what runs it. */
export { Attributes } from './attributes.js';
export { DTYPE_NUMBERS, type Dtype, type OuterValues, STORAGE, type Values } from './dtype.js';
export {
  type AttributeValue,
  type Graph,
  LazyTensor,
  type Node,
  type TensorValue,
  tensorOf,
  type ValueInfo,
} from './graph.js';
export { GraphModel, type GraphModelParts } from './graph-model.js';
export type { GraphStream, GraphStreamOptions } from './graph-stream.js';
export type { Feeds, FeedTensor, GraphTensor } from './graph-tensor.js';
export type { Known, Operator, OperatorTable, Output, Place, Prepared, Site, Step } from './operator.js';
export { operators } from './operators/index.js';
export { findOperator, type Registry } from './registry.js';
