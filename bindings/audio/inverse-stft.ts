import { disposeSymbol } from '../dispose-symbol.js';
import { disposedError, rangeError, typeError } from '../errors.js';
import { sharedEngine } from '../index.js';
import { assertSize, refuse } from '../options.js';
import { FrameTransform } from '../spectra/index.js';
import { describeValue, formatDims, type Tensor } from '../tensor.js';
import { assertSamples } from './checks.js';
import { planStft, type StftOptions, type StftPlan } from './stft-options.js';

/** Options of `InverseStft`. */
export interface InverseStftOptions extends StftOptions {
  /**
   * What becomes of frames that overlap. `normalize` multiplies each by the window and divides their sum by the sum of the squared
   * windows, as `torch.istft` does; `sum` adds them as they are, for networks that learnt the window. Default `normalize`.
   */
  overlap?: 'normalize' | 'sum';
}

/** Options of `istft`. */
export interface IstftOptions extends InverseStftOptions {
  /** Samples of the signal: zeros follow where the frames end before. Default: as long as the frames say. */
  length?: number;
}

/** Sums of squared windows below this one count as none. */
const NOTHING = 1e-11;

/**
 * The inverse of `Stft`, by overlap-add: `torch.istft` as a stream. Samples come as soon as no later frame reaches them. Allocates
 * nothing after construction.
 *
 * @example
 * ```ts
 * import { InverseStft, Stft } from 'hiddenstate/audio';
 *
 * const forward = new Stft({ nFft: 512, hopLength: 128 });
 * const inverse = new InverseStft({ nFft: 512, hopLength: 128 });
 * const out = new Float32Array(inverse.room);
 * let samples = 0;
 * forward.push(recording, (spectrum) => {
 *   samples += inverse.push(spectrum, out); // how many of `out` are due
 * });
 * samples += inverse.flush(out);
 * console.log(samples); // 15744
 * ```
 */
export class InverseStft {
  /** Numbers of a spectrum: real and imaginary part of each bin. */
  readonly spectrumSize: number;
  /** Samples from one frame to the next: as many as `push` gives at most. */
  readonly hopLength: number;
  /** The most samples that one call gives. */
  readonly room: number;
  private readonly plan: StftPlan;
  private readonly transform: FrameTransform;
  private readonly frame: Float32Array;
  private readonly spectrum: Float32Array;
  /** Frames added up, and squared windows, from sample `start` of the padded signal on. */
  private readonly sum: Float32Array;
  private readonly weight: Float64Array;
  private readonly squares: Float64Array | undefined;
  private readonly pad: number;
  private start = 0;
  /** The next sample to be given, and up to where there are samples at all. */
  private next = 0;
  private end = 0;
  private alive = true;

  /**
   * @throws {TypeError} if an option is of the wrong kind
   * @throws {RangeError} if one is out of range, or no window reaches some of the samples
   */
  constructor(options: InverseStftOptions) {
    const who = 'InverseStft';
    this.plan = planStft(options, who, ['overlap']);
    const { nFft, hop, window, center, spectrumSize } = this.plan;
    const { overlap = 'normalize', engine = sharedEngine() } = options;
    if (overlap !== 'normalize' && overlap !== 'sum')
      refuse(overlap, 'string', `${who}: overlap`, '"normalize", "sum"');
    this.hopLength = hop;
    this.spectrumSize = spectrumSize;
    this.pad = center ? Math.floor(nFft / 2) : 0;
    this.room = Math.max(nFft, hop);
    this.frame = new Float32Array(nFft);
    this.spectrum = new Float32Array(2 * (Math.floor(nFft / 2) + 1));
    this.sum = new Float32Array(this.room);
    this.weight = new Float64Array(this.room);
    if (overlap === 'normalize') {
      this.squares = Float64Array.from(window, (w) => w * w);
      assertReached(this.squares, hop, who);
    }
    this.transform = new FrameTransform(engine, nFft, this.squares && window, who);
    this.reset();
  }

  /**
   * Adds the next frame.
   *
   * @param spectrum `spectrumSize` numbers; copied
   * @returns the samples that are due
   * @throws {TypeError} if the spectrum is not a Float32Array
   * @throws {RangeError} if it has another length
   * @throws {Error} after `dispose()`
   */
  push(spectrum: Float32Array): Float32Array;
  /**
   * Adds the next frame. Allocates nothing.
   *
   * @param out where the samples that are due go: at least `hopLength`
   * @returns how many there are
   * @throws as without `out`; {RangeError} if out is shorter
   */
  push(spectrum: Float32Array, out: Float32Array): number;
  push(spectrum: Float32Array, out?: Float32Array): Float32Array | number {
    const target = this.target(out, this.hopLength, 'push');
    assertSamples(spectrum, 'InverseStft.push: spectrum');
    if (spectrum.length !== this.spectrumSize) {
      throw rangeError(`InverseStft.push: spectrum: got ${spectrum.length} numbers, expected ${this.spectrumSize}`);
    }
    const { spectrum: own, plan, transform, frame } = this;
    for (let i = 0; i < own.length; i++) own[i] = spectrum[i] / plan.scale;
    transform.inverse(own, frame);
    const count = this.add(target);
    return out ? count : target.slice(0, count);
  }

  /**
   * Adds the next frame, given as samples in place of its spectrum: what a network of frames gives.
   *
   * @internal
   */
  pushFrame(frame: Float32Array, out: Float32Array): number {
    const { frame: own, plan, squares } = this;
    for (let n = 0; n < own.length; n++) own[n] = squares ? frame[n] * plan.window[n] : frame[n];
    return this.add(out);
  }

  /**
   * The last frame was given: returns the rest, and begins anew.
   *
   * @returns the last samples
   * @throws {Error} after `dispose()`
   */
  flush(): Float32Array;
  /**
   * The same, allocating nothing.
   *
   * @param out where the samples go: at least `room`
   * @returns how many there are
   * @throws as without `out`; {RangeError} if out is shorter
   */
  flush(out: Float32Array): number;
  flush(out?: Float32Array): Float32Array | number {
    const target = this.target(out, this.room, 'flush');
    const count = this.give(this.end - this.pad, target, 0);
    this.reset();
    return out ? count : target.slice(0, count);
  }

  /** Begins anew. */
  reset(): void {
    this.sum.fill(0);
    this.weight.fill(0);
    this.start = -this.hopLength;
    this.next = this.pad;
    this.end = 0;
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

  /**
   * As `flush`, with the samples that are padding in the last frames.
   *
   * @internal
   * @param out at least `room`
   */
  finish(out: Float32Array): number {
    const count = this.give(this.end, out, 0);
    this.reset();
    return count;
  }

  /** Adds `frame` a hop after the one before, and gives what is due. */
  private add(out: Float32Array): number {
    const { frame, sum, weight, squares, plan } = this;
    const { hop, nFft } = plan;
    let count = 0;
    if (this.start >= 0) {
      // What was held back as padding is none, since a frame came after it.
      count = this.give(this.start + hop, out, 0);
      sum.copyWithin(0, hop);
      weight.copyWithin(0, hop);
      sum.fill(0, sum.length - hop);
      weight.fill(0, weight.length - hop);
    }
    this.start += hop;
    this.end = this.start + nFft;
    for (let n = 0; n < nFft; n++) sum[n] += frame[n];
    if (squares) for (let n = 0; n < nFft; n++) weight[n] += squares[n];
    // What a later frame reaches is not due, nor what is padding if this frame is the last one.
    return this.give(Math.min(this.start + hop, this.end - this.pad), out, count);
  }

  /** Gives the samples up to a place of the padded signal. */
  private give(until: number, out: Float32Array, from: number): number {
    const { sum, weight, squares, start } = this;
    let count = from;
    for (; this.next < until; this.next++) {
      const at = this.next - start;
      const by = squares ? weight[at] : 1;
      out[count++] = by > NOTHING ? sum[at] / by : 0;
    }
    return count;
  }

  private target(out: Float32Array | undefined, room: number, method: string): Float32Array {
    if (!this.alive) throw disposedError(`InverseStft.${method}`, 'transform');
    if (out === undefined) return new Float32Array(room);
    assertSamples(out, `InverseStft.${method}: out`);
    if (out.length >= room) return out;
    throw rangeError(`InverseStft.${method}: out: got ${out.length} samples, expected room for ${room}`);
  }
}

/** @throws {RangeError} if there are samples which the windows of no frames reach */
function assertReached(squares: Float64Array, hop: number, who: string): void {
  for (let first = 0; first < hop; first++) {
    let sum = 0;
    for (let n = first; n < squares.length; n += hop) sum += squares[n];
    if (sum > NOTHING) continue;
    throw rangeError(`${who}: hopLength: got ${hop}, expected a window that leaves no gaps between frames`);
  }
}

/**
 * The signal of a short-time Fourier transform, as `torch.istft`. Where torch refuses because a window is zero at the edge of the
 * signal (`center: false`), those samples are zero.
 *
 * @param spectra [bins, frames, 2], as `stft` gives them
 * @throws {TypeError} if the spectra or an option are of the wrong kind
 * @throws {RangeError} if dims or options do not fit
 *
 * @example
 * ```ts
 * import { istft, stft } from 'hiddenstate/audio';
 *
 * const options = { nFft: 512, hopLength: 128 };
 * const samples = istft(stft(recording, options), { ...options, length: recording.length });
 * console.log(Math.abs(samples[1000] - recording[1000]) < 1e-5); // true
 * ```
 */
export function istft(spectra: Tensor, options: IstftOptions): Float32Array {
  const { length, ...rest } = options;
  if (length !== undefined) assertSize(length, 'istft: length', 0);
  const inverse = new InverseStft(rest);
  try {
    const bins = inverse.spectrumSize / 2;
    const count = framesOf(spectra, bins);
    const { data } = spectra;
    const spectrum = new Float32Array(2 * bins);
    const parts: Float32Array[] = [];
    for (let t = 0; t < count; t++) {
      for (let k = 0; k < bins; k++) {
        spectrum[2 * k] = data[2 * (k * count + t)];
        spectrum[2 * k + 1] = data[2 * (k * count + t) + 1];
      }
      parts.push(inverse.push(spectrum));
    }
    if (length === undefined) parts.push(inverse.flush());
    else {
      const rest = new Float32Array(inverse.room);
      parts.push(rest.subarray(0, inverse.finish(rest)));
    }
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    const whole = new Float32Array(Math.max(total, length ?? 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return length === undefined ? whole : whole.slice(0, length);
  } finally {
    inverse.dispose();
  }
}

function framesOf(spectra: Tensor, bins: number): number {
  if (typeof spectra !== 'object' || spectra === null || !Array.isArray(spectra.dims)) {
    throw typeError(`istft: spectra: got ${describeValue(spectra)}, expected a tensor of [bins, frames, 2]`);
  }
  assertSamples(spectra.data, 'istft: spectra.data');
  const [first, frames, parts] = spectra.dims;
  if (spectra.dims.length === 3 && first === bins && parts === 2 && spectra.data.length === 2 * bins * frames) {
    return frames;
  }
  throw rangeError(
    `istft: spectra: got dims ${formatDims(spectra.dims)} and ${spectra.data.length} numbers, expected [${bins}, frames, 2]`,
  );
}
