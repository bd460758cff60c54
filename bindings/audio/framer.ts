import { assertOptions, assertSize } from '../options.js';
import { assertFunction, assertSamples } from './checks.js';

/** Options of `Framer`. */
export interface FramerOptions {
  /** Samples of a frame, without the context. */
  size: number;
  /** Samples from the beginning of one frame to that of the next: at most `size`, which is the default. */
  hop?: number;
  /** Samples before a frame that go in front of it; silence before the first. Default 0. */
  context?: number;
}

/** The most samples of a frame and of its context. */
const MOST = 1 << 24;

/**
 * Cuts a stream of blocks of any length into frames of one length. Allocates nothing after construction.
 *
 * @example
 * ```ts
 * import { Framer } from 'hiddenstate/audio';
 *
 * const framer = new Framer({ size: 512, context: 64 });
 * let frames = 0;
 * framer.push(recording, (frame) => {
 *   frames += 1; // of 64 + 512 samples, lent for this call
 * });
 * console.log(frames); // 31
 * ```
 */
export class Framer {
  /** Samples of a frame, without the context. */
  readonly size: number;
  /** Samples from the beginning of one frame to that of the next. */
  readonly hop: number;
  /** Samples before a frame that go in front of it. */
  readonly context: number;
  private readonly frame: Float32Array;
  private filled: number;

  /**
   * @throws {TypeError} if an option is not a number
   * @throws {RangeError} if an option is no integer, out of range, or `hop` is more than `size`
   */
  constructor(options: FramerOptions) {
    assertOptions(options, ['size', 'hop', 'context'], 'Framer');
    const { size, hop = size, context = 0 } = options;
    assertSize(size, 'Framer: size', 1, MOST);
    assertSize(hop, 'Framer: hop', 1, size);
    assertSize(context, 'Framer: context', 0, MOST);
    this.size = size;
    this.hop = hop;
    this.context = context;
    this.frame = new Float32Array(context + size);
    this.filled = context;
  }

  /**
   * Takes a block of any length.
   *
   * @param block samples; copied
   * @param onFrame called with each frame that is full, `context + size` samples. The array is the framer's own and changes
   *   after the call: copy what is to be kept. It may call `reset()`.
   * @throws {TypeError} if the block is not a Float32Array, or onFrame is not a function
   */
  push(block: Float32Array, onFrame: (frame: Float32Array) => void): void {
    assertSamples(block, 'Framer.push: block');
    assertFunction(onFrame, 'Framer.push: onFrame');
    this.take(block, block.length, onFrame);
  }

  /**
   * The first `count` samples of a block, as `push`.
   *
   * @internal
   */
  take(block: Float32Array, count: number, onFrame: (frame: Float32Array) => void): void {
    const { frame } = this;
    for (let at = 0; at < count; ) {
      // Moved on when the next samples come and not before, so that a frame stays whole until then.
      if (this.filled === frame.length) {
        frame.copyWithin(0, this.hop);
        this.filled -= this.hop;
      }
      const size = Math.min(count - at, frame.length - this.filled);
      for (let i = 0; i < size; i++) frame[this.filled + i] = block[at + i];
      this.filled += size;
      at += size;
      if (this.filled === frame.length) onFrame(frame);
    }
  }

  /**
   * Fills up the last frame with silence if there are samples that were in no frame, and begins anew.
   *
   * @param onFrame as in `push`
   * @throws {TypeError} if onFrame is not a function
   */
  flush(onFrame: (frame: Float32Array) => void): void {
    assertFunction(onFrame, 'Framer.flush: onFrame');
    const { frame, filled } = this;
    if (filled > this.context && filled < frame.length) {
      frame.fill(0, filled);
      this.filled = frame.length;
      onFrame(frame);
    }
    this.reset();
  }

  /** Begins anew, with silence as context. */
  reset(): void {
    this.frame.fill(0);
    this.filled = this.context;
  }
}
