/**
 * hiddenstate/worklet: models in the audio thread of a browser: voice activity, amplifiers, models of one's own.
 */
export { createNode } from './create-node.js';
export { type CreateVadOptions, createVad, type StreamVad } from './create-vad.js';
export type { EventName, HeardFrame, Kind, MeterReport, SoundEvents } from './messages.js';
export type { ModelFile } from './model-file.js';
export type {
  AmplifierNodeOptions,
  ModelNodeOptions,
  NodeOptions,
  SoundNodeOptions,
  SpectralNodeOptions,
  SpectralNodeStage,
  VadNodeOptions,
} from './options.js';
export type { SoundNode } from './sound-node.js';
