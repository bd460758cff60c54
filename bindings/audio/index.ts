/**
 * hiddenstate/audio: sound for recurrent networks: sample rates, frames, spectra, voice activity, amplifiers.
 */
export { Amplifier, type AmplifierOptions, type AmplifyOptions, amplify } from './amplifier.js';
export { amplitudeToDb, type DecibelOptions, powerToDb } from './decibels.js';
export { Framer, type FramerOptions } from './framer.js';
export { InverseStft, type InverseStftOptions, type IstftOptions, istft } from './inverse-stft.js';
export { type MelOptions, melFilters } from './mel-filters.js';
export { MelSpectrogram, type MelSpectrogramOptions, melSpectrogram } from './mel-spectrogram.js';
export { Mfcc, type MfccOptions, mfcc, type WholeMfccOptions } from './mfcc.js';
export type { PooledCall } from './pooled-call.js';
export { RealFft } from './real-fft.js';
export { Resampler, type ResamplerOptions, resample } from './resampler.js';
export { type Segment, type SegmentOptions, segmentsOf, type Track } from './segments.js';
export { SpectralModel, type SpectralModelOptions } from './spectral-model.js';
export type { SpectralStage, SpectralStream } from './spectral-stage.js';
export type { SpeechEvents, SpeechGateOptions } from './speech-gate.js';
export { type SpeechSegmentsOptions, speechSegments } from './speech-segments.js';
export { type ForwardStftOptions, type PadMode, Stft, stft } from './stft.js';
export type { StftOptions } from './stft-options.js';
export { Vad } from './vad.js';
export type { DetectorOptions, VadOptions } from './vad-options.js';
export { VadPool, type VadPoolOptions } from './vad-pool.js';
export { makeWindow, type WindowName, type WindowOptions } from './windows.js';
