import { disposeSymbol } from '../dispose-symbol.js';
import { assertBoolean, assertOptions, assertSize } from '../options.js';
import type { Tensor } from '../tensor.js';
import { assertBetween, assertFunction, assertSamples } from './checks.js';
import { powerToDb } from './decibels.js';
import {
  framesOf,
  MEL_SPECTROGRAM_NAMES,
  MelSpectrogram,
  type MelSpectrogramOptions,
  melSpectrogram,
} from './mel-spectrogram.js';

/** Options of `Mfcc`. */
export interface MfccOptions extends MelSpectrogramOptions {
  /** How many coefficients, at most `nMels`. Default 20, as librosa has it; torchaudio's is 40. */
  nMfcc?: number;
  /** Whether bands are logarithms, ln(band + 1e-6), and not decibels: torchaudio's `log_mels`. Default false. */
  logMels?: boolean;
  /** Coefficient n (from 1 on) times 1 + lifter / 2 · sin(π n / lifter), as librosa has it. Default 0: none. */
  lifter?: number;
}

/** Options of `mfcc`. */
export interface WholeMfccOptions extends MfccOptions {
  /** Decibels so far below the greatest of the signal are raised to it; `null` for no such floor. Default 80. */
  topDb?: number | null;
}

/** What is added before `logMels` takes the logarithm. */
const OFFSET = 1e-6;

/**
 * Mel-frequency cepstral coefficients of a stream: `mfcc` without `topDb`, for which the greatest band of the whole signal
 * would have to be known. Allocates nothing after construction.
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { Mfcc } from 'hiddenstate/audio';
 *
 * const cepstrum = new Mfcc({ sampleRate: 16_000, nFft: 400, hopLength: 160, nMels: 40, nMfcc: 13 });
 * const stream = new GRU({ inputSize: 13, hiddenSize: 16 }).stream();
 * const out = new Float32Array(16);
 * cepstrum.push(block, (coefficients) => stream.step(coefficients, out));
 * ```
 */
export class Mfcc {
  /** Numbers of a frame. */
  readonly nMfcc: number;
  private readonly mel: MelSpectrogram;
  private readonly cosines: Cosines;
  private readonly logMels: boolean;
  private readonly bands: Float64Array;
  private readonly coefficients: Float32Array;
  private onFrame: (coefficients: Float32Array) => void = nothing;

  /**
   * @throws {TypeError} if an option is of the wrong kind
   * @throws {RangeError} if one is out of range, or they do not fit together
   */
  constructor(options: MfccOptions) {
    assertOptions(options, [...MEL_SPECTROGRAM_NAMES, 'nMfcc', 'logMels', 'lifter'], 'Mfcc');
    const { nMfcc, logMels = false, lifter, ...mel } = options;
    assertBoolean(logMels, 'Mfcc: logMels');
    this.mel = new MelSpectrogram(mel);
    this.cosines = new Cosines(this.mel.nMels, nMfcc, lifter, 'Mfcc');
    this.nMfcc = this.cosines.count;
    this.logMels = logMels;
    this.bands = new Float64Array(this.mel.nMels);
    this.coefficients = new Float32Array(this.nMfcc);
  }

  /**
   * Takes a block of any length.
   *
   * @param block samples; copied
   * @param onFrame called with the coefficients of each frame that is due. The array is the object's own and changes after the call.
   * @throws {TypeError} if the block is not a Float32Array, or onFrame is not a function
   * @throws {Error} after `dispose()`
   */
  push(block: Float32Array, onFrame: (coefficients: Float32Array) => void): void {
    assertFunction(onFrame, 'Mfcc.push: onFrame');
    this.onFrame = onFrame;
    this.mel.push(block, this.hear);
  }

  /**
   * The signal is over: gives the frames that reach beyond its end, and begins anew.
   *
   * @throws as `Stft.flush`
   */
  flush(onFrame: (coefficients: Float32Array) => void): void {
    assertFunction(onFrame, 'Mfcc.flush: onFrame');
    this.onFrame = onFrame;
    this.mel.flush(this.hear);
  }

  /** Begins anew. */
  reset(): void {
    this.mel.reset();
  }

  /** Gives the memory back. */
  dispose(): void {
    this.mel.dispose();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private readonly hear = (powers: Float32Array): void => {
    const { bands, coefficients, logMels } = this;
    for (let m = 0; m < bands.length; m++) {
      bands[m] = logMels ? Math.log(powers[m] + OFFSET) : 10 * Math.log10(Math.max(powers[m], 1e-10));
    }
    this.cosines.transform(bands, 0, 1, coefficients, 0, 1);
    this.onFrame(coefficients);
  };
}

/** The first rows of the orthonormal discrete cosine transform of type 2, times a lifter. */
class Cosines {
  readonly count: number;
  private readonly rows: Float64Array;

  constructor(
    private readonly size: number,
    count: number | undefined,
    lifter = 0,
    who: string,
  ) {
    this.count = count ?? Math.min(20, size);
    assertSize(this.count, `${who}: nMfcc`, 1, size);
    assertBetween(lifter, 0, Number.MAX_VALUE, `${who}: lifter`);
    this.rows = Float64Array.from({ length: this.count * size }, (_, i) => {
      const [n, m] = [Math.floor(i / size), i % size];
      const norm = Math.sqrt((n === 0 ? 1 : 2) / size);
      const lift = lifter > 0 ? 1 + (lifter / 2) * Math.sin((Math.PI * (n + 1)) / lifter) : 1;
      return lift * norm * Math.cos((Math.PI / size) * (m + 0.5) * n);
    });
  }

  /** One column: elements `step` and `outStep` apart. */
  transform(x: ArrayLike<number>, at: number, step: number, out: Float32Array, outAt: number, outStep: number): void {
    const { rows, size, count } = this;
    for (let n = 0; n < count; n++) {
      let sum = 0;
      for (let m = 0; m < size; m++) sum += rows[n * size + m] * x[at + m * step];
      out[outAt + n * outStep] = sum;
    }
  }
}

const nothing = () => {};

/**
 * Mel-frequency cepstral coefficients of a whole signal, as `librosa.feature.mfcc` (with `padMode: 'constant'`) and torchaudio's
 * `MFCC` (with `melScale: 'htk', norm: null`) give them.
 *
 * @param samples one channel
 * @returns [nMfcc, frames]
 * @throws as `new Mfcc`, and {RangeError} if the signal is too short for one frame, or to be reflected
 *
 * @example
 * ```ts
 * import { mfcc } from 'hiddenstate/audio';
 *
 * const { dims } = mfcc(recording, { sampleRate: 16_000, nFft: 400, hopLength: 160, nMels: 40, nMfcc: 13 });
 * console.log(dims); // [ 13, 101 ]
 * ```
 */
export function mfcc(samples: Float32Array, options: WholeMfccOptions): Tensor {
  assertSamples(samples, 'mfcc: samples');
  assertOptions(options, [...MEL_SPECTROGRAM_NAMES, 'nMfcc', 'logMels', 'lifter', 'topDb'], 'mfcc');
  const { topDb = 80, ...rest } = options;
  if (topDb === null || rest.logMels) return framesOf('mfcc', samples, new Mfcc(rest));
  const { nMfcc, lifter, logMels = false, ...mel } = rest;
  assertBoolean(logMels, 'mfcc: logMels');
  const { data, dims } = melSpectrogram(samples, mel);
  const [nMels, frames] = dims;
  const cosines = new Cosines(nMels, nMfcc, lifter, 'mfcc');
  const decibels = powerToDb(data, { topDb });
  const out = new Float32Array(cosines.count * frames);
  for (let t = 0; t < frames; t++) cosines.transform(decibels, t, frames, out, t, frames);
  return { data: out, dims: [cosines.count, frames] };
}
