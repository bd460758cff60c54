import { besselI0 } from './bessel.js';

/** Zero crossings of the sinc on each side. */
const CROSSINGS = 52;
/** Shape of the Kaiser window: the stop band is about 100 dB down. */
const BETA = 10;
/** Middle of the transition band, as a part of half the lower rate: the pass band ends at 0.88, the stop band begins at 1. */
const CUTOFF = 0.94;
/** Coefficients that a table of every phase may have; with more, phases are interpolated. */
const MOST_EXACT = 1 << 17;
/** Interpolated phases between two zero crossings: the error of linear interpolation is then about 110 dB down. */
const FINENESS = 512;

/** A low-pass filter sampled at many phases: the polyphase form of a resampler. */
export interface ResamplingFilter {
  /** Taps on each side of the place where an output lies, in input samples. */
  readonly reach: number;
  /** Phases of one input sample. */
  readonly phases: number;
  /** Whether every output lies at a phase; if not, two neighbours are interpolated. */
  readonly exact: boolean;
  /** `phases + 1` rows of `2 · reach` coefficients: of the inputs from `reach − 1` before the place to `reach` after it. */
  readonly taps: Float32Array;
}

/**
 * Designs a windowed sinc (J. O. Smith, Digital Audio Resampling) for a ratio of rates without common divisor.
 *
 * @param from input rate
 * @param to output rate
 */
export function designFilter(from: number, to: number): ResamplingFilter {
  const scale = Math.min(1, to / from) * CUTOFF;
  const reach = Math.ceil(CROSSINGS / scale);
  const exact = to * 2 * reach <= MOST_EXACT;
  const phases = exact ? to : Math.ceil(FINENESS * scale);
  const taps = new Float32Array((phases + 1) * 2 * reach);
  for (let phase = 0, at = 0; phase <= phases; phase++) {
    for (let k = 1 - reach; k <= reach; k++) taps[at++] = scale * kernel((k - phase / phases) * scale);
  }
  return { reach, phases, exact, taps };
}

/** sinc(x) · Kaiser(x / CROSSINGS) */
function kernel(x: number): number {
  const place = x / CROSSINGS;
  if (Math.abs(place) >= 1) return 0;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  return (sinc * besselI0(BETA * Math.sqrt(1 - place * place))) / besselI0(BETA);
}
