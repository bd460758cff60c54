/** The graph runtime: what the readers of model files build, and what runs it. */

/** The recurrent cell, for operators of a reader's own. */
export type { CellDescription } from '../cells/general/description.js';
export { GeneralCell } from '../cells/general/general-cell.js';
export { NO_STATE, type SequenceCall, type StateRows } from '../cells/general/sequence-call.js';
export { StepMask } from '../cells/general/step-mask.js';
export { GeneralLayout } from '../cells/general/workspace.js';
export { Attributes } from './attributes.js';
export { CellMemory } from './cell-memory.js';
export {
  DTYPE_NUMBERS,
  type Dtype,
  fromBrain,
  type OuterValues,
  outerZeros,
  STORAGE,
  typeName,
  type Values,
} from './dtype.js';
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
  tensorOf,
  type ValueInfo,
} from './graph.js';
export { GraphModel, type GraphModelParts } from './graph-model.js';
export type { GraphStream } from './graph-stream.js';
export type { Feeds, FeedTensor, GraphTensor } from './graph-tensor.js';
export type { Known, Operator, OperatorTable, Output, Place, Prepared, Site, Step } from './operator.js';
export { commonOperators } from './operators/index.js';
export { checkGraph, findOperator, hasOperators, isPlanned, PLANNED_OPERATORS, type Registry } from './registry.js';
export { sortNodes } from './sort-nodes.js';
export type { GraphStreamOptions } from './stream-parts.js';
export { TextTable } from './text-table.js';
