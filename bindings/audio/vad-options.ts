import type { Engine } from '../index.js';
import { assertOptions } from '../options.js';
import { assertBetween, assertFunction, assertRate } from './checks.js';
import type { SpeechEvents, SpeechGateOptions } from './speech-gate.js';

/** Thresholds, durations and callbacks of a detector. Names, meanings and defaults are those of vad-web. */
export interface DetectorOptions extends SpeechGateOptions, Partial<SpeechEvents> {
  /** Rate of the samples that will be pushed, in Hz: a whole number from 1000 to 768000. Default 16000. */
  sampleRate?: number;
  /**
   * Called for every frame, before the other events of it, with the probability of speech and the samples at 16 kHz. The
   * array is a view that the next frame overwrites: copy it to keep it.
   */
  onFrame?: (probability: number, frame: Float32Array) => void;
  /** Called once when a sample is NaN or infinite. All samples from there on count as silence, until `reset()`. */
  onError?: (error: Error) => void;
}

/** Options of `Vad.load`. */
export interface VadOptions extends DetectorOptions {
  /** Where the model runs; the shared engine unless given. */
  engine?: Engine;
}

const DEFAULTS = {
  positiveSpeechThreshold: 0.3,
  negativeSpeechThreshold: 0.25,
  redemptionMs: 1400,
  preSpeechPadMs: 800,
  minSpeechMs: 400,
};

const EVENTS = ['onSpeechStart', 'onSpeechRealStart', 'onSpeechEnd', 'onVADMisfire', 'onFrame', 'onError'] as const;

const DURATIONS = ['redemptionMs', 'preSpeechPadMs', 'minSpeechMs'] as const;

/** A minute: the padding is kept in memory all the time. */
const LONGEST_MS = 60_000;

/** The options of the gate, defaults filled in. */
export function gateOptions(options: SpeechGateOptions): Required<SpeechGateOptions> {
  const positive = options.positiveSpeechThreshold ?? DEFAULTS.positiveSpeechThreshold;
  return {
    positiveSpeechThreshold: positive,
    negativeSpeechThreshold: options.negativeSpeechThreshold ?? Math.min(DEFAULTS.negativeSpeechThreshold, positive),
    redemptionMs: options.redemptionMs ?? DEFAULTS.redemptionMs,
    preSpeechPadMs: options.preSpeechPadMs ?? DEFAULTS.preSpeechPadMs,
    minSpeechMs: options.minSpeechMs ?? DEFAULTS.minSpeechMs,
  };
}

/** The callbacks of the gate; those that were left out do nothing. */
export function gateEvents(options: Partial<SpeechEvents>): SpeechEvents {
  return {
    onSpeechStart: options.onSpeechStart ?? nothing,
    onSpeechRealStart: options.onSpeechRealStart ?? nothing,
    onSpeechEnd: options.onSpeechEnd ?? nothing,
    onVADMisfire: options.onVADMisfire ?? nothing,
  };
}

export const nothing = () => {};

/**
 * Checks options.
 *
 * @param further names that are allowed besides
 * @throws {TypeError} if one is of the wrong kind
 * @throws {RangeError} if one is out of range
 */
export function checkDetector(options: DetectorOptions, further: readonly string[], who: string): void {
  assertOptions(options, ['sampleRate', ...further, ...Object.keys(DEFAULTS), ...EVENTS], who);
  if (options.sampleRate !== undefined) assertRate(options.sampleRate, `${who}: sampleRate`);
  for (const name of EVENTS) if (options[name] !== undefined) assertFunction(options[name], `${who}: ${name}`);
  const gate = gateOptions(options);
  assertBetween(gate.positiveSpeechThreshold, 0, 1, `${who}: positiveSpeechThreshold`);
  assertBetween(gate.negativeSpeechThreshold, 0, gate.positiveSpeechThreshold, `${who}: negativeSpeechThreshold`);
  for (const name of DURATIONS) assertBetween(gate[name], 0, LONGEST_MS, `${who}: ${name}`);
}
