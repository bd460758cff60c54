import type { OperatorTable } from '../../../graph/index.js';
import { activation, boundedRelu } from './functions.js';
import { recurrent } from './recurrent-operator.js';
import { allSteps, causalMask, mergeDims, mergeSteps, reshape, splitDim, splitSteps, zeroState } from './shapes.js';

/** What Keras' layers need beside ONNX's operators. */
export const KERAS_OPERATORS: OperatorTable = {
  Activation: activation,
  AllSteps: allSteps,
  BoundedRelu: boundedRelu,
  CausalMask: causalMask,
  MergeDims: mergeDims,
  MergeSteps: mergeSteps,
  Recurrent: recurrent,
  Reshape: reshape,
  SplitDim: splitDim,
  SplitSteps: splitSteps,
  ZeroState: zeroState,
};
