import { FRAME, PEAK } from './messages.js';
import type { Segment, segmentsOf } from './segments.js';

export const RATE = 16_000;
/** Frames of a microphone that are kept: ten minutes. */
const MOST_FRAMES = (600 * RATE) / FRAME;

/** What was heard so far: a probability a frame, and the outline of the sound. */
export class Track {
  /** Samples of the sound at 16 kHz; of a microphone, those that came. */
  samples = 0;
  probabilities: number[] = [];
  /** Pairs: least and greatest sample of each `PEAK`. */
  peaks: number[] | Float32Array = [];
  /** Frames that were let go at the beginning. */
  private dropped = 0;

  get seconds(): number {
    return this.samples / RATE;
  }

  /** Seconds that have a probability. */
  get heard(): number {
    return (this.probabilities.length * FRAME) / RATE;
  }

  /** A frame of a microphone. */
  hear(probability: number, frame: Float32Array): void {
    const peaks = this.peaks as number[];
    for (let at = 0; at < frame.length; at += PEAK) {
      let [least, greatest] = [0, 0];
      for (let i = at; i < at + PEAK; i++) {
        if (frame[i] < least) least = frame[i];
        if (frame[i] > greatest) greatest = frame[i];
      }
      peaks.push(least, greatest);
    }
    this.probabilities.push(probability);
    this.samples += frame.length;
    if (this.probabilities.length >= 2 * MOST_FRAMES) {
      this.probabilities.splice(0, MOST_FRAMES);
      peaks.splice(0, (2 * MOST_FRAMES * FRAME) / PEAK);
      this.dropped += MOST_FRAMES;
    }
  }

  /** Stretches of speech in seconds. */
  stretches(rule: typeof segmentsOf | undefined, threshold: number): Stretch[] {
    if (!rule || this.probabilities.length === 0) return [];
    const gone = this.dropped * FRAME;
    const track = {
      probabilities: this.probabilities,
      frameSize: FRAME,
      samples: Math.min(this.samples - gone, this.probabilities.length * FRAME),
      sampleRate: RATE,
    };
    return rule(track, { threshold }).map(({ start, end }: Segment) => ({
      start: (start + gone) / RATE,
      end: (end + gone) / RATE,
    }));
  }

  /** The probability of the frame at a time, if it was heard. */
  at(seconds: number): number | undefined {
    return this.probabilities[Math.floor((seconds * RATE) / FRAME) - this.dropped];
  }

  /** The index in `probabilities` of a time; it may lie outside. */
  frameOf(seconds: number): number {
    return (seconds * RATE) / FRAME - this.dropped;
  }
}

/** A stretch of speech, in seconds. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}
