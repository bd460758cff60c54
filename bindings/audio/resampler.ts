import { rangeError } from '../errors.js';
import { assertOptions } from '../options.js';
import { assertRate, assertSamples } from './checks.js';
import { designFilter, type ResamplingFilter } from './resampling-filter.js';

/** Options of `Resampler` and `resample`. */
export interface ResamplerOptions {
  /** Rate of the samples that go in, in Hz: a whole number from 1000 to 768000. */
  from: number;
  /** Rate of the samples that come out. */
  to: number;
}

/** Input samples that are buffered beyond the filter's length. */
const CHUNK = 4096;

/**
 * Changes the sample rate of a stream, by any ratio: a polyphase windowed sinc with a stop band 80 dB down from half the lower
 * rate on, and a pass band that ends at 0.88 of that. Blocks may have any length; their borders leave no trace.
 *
 * Output n lies at the time of input n · from / to, so that nothing is shifted: the filter's delay shows as outputs that come
 * later, with the inputs that they need, the last ones with `flush()`.
 *
 * A sample that is NaN or infinite spoils the outputs within the filter's reach, and none after them.
 *
 * @example
 * ```ts
 * import { Resampler } from 'hiddenstate/audio';
 *
 * const resampler = new Resampler({ from: 48_000, to: 16_000 });
 * let samples = 0;
 * for (let i = 0; i < 100; i++) samples += resampler.push(block).length;
 * samples += resampler.flush().length;
 * console.log(samples); // 16000
 * ```
 */
export class Resampler {
  /** Rate of the samples that go in, in Hz. */
  readonly from: number;
  /** Rate of the samples that come out, in Hz. */
  readonly to: number;
  /** Input samples after the place of an output that must be there before it comes: the delay, 0 for equal rates. */
  readonly delay: number;
  private readonly filter: ResamplingFilter | undefined;
  /** from and to without common divisor. */
  private readonly down: number;
  private readonly up: number;
  /** The inputs that outputs still need, from `start` on. */
  private readonly buffer: Float32Array;
  private filled = 0;
  /** Where the next output lies: this index of the buffer, and this many `up`-ths of a sample after it. */
  private place = 0;
  private fraction = 0;
  /** What flush takes as the samples that follow. */
  private readonly silence: Float32Array;

  /**
   * @throws {TypeError} if a rate is not a number
   * @throws {RangeError} if a rate is not a whole number from 1000 to 768000
   */
  constructor(options: ResamplerOptions) {
    assertOptions(options, ['from', 'to'], 'Resampler');
    const { from, to } = options;
    assertRate(from, 'Resampler: from');
    assertRate(to, 'Resampler: to');
    const common = greatestCommonDivisor(from, to);
    this.from = from;
    this.to = to;
    this.down = from / common;
    this.up = to / common;
    this.filter = from === to ? undefined : designFilter(this.down, this.up);
    this.delay = this.filter?.reach ?? 0;
    this.buffer = new Float32Array(2 * this.delay + CHUNK);
    this.silence = new Float32Array(this.delay);
    this.reset();
  }

  /**
   * The most samples that `push` gives for a block of a length.
   *
   * @param length samples of a block
   */
  room(length: number): number {
    return Math.ceil((length * this.up) / this.down) + 1;
  }

  /**
   * Takes a block of any length.
   *
   * @param block samples at the rate `from`; copied
   * @returns the samples that are due
   * @throws {TypeError} if the block is not a Float32Array
   */
  push(block: Float32Array): Float32Array;
  /**
   * Takes a block of any length. Allocates nothing.
   *
   * @param block samples at the rate `from`; copied
   * @param out where the samples that are due go: at least `room(block.length)`
   * @returns how many there are
   * @throws {TypeError} if the block or out is not a Float32Array
   * @throws {RangeError} if out is shorter than `room(block.length)`; nothing was taken
   */
  push(block: Float32Array, out: Float32Array): number;
  push(block: Float32Array, out?: Float32Array): Float32Array | number {
    assertSamples(block, 'Resampler.push: block');
    const target = this.target(out, this.room(block.length), 'push');
    const count = this.filter ? this.filtered(block, this.filter, target) : block.length;
    if (!this.filter) target.set(block);
    return out ? count : target.slice(0, count);
  }

  /**
   * Gives the rest, as if silence followed, so that ⌈taken · to / from⌉ samples came in all; then begins anew.
   *
   * @returns the last samples
   */
  flush(): Float32Array;
  /**
   * The same, allocating nothing.
   *
   * @param out where the samples go: at least `room(delay)`
   * @returns how many there are
   * @throws {RangeError} if out is shorter than `room(delay)`
   */
  flush(out: Float32Array): number;
  flush(out?: Float32Array): Float32Array | number {
    const target = this.target(out, this.room(this.delay), 'flush');
    const count = this.filter ? this.filtered(this.silence, this.filter, target) : 0;
    this.reset();
    return out ? count : target.slice(0, count);
  }

  /** Begins anew. */
  reset(): void {
    // Silence lies before the first sample: the taps before its place.
    this.filled = Math.max(0, this.delay - 1);
    this.buffer.fill(0, 0, this.filled);
    this.place = this.filled;
    this.fraction = 0;
  }

  private target(out: Float32Array | undefined, room: number, method: string): Float32Array {
    if (out === undefined) return new Float32Array(room);
    assertSamples(out, `Resampler.${method}: out`);
    if (out.length >= room) return out;
    throw rangeError(`Resampler.${method}: out: got ${out.length} samples, expected room for ${room}`);
  }

  private filtered(block: Float32Array, filter: ResamplingFilter, out: Float32Array): number {
    const { buffer } = this;
    let count = 0;
    for (let at = 0; at < block.length; ) {
      if (this.filled === buffer.length) this.forget(filter.reach);
      const size = Math.min(block.length - at, buffer.length - this.filled);
      for (let i = 0; i < size; i++) buffer[this.filled + i] = block[at + i];
      this.filled += size;
      at += size;
      count = this.emit(filter, out, count);
    }
    return count;
  }

  /** Drops the inputs that no output needs any more. */
  private forget(reach: number): void {
    const first = Math.min(this.place - reach + 1, this.filled);
    this.buffer.copyWithin(0, first, this.filled);
    this.filled -= first;
    this.place -= first;
  }

  /** Computes the outputs whose inputs are all there. */
  private emit({ reach, phases, exact, taps }: ResamplingFilter, out: Float32Array, from: number): number {
    const { buffer, down, up, filled } = this;
    const width = 2 * reach;
    const whole = Math.floor(down / up);
    const rest = down % up;
    let { place, fraction } = this;
    let count = from;
    while (place + reach < filled) {
      const first = place - reach + 1;
      const phase = exact ? fraction : Math.floor((fraction * phases) / up);
      const row = phase * width;
      let sum = 0;
      for (let k = 0; k < width; k++) sum += buffer[first + k] * taps[row + k];
      if (!exact) {
        let next = 0;
        for (let k = 0; k < width; k++) next += buffer[first + k] * taps[row + width + k];
        sum += (next - sum) * ((fraction * phases) / up - phase);
      }
      out[count++] = sum;
      place += whole;
      fraction += rest;
      if (fraction >= up) {
        fraction -= up;
        place++;
      }
    }
    this.place = place;
    this.fraction = fraction;
    return count;
  }
}

/**
 * Changes the sample rate of a whole recording: what a `Resampler` gives for it, the rest included.
 *
 * @param samples one channel
 * @returns ⌈samples.length · to / from⌉ samples, the first one at the time of the first; a copy where the rates are equal
 * @throws as `new Resampler`
 *
 * @example
 * ```ts
 * import { resample } from 'hiddenstate/audio';
 *
 * const second = new Float32Array(44_100);
 * console.log(resample(second, { from: 44_100, to: 16_000 }).length); // 16000
 * ```
 */
export function resample(samples: Float32Array, options: ResamplerOptions): Float32Array {
  assertSamples(samples, 'resample: samples');
  const resampler = new Resampler(options);
  const out = new Float32Array(resampler.room(samples.length) + resampler.room(resampler.delay));
  const count = resampler.push(samples, out);
  const rest = resampler.flush(out.subarray(count));
  return out.slice(0, count + rest);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
