/** Touches the names that tasks beyond regression brought, as a program in strict TypeScript would; ../consumers.test.ts counts them. */

import {
  AttentionPool,
  type AttentionPoolOptions,
  Dropout,
  type DropoutOptions,
  GRU,
  LastStep,
  type LastStepOptions,
  LayerNorm,
  type LayerNormOptions,
  type LayerSummary,
  Linear,
  MaxPool,
  MeanPool,
  type ModelSummary,
  type Pool,
  type PoolOptions,
  type PoolState,
  Scaler,
  type ScalerOptions,
  Sequential,
  summary,
} from 'hiddenstate';
import {
  accuracy,
  type BinaryOptions,
  bce,
  type CellTrace,
  type EvaluateOptions,
  type F1Average,
  type FitCallback,
  type FlowNorms,
  f1,
  type GatedLayer,
  type GateTraceOptions,
  gateTrace,
  type Measuring,
  type Metric,
  type MetricName,
  type ParameterGroup,
  type ParameterSets,
  type QuantileOptions,
  quantile,
  RMSprop,
  type RMSpropOptions,
  type SequenceItem,
  type SequencesOptions,
  sequences,
  type WeightChoice,
} from 'hiddenstate/train';

/** Types alone: that each is exported under its name. */
export type Named = [
  AttentionPoolOptions,
  DropoutOptions,
  LastStepOptions,
  LayerNormOptions,
  LayerSummary,
  ModelSummary,
  Pool,
  PoolOptions,
  PoolState,
  ScalerOptions,
  BinaryOptions,
  CellTrace,
  EvaluateOptions,
  F1Average,
  FitCallback,
  FlowNorms,
  GatedLayer,
  GateTraceOptions,
  Measuring,
  Metric,
  MetricName,
  ParameterGroup,
  ParameterSets,
  QuantileOptions,
  RMSpropOptions,
  SequenceItem,
  SequencesOptions,
  WeightChoice,
];

const gru = new GRU({ inputSize: 2, hiddenSize: 3, seed: 1 });
const model = new Sequential([gru, new LastStep(), new Linear({ inFeatures: 3, outFeatures: 2, seed: 1 })]);
const report: ModelSummary = summary(model);
const traces: readonly CellTrace[] = gateTrace(gru, { data: new Float32Array(8), dims: [4, 2] });
const made = [AttentionPool, Dropout, LayerNorm, MaxPool, MeanPool, Scaler, RMSprop];
const functions = [accuracy, bce, f1, quantile, sequences];
console.log(JSON.stringify([typeof report, traces.length, made.length, functions.length]));
model.dispose();
