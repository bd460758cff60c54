/** hiddenstate/train: gradients of recurrent networks in WebAssembly, and what to do with them. */
export { clipGradientNorm, clipGradientValue, gradientNorm, type ParameterSets } from './clip-gradients.js';
export type { Batch, Batches } from './data/batches.js';
export { type SequenceItem, type SequencesOptions, sequences } from './data/sequences.js';
export { type Series, splitByTime } from './data/series.js';
export { type LaneOptions, lanes, type WindowOptions, windows } from './data/windows.js';
export { DivergedError } from './fit/diverged-error.js';
export { type EvaluateOptions, evaluate } from './fit/evaluate.js';
export { fit } from './fit/fit.js';
export type { CheckpointOptions, EpochReport, FitCallback, FitOptions, FitProgress, FitResult } from './fit/options.js';
export { type CellTrace, type GatedLayer, type GateTraceOptions, gateTrace } from './gate-trace.js';
export {
  type FlowingLayer,
  type FlowNorms,
  type GradientFlow,
  type GradientFlowOptions,
  gradientFlow,
} from './gradient-flow.js';
export { type InitializeOptions, type Initializer, initialize } from './initialize.js';
export { type BinaryOptions, bce } from './losses/binary.js';
export { type CrossEntropyOptions, crossEntropy } from './losses/cross-entropy.js';
export { type GaussianNLLOptions, gaussianNLL, splitGaussian, type VarianceLink } from './losses/gaussian-nll.js';
export type { Loss, LossCall, LossOptions, LossResult, Reduction } from './losses/loss.js';
export type { LossMask } from './losses/mask.js';
export { type QuantileOptions, quantile } from './losses/quantile.js';
export { type HuberOptions, huber, mae, mse, type SmoothL1Options, smoothL1 } from './losses/regression.js';
export { accuracy, type F1Average, f1, type Measuring, type Metric, type MetricName } from './metrics.js';
export { Adam, type AdamOptions, AdamW } from './optimizers/adam.js';
export type { Optimizer, OptimizerOptions, ParameterGroup } from './optimizers/optimizer.js';
export { RMSprop, type RMSpropOptions } from './optimizers/rmsprop.js';
export { SGD, type SGDOptions } from './optimizers/sgd.js';
export type { Parameters, TrainedParameter, WeightChoice } from './parameters.js';
export {
  cosineAnnealingLR,
  exponentialLR,
  linearLR,
  type OneCycleOptions,
  oneCycleLR,
  sequentialLR,
  stepLR,
} from './schedules/closed-form.js';
export { type PlateauOptions, reduceLROnPlateau } from './schedules/reduce-on-plateau.js';
export type { Schedule, ScheduleOptions } from './schedules/schedule.js';
export type { TapeForwardOptions, TapeGradients, TapeOptions, TapeResult } from './tape/options.js';
export { Tape } from './tape/tape.js';
