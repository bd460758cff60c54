/** A stretch of speech, in samples: from `start` up to but not including `end`. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

/** What counts as speech; durations in milliseconds. Meanings and defaults are those of silero-vad's `get_speech_timestamps`. */
export interface SegmentOptions {
  /** Speech begins at this probability. */
  readonly threshold: number;
  /** Speech ends below this one. */
  readonly negThreshold: number;
  /** Shorter speech is dropped. */
  readonly minSpeechMs: number;
  /** Shorter pauses are part of the speech around them. */
  readonly minSilenceMs: number;
  /** Added on both sides of a segment, at most half of the pause between two. */
  readonly padMs: number;
}

/** Where a track of probabilities lies in time. */
export interface Track {
  /** One for each frame. */
  readonly probabilities: ArrayLike<number>;
  /** Samples of a frame. */
  readonly frameSize: number;
  /** Samples of the whole recording; the last frame may end after them. */
  readonly samples: number;
  readonly sampleRate: number;
}

/**
 * Finds speech: a segment begins where the probability reaches `threshold` and ends where it fell below `negThreshold`
 * for at least `minSilenceMs`.
 *
 * @returns segments in order; they do not overlap
 */
export function speechSegments(track: Track, options: SegmentOptions): Segment[] {
  const inSamples = (ms: number) => (track.sampleRate * ms) / 1000;
  const minSpeech = inSamples(options.minSpeechMs);
  const found = stretches(track, options, inSamples(options.minSilenceMs));
  const long = found.filter(({ start, end }) => end - start > minSpeech);
  return padded(long, inSamples(options.padMs), track.samples);
}

function stretches(track: Track, { threshold, negThreshold }: SegmentOptions, minSilence: number): Segment[] {
  const { probabilities, frameSize, samples } = track;
  const found: Segment[] = [];
  let start: number | undefined;
  let quietSince: number | undefined;
  for (let i = 0; i < probabilities.length; i++) {
    const at = i * frameSize;
    if (probabilities[i] >= threshold) {
      start ??= at;
      quietSince = undefined;
    } else if (start !== undefined && probabilities[i] < negThreshold) {
      quietSince ??= at;
      if (at - quietSince < minSilence) continue;
      found.push({ start, end: quietSince });
      start = undefined;
      quietSince = undefined;
    }
  }
  return start === undefined ? found : [...found, { start, end: samples }];
}

function padded(segments: readonly Segment[], pad: number, samples: number): Segment[] {
  // Two neighbours share the pause between them.
  const room = (pause: number) => Math.floor(pause < 2 * pad ? pause / 2 : pad);
  return segments.map(({ start, end }, i) => ({
    start: i === 0 ? Math.max(0, Math.trunc(start - pad)) : start - room(start - segments[i - 1].end),
    end: i === segments.length - 1 ? Math.min(samples, Math.trunc(end + pad)) : end + room(segments[i + 1].start - end),
  }));
}
