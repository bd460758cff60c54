/**
 * hiddenstate/audio: sound for recurrent networks: sample rates, frames, voice activity.
 */
export { Amplifier, type AmplifierOptions, type AmplifyOptions, amplify } from './amplifier.js';
export { Framer, type FramerOptions } from './framer.js';
export { Resampler, type ResamplerOptions, resample } from './resampler.js';
export { type Segment, type SegmentOptions, segmentsOf, type Track } from './segments.js';
export type { SpeechEvents, SpeechGateOptions } from './speech-gate.js';
export { type SpeechSegmentsOptions, speechSegments } from './speech-segments.js';
export { Vad, type VadOptions } from './vad.js';
