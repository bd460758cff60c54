import { disposeSymbol } from '../dispose-symbol.js';
import { rangeError } from '../errors.js';
import { assertOptions, assertSize } from '../options.js';
import type { Tensor } from '../tensor.js';
import { assertBetween, assertFunction, assertSamples } from './checks.js';
import { designMel, MEL_NAMES, type MelFilter, type MelOptions } from './mel-filters.js';
import { byBin, type ForwardStftOptions, Stft } from './stft.js';
import { STFT_NAMES } from './stft-options.js';

/** Options of `MelSpectrogram` and `melSpectrogram`. */
export interface MelSpectrogramOptions extends Omit<ForwardStftOptions, 'onesided'>, MelOptions {
  /** Exponent of the magnitude: 2 for power, 1 for amplitude. Default 2. */
  power?: number;
}

/** Names of the options, for checks. */
export const MEL_SPECTROGRAM_NAMES = [
  ...STFT_NAMES.filter((name) => name !== 'onesided'),
  ...MEL_NAMES,
  'padMode',
  'power',
];

/**
 * The mel spectra of a stream. Allocates nothing after construction.
 *
 * As librosa: `padMode: 'constant'`. As torchaudio: `melScale: 'htk', norm: null`.
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { MelSpectrogram } from 'hiddenstate/audio';
 *
 * const mel = new MelSpectrogram({ sampleRate: 16_000, nFft: 400, hopLength: 160, nMels: 80 });
 * const stream = new GRU({ inputSize: 80, hiddenSize: 16 }).stream();
 * const out = new Float32Array(16);
 * mel.push(block, (bands) => stream.step(bands.map((band) => Math.log(band + 1e-6)), out));
 * ```
 */
export class MelSpectrogram {
  /** Numbers of a mel spectrum. */
  readonly nMels: number;
  private readonly transform: Stft;
  private readonly filters: readonly MelFilter[];
  private readonly power: number;
  private readonly powers: Float64Array;
  private readonly bands: Float32Array;
  private onFrame: (bands: Float32Array) => void = nothing;

  /**
   * @throws {TypeError} if an option is of the wrong kind
   * @throws {RangeError} if one is out of range, or they do not fit together
   */
  constructor(options: MelSpectrogramOptions) {
    const who = 'MelSpectrogram';
    assertOptions(options, MEL_SPECTROGRAM_NAMES, who);
    const { power = 2, sampleRate, nMels, fMin, fMax, melScale, norm, ...stft } = options;
    assertBetween(power, 0.01, 100, `${who}: power`);
    assertSize(stft.nFft, `${who}: nFft`, 2);
    this.filters = designMel({ sampleRate, nMels, fMin, fMax, melScale, norm } as MelOptions, stft.nFft, who);
    this.transform = new Stft(stft);
    this.power = power;
    this.nMels = this.filters.length;
    this.powers = new Float64Array(this.transform.spectrumSize / 2);
    this.bands = new Float32Array(this.nMels);
  }

  /**
   * Takes a block of any length.
   *
   * @param block samples; copied
   * @param onFrame called with each mel spectrum that is due, `nMels` numbers. The array is the object's own and changes after the call.
   * @throws {TypeError} if the block is not a Float32Array, or onFrame is not a function
   * @throws {Error} after `dispose()`
   */
  push(block: Float32Array, onFrame: (bands: Float32Array) => void): void {
    assertFunction(onFrame, 'MelSpectrogram.push: onFrame');
    this.onFrame = onFrame;
    this.transform.push(block, this.hear);
  }

  /**
   * The signal is over: gives the frames that reach beyond its end, and begins anew.
   *
   * @throws as `Stft.flush`
   */
  flush(onFrame: (bands: Float32Array) => void): void {
    assertFunction(onFrame, 'MelSpectrogram.flush: onFrame');
    this.onFrame = onFrame;
    this.transform.flush(this.hear);
  }

  /** Begins anew. */
  reset(): void {
    this.transform.reset();
  }

  /** Gives the memory back. */
  dispose(): void {
    this.transform.dispose();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private readonly hear = (spectrum: Float32Array): void => {
    const { powers, filters, bands, power } = this;
    for (let k = 0; k < powers.length; k++) {
      const squared = spectrum[2 * k] ** 2 + spectrum[2 * k + 1] ** 2;
      powers[k] = power === 2 ? squared : power === 1 ? Math.sqrt(squared) : squared ** (power / 2);
    }
    for (let m = 0; m < filters.length; m++) {
      const { first, weights } = filters[m];
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * powers[first + i];
      bands[m] = sum;
    }
    this.onFrame(bands);
  };
}

const nothing = () => {};

/**
 * The mel spectrogram of a whole signal, as `librosa.feature.melspectrogram` (with `padMode: 'constant'`) and torchaudio's
 * `MelSpectrogram` (with `melScale: 'htk', norm: null`) give it.
 *
 * @param samples one channel
 * @returns [nMels, frames]
 * @throws as `new MelSpectrogram`, and {RangeError} if the signal is too short for one frame, or to be reflected
 *
 * @example
 * ```ts
 * import { melSpectrogram } from 'hiddenstate/audio';
 *
 * const { dims } = melSpectrogram(recording, { sampleRate: 16_000, nFft: 400, hopLength: 160, nMels: 80 });
 * console.log(dims); // [ 80, 101 ]
 * ```
 */
export function melSpectrogram(samples: Float32Array, options: MelSpectrogramOptions): Tensor {
  return framesOf('melSpectrogram', samples, new MelSpectrogram(options));
}

/** What a stream gives for a whole signal: [numbers, frames]. */
export function framesOf(
  who: string,
  samples: Float32Array,
  stream: Pick<MelSpectrogram, 'push' | 'flush' | 'dispose'>,
): Tensor {
  const frames: Float32Array[] = [];
  try {
    assertSamples(samples, `${who}: samples`);
    const keep = (frame: Float32Array) => void frames.push(frame.slice());
    stream.push(samples, keep);
    stream.flush(keep);
  } finally {
    stream.dispose();
  }
  if (frames.length === 0) throw rangeError(`${who}: samples: got ${samples.length}, expected enough for a frame`);
  return { data: byBin(frames, 1), dims: [frames[0].length, frames.length] };
}
