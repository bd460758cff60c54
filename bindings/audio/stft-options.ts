import { rangeError } from '../errors.js';
import type { Engine } from '../index.js';
import { assertBoolean, assertOptions, assertSize, refuse } from '../options.js';
import { hasFastTransform } from '../spectra/index.js';
import { isFloat32Array } from '../tensor.js';
import { assertSamples } from './checks.js';
import { makeWindow, type WindowName } from './windows.js';

/** Options of short-time Fourier transforms and their inverses. Names and meanings are those of `torch.stft`. */
export interface StftOptions {
  /** Samples of a frame: at least 2, with no prime factors but 2, 3 and 5. Multiples of 8 are fastest. */
  nFft: number;
  /** Samples from one frame to the next. Default ⌊nFft / 4⌋. */
  hopLength?: number;
  /** Samples of the window, which lies in the middle of a frame. Default: the window's own length, else `nFft`. */
  winLength?: number;
  /** The window, by name (periodic) or as `winLength` numbers. Default `hann`, as torchaudio, librosa and SciPy have it. */
  window?: WindowName | Float32Array;
  /** Whether frame t is centred on sample t · hopLength, the signal padded by nFft / 2 on both sides. Default true. */
  center?: boolean;
  /**
   * `true` divides spectra by √nFft, as torch does; `window` by the root of the sum of the squared window, as torchaudio does.
   * Default false.
   */
  normalized?: boolean | 'window';
  /** Whether bins above nFft / 2, the conjugates of those below, are left out. Default true. */
  onesided?: boolean;
  /** Where it runs; the shared engine unless given. */
  engine?: Engine;
}

/** Names of the options, for checks. */
export const STFT_NAMES = [
  'nFft',
  'hopLength',
  'winLength',
  'window',
  'center',
  'normalized',
  'onesided',
  'engine',
] as const;

/** Options that were checked, what was left out filled in. */
export interface StftPlan {
  readonly nFft: number;
  readonly hop: number;
  /** Of `nFft` samples, zeros around `winLength`. */
  readonly window: Float32Array;
  readonly center: boolean;
  /** What spectra are multiplied by. */
  readonly scale: number;
  readonly onesided: boolean;
  /** Numbers of a spectrum: twice its bins. */
  readonly spectrumSize: number;
}

const MOST = 2 ** 22;

/**
 * Checks options.
 *
 * @throws {TypeError} if one is of the wrong kind
 * @throws {RangeError} if one is out of range, or they do not fit together
 */
export function planStft(options: StftOptions, who: string, further: readonly string[] = []): StftPlan {
  assertOptions(options, [...STFT_NAMES, ...further], who);
  const { nFft, window = 'hann', center = true, normalized = false, onesided = true } = options;
  assertSize(nFft, `${who}: nFft`, 2, MOST);
  if (!hasFastTransform(nFft)) {
    throw rangeError(
      `${who}: nFft: got ${nFft}, expected no prime factors but 2, 3 and 5: ${fastSizesAround(nFft).join(' or ')}`,
    );
  }
  const { hopLength = Math.max(1, Math.floor(nFft / 4)) } = options;
  assertSize(hopLength, `${who}: hopLength`, 1, MOST);
  if (typeof window !== 'string') assertSamples(window, `${who}: window`);
  const { winLength = isFloat32Array(window) ? window.length : nFft } = options;
  assertSize(winLength, `${who}: winLength`, 1, nFft);
  assertBoolean(center, `${who}: center`);
  assertBoolean(onesided, `${who}: onesided`);
  if (normalized !== 'window' && typeof normalized !== 'boolean') {
    refuse(normalized, 'string', `${who}: normalized`, 'true, false or "window"');
  }
  const taps = typeof window === 'string' ? makeWindow(window, winLength) : window;
  if (taps.length !== winLength) {
    throw rangeError(`${who}: window: got ${taps.length} numbers, expected winLength = ${winLength}`);
  }
  const whole = new Float32Array(nFft);
  whole.set(taps, Math.floor((nFft - winLength) / 2));
  const energy = normalized === 'window' ? whole.reduce((sum, w) => sum + w * w, 0) : normalized ? nFft : 1;
  const spectrumSize = 2 * (onesided ? Math.floor(nFft / 2) + 1 : nFft);
  return { nFft, hop: hopLength, window: whole, center, scale: 1 / Math.sqrt(energy), onesided, spectrumSize };
}

/** The greatest fast size below, and the least above. */
function fastSizesAround(size: number): number[] {
  let [below, above] = [size, size];
  while (!hasFastTransform(below)) below--;
  while (!hasFastTransform(above)) above++;
  return [below, above];
}
