import { rangeError } from '../errors.js';
import { assertOptions, assertSize, refuse } from '../options.js';
import type { Tensor } from '../tensor.js';
import { assertBetween, assertRate } from './checks.js';

/** Which filters a mel spectrum has. Names and meanings are those of librosa and torchaudio. */
export interface MelOptions {
  /** Rate of the samples in Hz: a whole number from 1000 to 768000. */
  sampleRate: number;
  /** How many filters. Default 128. */
  nMels?: number;
  /** Lowest frequency in Hz. Default 0. */
  fMin?: number;
  /** Highest frequency in Hz. Default half the sample rate. */
  fMax?: number;
  /** `slaney` is linear below 1 kHz, librosa's default; `htk` is 2595 · log₁₀(1 + f / 700), torchaudio's. Default `slaney`. */
  melScale?: 'slaney' | 'htk';
  /** `slaney` divides each filter by its width in Hz, librosa's default; `null` leaves its peak at 1, torchaudio's. Default `slaney`. */
  norm?: 'slaney' | null;
}

/** Names of the options, for checks. */
export const MEL_NAMES = ['sampleRate', 'nMels', 'fMin', 'fMax', 'melScale', 'norm'] as const;

/** One filter: weights of the bins from `first` on. */
export interface MelFilter {
  readonly first: number;
  readonly weights: Float32Array;
}

/**
 * The triangular filters of a mel spectrum, as `librosa.filters.mel` and `torchaudio.functional.melscale_fbanks` give them.
 *
 * @param options the filters, and `nFft`, the samples of a frame
 * @returns [nMels, nFft / 2 + 1]
 * @throws {TypeError} if an option is of the wrong kind
 * @throws {RangeError} if one is out of range
 *
 * @example
 * ```ts
 * import { melFilters } from 'hiddenstate/audio';
 *
 * const filters = melFilters({ sampleRate: 16_000, nFft: 400, nMels: 80 });
 * console.log(filters.dims); // [ 80, 201 ]
 * ```
 */
export function melFilters(options: MelOptions & { nFft: number }): Tensor {
  const who = 'melFilters';
  assertOptions(options, [...MEL_NAMES, 'nFft'], who);
  const { nFft, ...mel } = options;
  assertSize(nFft, `${who}: nFft`, 2, 2 ** 22);
  const filters = designMel(mel, nFft, who);
  const bins = Math.floor(nFft / 2) + 1;
  const data = new Float32Array(filters.length * bins);
  filters.forEach(({ first, weights }, m) => {
    data.set(weights, m * bins + first);
  });
  return { data, dims: [filters.length, bins] };
}

/**
 * Designs filters.
 *
 * @throws as `melFilters`
 */
export function designMel(options: MelOptions, nFft: number, who: string): MelFilter[] {
  const { sampleRate, nMels = 128, fMin = 0, melScale = 'slaney', norm = 'slaney' } = options;
  assertRate(sampleRate, `${who}: sampleRate`);
  assertSize(nMels, `${who}: nMels`, 1, 4096);
  const { fMax = sampleRate / 2 } = options;
  assertBetween(fMax, 0, sampleRate / 2, `${who}: fMax`);
  assertBetween(fMin, 0, fMax, `${who}: fMin`);
  if (fMin === fMax) throw rangeError(`${who}: fMin: got ${fMin}, expected less than fMax`);
  if (melScale !== 'slaney' && melScale !== 'htk') refuse(melScale, 'string', `${who}: melScale`, '"slaney" or "htk"');
  if (norm !== 'slaney' && norm !== null) refuse(norm, 'string', `${who}: norm`, '"slaney" or null');
  const { toMel, toHz } = SCALES[melScale];
  const [low, high] = [toMel(fMin), toMel(fMax)];
  const edges = Array.from({ length: nMels + 2 }, (_, i) => toHz(low + ((high - low) * i) / (nMels + 1)));
  const bins = Math.floor(nFft / 2) + 1;
  return Array.from({ length: nMels }, (_, m) => {
    const [from, peak, to] = edges.slice(m, m + 3);
    const by = norm === null ? 1 : 2 / (to - from);
    const weightOf = (k: number) => {
      const hz = (k * sampleRate) / nFft;
      return by * Math.max(0, Math.min((hz - from) / (peak - from), (to - hz) / (to - peak)));
    };
    const first = Math.min(bins, Math.ceil((from * nFft) / sampleRate));
    const last = Math.max(first - 1, Math.min(bins - 1, Math.floor((to * nFft) / sampleRate)));
    return { first, weights: Float32Array.from({ length: last - first + 1 }, (_, i) => weightOf(first + i)) };
  });
}

/** Slaney's Auditory Toolbox: 200 / 3 Hz a mel below 1 kHz, then 27 steps for a factor of 6.4. */
const STEP = 200 / 3;
const KNEE = 1000 / STEP;
const LOG_STEP = Math.log(6.4) / 27;

const SCALES = {
  slaney: {
    toMel: (hz: number) => (hz < 1000 ? hz / STEP : KNEE + Math.log(hz / 1000) / LOG_STEP),
    toHz: (mel: number) => (mel < KNEE ? mel * STEP : 1000 * Math.exp(LOG_STEP * (mel - KNEE))),
  },
  htk: {
    toMel: (hz: number) => 2595 * Math.log10(1 + hz / 700),
    toHz: (mel: number) => 700 * (10 ** (mel / 2595) - 1),
  },
} as const;
