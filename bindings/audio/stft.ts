import { disposeSymbol } from '../dispose-symbol.js';
import { disposedError, rangeError } from '../errors.js';
import { sharedEngine } from '../index.js';
import { refuse } from '../options.js';
import { FrameTransform } from '../spectra/index.js';
import type { Tensor } from '../tensor.js';
import { assertFunction, assertSamples } from './checks.js';
import { planStft, type StftOptions, type StftPlan } from './stft-options.js';

const PAD_MODES = ['reflect', 'constant', 'replicate'] as const;

/** What lies before the first sample and after the last where frames are centred; `constant` is silence. */
export type PadMode = (typeof PAD_MODES)[number];

/** Options of `Stft` and `stft`. */
export interface ForwardStftOptions extends StftOptions {
  /** What pads the signal where `center` is true. Default `reflect`, as torch has it. */
  padMode?: PadMode;
}

/**
 * The short-time Fourier transform of a stream: the frames of `torch.stft`, each as soon as its samples are there. Allocates nothing
 * after construction.
 *
 * With `center` and `reflect` the first frame comes once nFft / 2 + 1 samples are there, and the last ones with `flush()`.
 *
 * @example
 * ```ts
 * import { Stft } from 'hiddenstate/audio';
 *
 * const stft = new Stft({ nFft: 512, hopLength: 128 });
 * let power = 0;
 * stft.push(recording, (spectrum) => {
 *   power = Math.max(power, spectrum[2] ** 2 + spectrum[3] ** 2); // of bin 1
 * });
 * console.log(stft.spectrumSize, power > 0); // 514 true
 * ```
 */
export class Stft {
  /** Numbers of a spectrum: real and imaginary part of each bin. */
  readonly spectrumSize: number;
  /** Samples from one frame to the next. */
  readonly hopLength: number;
  /**
   * What spectra are multiplied by.
   *
   * @internal
   */
  readonly scale: number;
  private readonly plan: StftPlan;
  private readonly padMode: PadMode;
  private readonly transform: FrameTransform;
  private readonly frame: Float32Array;
  private readonly spectrum: Float32Array;
  /** Samples on either side of the signal. */
  private readonly pad: number;
  /** The first samples, which the padding before them hangs on. */
  private readonly head: Float32Array;
  /** The last samples, which the padding after them hangs on. */
  private readonly recent: Float32Array;
  private readonly padding: Float32Array;
  private filled = 0;
  /** Samples between two frames that are part of none. */
  private skip = 0;
  private taken = 0;
  private alive = true;

  /**
   * @throws {TypeError} if an option is of the wrong kind
   * @throws {RangeError} if one is out of range, or they do not fit together
   */
  constructor(options: ForwardStftOptions) {
    const who = 'Stft';
    this.plan = planStft(options, who, ['padMode']);
    const { nFft, hop, window, center, spectrumSize, scale } = this.plan;
    this.scale = scale;
    const { padMode = 'reflect', engine = sharedEngine() } = options;
    if (!PAD_MODES.includes(padMode)) refuse(padMode, 'string', `${who}: padMode`, PAD_MODES.join(', '));
    this.padMode = padMode;
    this.hopLength = hop;
    this.spectrumSize = spectrumSize;
    this.pad = center ? Math.floor(nFft / 2) : 0;
    const needed = padMode === 'constant' || !center ? 0 : padMode === 'replicate' ? 1 : this.pad + 1;
    this.head = new Float32Array(needed);
    this.recent = new Float32Array(needed);
    this.padding = new Float32Array(this.pad);
    this.frame = new Float32Array(nFft);
    this.spectrum = new Float32Array(spectrumSize);
    this.transform = new FrameTransform(engine, nFft, window, who);
    this.reset();
  }

  /**
   * Takes a block of any length.
   *
   * @param block samples; copied
   * @param onFrame called with each spectrum that is due. The array is the object's own and changes after the call.
   * @throws {TypeError} if the block is not a Float32Array, or onFrame is not a function
   * @throws {Error} after `dispose()`
   */
  push(block: Float32Array, onFrame: (spectrum: Float32Array) => void): void {
    if (!this.alive) throw disposedError('Stft.push', 'transform');
    assertSamples(block, 'Stft.push: block');
    assertFunction(onFrame, 'Stft.push: onFrame');
    this.take(block, block.length, onFrame);
  }

  /**
   * The first `count` samples of a block, as `push`.
   *
   * @internal
   */
  take(block: Float32Array, count: number, onFrame: (spectrum: Float32Array) => void): void {
    const { head } = this;
    let at = 0;
    if (this.taken < head.length) {
      const before = this.taken;
      while (this.taken < head.length && at < count) head[this.taken++] = block[at++];
      if (this.taken > before && this.taken === head.length) {
        this.padFront();
        this.feed(head, 0, head.length, onFrame);
      }
    }
    this.taken += count - at;
    if (at < count) this.feed(block, at, count, onFrame);
    this.remember(block, count);
  }

  /**
   * The signal is over: gives the frames that reach beyond its end, and begins anew. Samples that fill no frame are in none where
   * `center` is false, as in torch.
   *
   * @param onFrame as in `push`
   * @throws {TypeError} if onFrame is not a function
   * @throws {RangeError} if there were samples, but too few for the padding
   * @throws {Error} after `dispose()`
   */
  flush(onFrame: (spectrum: Float32Array) => void): void {
    if (!this.alive) throw disposedError('Stft.flush', 'transform');
    assertFunction(onFrame, 'Stft.flush: onFrame');
    const { taken, head, padding } = this;
    try {
      if (taken > 0 && taken < head.length) {
        throw rangeError(`Stft.flush: got a signal of ${taken} samples, expected at least ${head.length} to reflect`);
      }
      if (taken === 0) return;
      this.padBack();
      this.feed(padding, 0, padding.length, onFrame);
    } finally {
      this.reset();
    }
  }

  /** Begins anew. */
  reset(): void {
    this.filled = 0;
    this.skip = 0;
    this.taken = 0;
    if (this.head.length > 0) return;
    this.frame.fill(0);
    this.filled = this.pad;
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

  private padFront(): void {
    const { frame, head, pad } = this;
    // What is before the signal fits into the first frame.
    for (let n = 0; n < pad; n++) frame[pad - 1 - n] = this.padMode === 'reflect' ? head[n + 1] : head[0];
    this.filled = pad;
  }

  private padBack(): void {
    const { padding, recent, pad } = this;
    for (let n = 0; n < pad; n++) {
      if (this.padMode === 'constant') padding[n] = 0;
      else padding[n] = this.padMode === 'reflect' ? recent[pad - 1 - n] : recent[0];
    }
  }

  /** Keeps the end of the signal. */
  private remember(block: Float32Array, count: number): void {
    const { recent } = this;
    const { length } = recent;
    const fresh = Math.min(count, length);
    recent.copyWithin(0, fresh);
    for (let i = 0; i < fresh; i++) recent[length - fresh + i] = block[count - fresh + i];
  }

  private feed(from: Float32Array, start: number, end: number, onFrame: (spectrum: Float32Array) => void): void {
    const { frame, plan } = this;
    const { length } = frame;
    for (let at = start; at < end; ) {
      // Moved on when the next samples come and not before.
      if (this.filled === length) {
        const kept = Math.max(0, length - plan.hop);
        this.skip = plan.hop - (length - kept);
        frame.copyWithin(0, length - kept);
        this.filled = kept;
      }
      if (this.skip > 0) {
        const skipped = Math.min(this.skip, end - at);
        this.skip -= skipped;
        at += skipped;
        continue;
      }
      const size = Math.min(end - at, length - this.filled);
      for (let i = 0; i < size; i++) frame[this.filled + i] = from[at + i];
      this.filled += size;
      at += size;
      if (this.filled === length) this.emit(onFrame);
    }
  }

  private emit(onFrame: (spectrum: Float32Array) => void): void {
    const { spectrum, plan, transform } = this;
    transform.forward(this.frame, spectrum);
    const { nFft, scale, onesided } = plan;
    if (scale !== 1) for (let i = 0; i < 2 * transform.bins; i++) spectrum[i] *= scale;
    if (!onesided) {
      for (let k = transform.bins; k < nFft; k++) {
        spectrum[2 * k] = spectrum[2 * (nFft - k)];
        spectrum[2 * k + 1] = -spectrum[2 * (nFft - k) + 1];
      }
    }
    onFrame(spectrum);
  }
}

/**
 * The short-time Fourier transform of a whole signal, as `torch.stft`.
 *
 * @param samples one channel
 * @returns [bins, frames, 2], real and imaginary parts last: `torch.view_as_real` of what torch gives
 * @throws as `new Stft`, and {RangeError} if the signal is too short for one frame, or to be reflected
 *
 * @example
 * ```ts
 * import { stft } from 'hiddenstate/audio';
 *
 * const { dims } = stft(recording, { nFft: 512, hopLength: 128 });
 * console.log(dims); // [ 257, 126, 2 ]
 * ```
 */
export function stft(samples: Float32Array, options: ForwardStftOptions): Tensor {
  assertSamples(samples, 'stft: samples');
  const transform = new Stft(options);
  const frames: Float32Array[] = [];
  try {
    const keep = (spectrum: Float32Array) => void frames.push(spectrum.slice());
    transform.push(samples, keep);
    transform.flush(keep);
  } finally {
    transform.dispose();
  }
  if (frames.length === 0) {
    throw rangeError(`stft: samples: got ${samples.length}, expected enough for a frame of ${options.nFft}`);
  }
  return { data: byBin(frames, 2), dims: [frames[0].length / 2, frames.length, 2] };
}

/** Rows in time, each of bins of so many numbers, as [bins, frames, numbers]. */
export function byBin(frames: readonly Float32Array[], numbers: number): Float32Array {
  const count = frames.length;
  const size = count > 0 ? frames[0].length : 0;
  const data = new Float32Array(size * count);
  for (let t = 0; t < count; t++) {
    for (let k = 0; k * numbers < size; k++) {
      for (let part = 0; part < numbers; part++) data[(k * count + t) * numbers + part] = frames[t][k * numbers + part];
    }
  }
  return data;
}
