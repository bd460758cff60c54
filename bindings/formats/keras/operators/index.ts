import type { OperatorTable } from '../../../graph/index.js';
import { activation, boundedRelu } from './functions.js';
import { recurrent } from './recurrent-operator.js';
import { allSteps, mergeDims, mergeSteps, reshape, splitSteps } from './shapes.js';

/** What Keras' layers need beside ONNX's operators. */
export const KERAS_OPERATORS: OperatorTable = {
  Activation: activation,
  AllSteps: allSteps,
  BoundedRelu: boundedRelu,
  MergeDims: mergeDims,
  MergeSteps: mergeSteps,
  Recurrent: recurrent,
  Reshape: reshape,
  SplitSteps: splitSteps,
};
