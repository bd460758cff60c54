/**
 * hiddenstate/onnx: ONNX models of recurrent networks, run as they are.
 */
import { loadFor as load } from './load-onnx.js';

export type { Dtype, Feeds, FeedTensor, GraphModel, GraphTensor, OuterValues, ValueInfo } from '../../graph/index.js';
export type { OnnxDescription, OnnxLayer, OnnxOperator, OnnxStep } from './describe-model.js';
export type { ExternalData } from './load-external.js';
export { type DescribeOnnxOptions, describeOnnx, loadOnnxSync } from './load-now.js';
export { type LoadOnnxOptions, loadOnnx } from './load-onnx.js';
export type { OnnxValue } from './onnx-value.js';
export type { TrialDims } from './trial.js';

/** @internal For other entries. */
export const loadFor = load;
