/**
 * hiddenstate without embedded kernels and without host globals: for workers, worklets and bundlers that bring the
 * wasm themselves. Give layers `{ engine: createEngine({ source }) }`.
 */
export { createEngine, type EngineOptions, ready, sharedEngine } from './engine/default-engine.js';
export { Engine, type Simd } from './engine/engine.js';
export type { KernelSource, KernelSources } from './engine/kernel-source.js';
export { type ErrorCode, type Fault, HiddenstateError } from './errors.js';
export { LogSoftmax, ReLU, Sigmoid, Softmax, Tanh } from './layers/activation.js';
export { AttentionPool, type AttentionPoolOptions } from './layers/attention-pool.js';
export {
  type CellOptions,
  GRUCell,
  type GRUCellOptions,
  LSTMCell,
  RNNCell,
  type RNNCellOptions,
} from './layers/cell.js';
export { Embedding, type EmbeddingOptions } from './layers/embedding.js';
export { Linear, type LinearOptions } from './layers/linear.js';
export { loadModel } from './layers/load-model.js';
export type {
  ForwardOptions,
  Module,
  ModuleConfig,
  ModuleOptions,
  ModuleResult,
  WeightOptions,
} from './layers/module.js';
export type { Pool, PoolOptions } from './layers/pool.js';
export type { PoolState } from './layers/pool-stage.js';
export { LastStep, type LastStepOptions, MaxPool, MeanPool } from './layers/pools.js';
export { quantize } from './layers/quantize.js';
export type { ForwardResult, FromStateDictOptions, RecurrentOptions } from './layers/recurrent.js';
export * from './layers/recurrent-layers.js';
export {
  Dropout,
  type DropoutOptions,
  LayerNorm,
  type LayerNormOptions,
  Scaler,
  type ScalerOptions,
} from './layers/regular.js';
export { argmax, type SampleOptions, sample, sampler } from './layers/sampling.js';
export {
  Sequential,
  type SequentialOptions,
  type SequentialResult,
  type SequentialState,
} from './layers/sequential.js';
export { logSoftmax, softmax } from './layers/softmax.js';
export type { HiddenState, LSTMState } from './layers/state.js';
export type { Stream, StreamOptions } from './layers/stream.js';
export { type LayerSummary, type ModelSummary, summary } from './layers/summary.js';
export { manualSeed } from './manual-seed.js';
export type { LaneOptions, Streaming } from './streaming.js';
export type { Int8Tensor, StateDict, StoredStateDict, Tensor } from './tensor.js';
export type { WeightFormat } from './weights/quantized.js';
export {
  readSafetensors,
  readSafetensorsHeader,
  type SafetensorsDtype,
  type SafetensorsEntry,
  type SafetensorsHeader,
  writeSafetensors,
} from './weights/safetensors.js';
export type { LoadOptions } from './weights/state-dict.js';
