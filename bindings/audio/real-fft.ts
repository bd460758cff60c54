import { disposeSymbol } from '../dispose-symbol.js';
import { disposedError, rangeError } from '../errors.js';
import { type Engine, sharedEngine } from '../index.js';
import { assertOptions, assertSize } from '../options.js';
import { FrameTransform, hasFastTransform } from '../spectra/index.js';
import { assertSamples } from './checks.js';

/**
 * The Fourier transform of real frames of one size, and its inverse. Allocates nothing after construction.
 *
 * @example
 * ```ts
 * import { RealFft } from 'hiddenstate/audio';
 *
 * const fft = new RealFft(512);
 * const frame = Float32Array.from({ length: 512 }, (_, n) => Math.cos((2 * Math.PI * 3 * n) / 512));
 * const spectrum = fft.forward(frame); // real and imaginary part of bins 0 to 256
 * console.log(spectrum.length, spectrum[6].toFixed(1)); // 514 256.0
 * fft.inverse(spectrum, frame);
 * ```
 */
export class RealFft {
  /** Numbers of a spectrum: real and imaginary part of ⌊size / 2⌋ + 1 bins. */
  readonly spectrumSize: number;
  private readonly transform: FrameTransform;
  private alive = true;

  /**
   * @param size samples of a frame: at least 2, with no prime factors but 2, 3 and 5. Multiples of 8 are fastest.
   * @param options `engine`: where it runs; the shared engine unless given
   * @throws {TypeError} if an argument is of the wrong kind
   * @throws {RangeError} if the size has other factors
   */
  constructor(
    /** Samples of a frame. */
    readonly size: number,
    options: { engine?: Engine } = {},
  ) {
    assertOptions(options, ['engine'], 'RealFft');
    assertSize(size, 'RealFft: size', 2, 2 ** 22);
    if (!hasFastTransform(size)) {
      throw rangeError(`RealFft: size: got ${size}, expected no prime factors but 2, 3 and 5`);
    }
    const { engine = sharedEngine() } = options;
    this.transform = new FrameTransform(engine, size, undefined, 'RealFft');
    this.spectrumSize = 2 * this.transform.bins;
  }

  /**
   * X[k] = Σₙ x[n] · exp(−2πi k n / size), as `numpy.fft.rfft`.
   *
   * @param frame `size` samples; unchanged
   * @param out where the spectrum goes; a new array unless given
   * @returns `out`
   * @throws {TypeError} if an array is no Float32Array
   * @throws {RangeError} if it has another length
   * @throws {Error} after `dispose()`
   */
  forward(frame: Float32Array, out: Float32Array = new Float32Array(this.spectrumSize)): Float32Array {
    this.check('forward', frame, this.size, out, this.spectrumSize);
    this.transform.forward(frame, out);
    return out;
  }

  /**
   * The frame of a spectrum, as `numpy.fft.irfft`: the imaginary parts of bins that are real do not count.
   *
   * @param spectrum `spectrumSize` numbers; unchanged
   * @param out where the frame goes; a new array unless given
   * @returns `out`
   * @throws as `forward`
   */
  inverse(spectrum: Float32Array, out: Float32Array = new Float32Array(this.size)): Float32Array {
    this.check('inverse', spectrum, this.spectrumSize, out, this.size);
    this.transform.inverse(spectrum, out);
    return out;
  }

  /** Gives the memory back. */
  dispose(): void {
    this.alive = false;
    this.transform.release();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private check(method: string, x: Float32Array, xSize: number, out: Float32Array, outSize: number): void {
    if (!this.alive) throw disposedError(`RealFft.${method}`, 'transform');
    assertSamples(x, `RealFft.${method}`);
    assertSamples(out, `RealFft.${method}: out`);
    if (x.length !== xSize) throw rangeError(`RealFft.${method}: got ${x.length} numbers, expected ${xSize}`);
    if (out.length !== outSize) throw rangeError(`RealFft.${method}: out: got ${out.length}, expected ${outSize}`);
  }
}
