import { assertOptions } from '../options.js';
import { assertBetween, assertSamples } from './checks.js';

/** Options of `powerToDb` and `amplitudeToDb`. */
export interface DecibelOptions {
  /** What counts as 0 dB. Default 1. */
  ref?: number;
  /** Smaller values count as this one. Default 1e-10 for powers, 1e-5 for amplitudes. */
  amin?: number;
  /** Values so far below the greatest one are raised to it; `null` for no such floor. Default 80. */
  topDb?: number | null;
}

/**
 * Powers in decibels, as `librosa.power_to_db` and torchaudio's `AmplitudeToDB('power')`: 10 · log₁₀(max(power, amin) / ref).
 *
 * @param values powers of any shape; unchanged
 * @returns as many numbers
 * @throws {TypeError} if an argument is of the wrong kind
 * @throws {RangeError} if an option is out of range
 *
 * @example
 * ```ts
 * import { melSpectrogram, powerToDb } from 'hiddenstate/audio';
 *
 * const { data } = melSpectrogram(recording, { sampleRate: 16_000, nFft: 400 });
 * const decibels = powerToDb(data); // as many numbers
 * console.log(decibels.length === data.length); // true
 * console.log(powerToDb(Float32Array.of(1, 0.1, 0.001)).join(' ')); // 0 -10 -30
 * ```
 */
export function powerToDb(values: Float32Array, options: DecibelOptions = {}): Float32Array {
  return decibels(values, options, 'powerToDb', 1e-10, 10);
}

/**
 * Amplitudes in decibels, as `librosa.amplitude_to_db` (torchaudio's `AmplitudeToDB('magnitude')` with `amin: 1e-10`):
 * 20 · log₁₀(max(amplitude, amin) / ref).
 *
 * @param values amplitudes of any shape; unchanged
 * @returns as many numbers
 * @throws as `powerToDb`
 *
 * @example
 * ```ts
 * import { amplitudeToDb } from 'hiddenstate/audio';
 *
 * console.log(amplitudeToDb(Float32Array.of(1, 0.1, 0.01)).join(' ')); // 0 -20 -40
 * ```
 */
export function amplitudeToDb(values: Float32Array, options: DecibelOptions = {}): Float32Array {
  return decibels(values, options, 'amplitudeToDb', 1e-5, 20);
}

function decibels(
  values: Float32Array,
  options: DecibelOptions,
  who: string,
  least: number,
  factor: number,
): Float32Array {
  assertSamples(values, `${who}: values`);
  assertOptions(options, ['ref', 'amin', 'topDb'], who);
  const { ref = 1, amin = least, topDb = 80 } = options;
  assertBetween(ref, Number.MIN_VALUE, Number.MAX_VALUE, `${who}: ref`);
  assertBetween(amin, Number.MIN_VALUE, Number.MAX_VALUE, `${who}: amin`);
  if (topDb !== null) assertBetween(topDb, 0, Number.MAX_VALUE, `${who}: topDb`);
  const zero = Math.log10(Math.max(ref, amin));
  const out = values.map((value) => factor * (Math.log10(Math.max(value, amin)) - zero));
  if (topDb === null) return out;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of out) greatest = Math.max(greatest, value);
  return out.map((value) => Math.max(value, greatest - topDb));
}
