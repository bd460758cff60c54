/** The graph runtime: what the readers of model files build, and what runs it. */

/** The cell with every option, for operators of a reader's own. */
export { type Activation, activationName, type RowFunction, rowFunction } from '../recurrence/activation.js';
export type { CellDescription } from '../recurrence/cell-description.js';
export { RecurrentCell } from '../recurrence/recurrent-cell.js';
export { NO_STATE, type SequenceCall, type StateRows } from '../recurrence/sequence-call.js';
export { StepMask } from '../recurrence/step-mask.js';
export { Attributes } from './attributes.js';
export { DTYPE_NUMBERS, type Dtype, type OuterValues, outerZeros, STORAGE, type Values } from './dtype.js';
export {
  AttributeReference,
  type AttributeValue,
  type FunctionTable,
  functionKey,
  type Graph,
  type GraphFunction,
  LazyGraph,
  LazyTensor,
  type Node,
  nodeLabel,
  type OperatorUse,
  type TensorValue,
  TextTensor,
  tensorOf,
  type ValueInfo,
} from './graph.js';
export { GraphModel, type GraphModelParts } from './graph-model.js';
export type { GraphStream, GraphStreamOptions } from './graph-stream.js';
export type { Feeds, FeedTensor, GraphTensor } from './graph-tensor.js';
export type { Known, Operator, OperatorTable, Output, Place, Prepared, Site, Step } from './operator.js';
export { operators } from './operators/index.js';
export { checkGraph, findOperator, isIf, type Registry } from './registry.js';
export { sortNodes } from './sort-nodes.js';
