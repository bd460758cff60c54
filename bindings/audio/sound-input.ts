import { rangeError } from '../errors.js';
import { Framer } from './framer.js';
import { Resampler } from './resampler.js';
import { SILERO_RATE } from './silero.js';

/** Samples that are taken at a time. */
const CHUNK = 4096;

/** What a sound input tells. */
export interface SoundEvents {
  /** A frame is full: `context + frameSize` samples at 16 kHz. */
  onFrame(frame: Float32Array): void;
  /** A sample is NaN or infinite, the first one since `reset()`. */
  onError(error: Error): void;
  /** Whether the rest of a block is to be heard. */
  goesOn(): boolean;
}

/**
 * Sound on its way to a detector: blocks of any length and any rate become frames at 16 kHz. From a sample on that is no number there
 * is silence, until `reset()`.
 */
export class SoundInput {
  private readonly framer: Framer;
  private readonly resampler: Resampler | undefined;
  private readonly chunk = new Float32Array(CHUNK);
  /** The beginning of `chunk`, as long as the block before was. */
  private part = this.chunk;
  private readonly resampled: Float32Array;
  private readonly hear: (frame: Float32Array) => void;
  private deaf = false;

  /**
   * @param sampleRate of the blocks
   * @param who whose `push` it is, for messages
   */
  constructor(
    sampleRate: number,
    frameSize: number,
    context: number,
    private readonly events: SoundEvents,
    private readonly who: string,
  ) {
    this.framer = new Framer({ size: frameSize, context });
    this.resampler = sampleRate === SILERO_RATE ? undefined : new Resampler({ from: sampleRate, to: SILERO_RATE });
    const room = this.resampler ? Math.max(this.resampler.room(CHUNK), this.resampler.room(this.resampler.delay)) : 0;
    this.resampled = new Float32Array(room);
    this.hear = (frame) => events.onFrame(frame);
  }

  /** Takes a block of any length. */
  push(block: Float32Array): void {
    for (let at = 0; at < block.length && this.events.goesOn(); at += CHUNK) this.take(block, at);
  }

  /** The sound is over: the last frame is filled up with silence. */
  flush(): void {
    const { framer, resampler, resampled, events } = this;
    if (resampler) framer.take(resampled, resampler.flush(resampled), this.hear);
    if (events.goesOn()) framer.flush(this.hear);
  }

  /** Forgets what it heard. */
  reset(): void {
    this.resampler?.reset();
    this.framer.reset();
    this.deaf = false;
  }

  private take(block: Float32Array, from: number): void {
    const { chunk, resampler, resampled } = this;
    const size = Math.min(block.length - from, CHUNK);
    for (let i = 0; i < size; i++) {
      const sample = block[from + i];
      // NaN and infinities minus themselves are NaN.
      const lost = sample - sample !== 0;
      if (lost) this.lose(sample);
      chunk[i] = lost || this.deaf ? 0 : sample;
    }
    if (!resampler) this.framer.take(chunk, size, this.hear);
    else {
      if (this.part.length !== size) this.part = chunk.subarray(0, size);
      this.framer.take(resampled, resampler.push(this.part, resampled), this.hear);
    }
  }

  private lose(sample: number): void {
    if (this.deaf) return;
    this.deaf = true;
    this.events.onError(
      rangeError(
        `${this.who}.push: block: got a sample of ${sample}, expected finite numbers; silence is heard until reset()`,
      ),
    );
  }
}
