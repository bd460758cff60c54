/** A stretch of speech, in samples: from `start` up to but not including `end`. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

/** What counts as speech; durations in milliseconds. Meanings and defaults are those of silero-vad's `get_speech_timestamps`. */
export interface SegmentOptions {
  /** Speech begins at this probability. Default 0.5. */
  threshold?: number;
  /** Speech ends below this one. Default `threshold` − 0.15, at least 0.01. */
  negThreshold?: number;
  /** Shorter speech is dropped. Default 250. */
  minSpeechMs?: number;
  /** Longer speech is cut at its longest pause of more than 98 ms, where there is one. Default Infinity. */
  maxSpeechMs?: number;
  /** Shorter pauses are part of the speech around them. Default 100. */
  minSilenceMs?: number;
  /** Added on both sides of a segment, at most half of the pause between two. Default 30. */
  padMs?: number;
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

/** Pauses as long as this can be cut at. */
const CUT_MS = 98;

/** The options with silero-vad's defaults. */
export function segmentDefaults(options: SegmentOptions): Required<SegmentOptions> {
  const { threshold = 0.5, maxSpeechMs = Number.POSITIVE_INFINITY, minSilenceMs = 100, padMs = 30 } = options;
  const { negThreshold = Math.max(threshold - 0.15, 0.01), minSpeechMs = 250 } = options;
  return { threshold, negThreshold, minSpeechMs, maxSpeechMs, minSilenceMs, padMs };
}

/**
 * Finds speech in probabilities that a model gave, as silero-vad's `get_speech_timestamps_from_probs` does: a segment begins
 * where the probability reaches `threshold` and ends where it fell below `negThreshold` for at least `minSilenceMs`.
 *
 * @param track the probabilities, and where they lie in time
 * @param options what counts as speech
 * @returns segments in order; they do not overlap
 *
 * @example
 * ```ts
 * import { segmentsOf } from 'hiddenstate/audio';
 *
 * // One probability for each frame of 512 samples, as a model of voice activity gives them.
 * const probabilities = Array.from({ length: 60 }, (_, i) => (i >= 10 && i < 40 ? 0.9 : 0.1));
 * const track = { probabilities, frameSize: 512, samples: 60 * 512, sampleRate: 16_000 };
 * console.log(segmentsOf(track)); // [ { start: 4640, end: 20960 } ]
 * ```
 */
export function segmentsOf(track: Track, options: SegmentOptions = {}): Segment[] {
  const wanted = segmentDefaults(options);
  const pad = (track.sampleRate * wanted.padMs) / 1000;
  return padded(stretches(track, wanted, pad), pad, track.samples);
}

/** get_speech_timestamps_from_probs of silero-vad 6.2.3, with its longest pause to cut at, without padding. */
function stretches(track: Track, options: Required<SegmentOptions>, pad: number): Segment[] {
  const { probabilities, frameSize, samples, sampleRate } = track;
  const { threshold, negThreshold } = options;
  const inSamples = (ms: number) => (sampleRate * ms) / 1000;
  const minSpeech = inSamples(options.minSpeechMs);
  const minSilence = inSamples(options.minSilenceMs);
  const maxSpeech = inSamples(options.maxSpeechMs) - frameSize - 2 * pad;
  const found: Segment[] = [];
  let start: number | undefined;
  // The beginning of the pause that may become the end; as in silero-vad, a pause cannot begin at 0.
  let quietSince = 0;
  let longest: { at: number; length: number } | undefined;
  for (let i = 0; i < probabilities.length; i++) {
    const at = i * frameSize;
    const speech = probabilities[i] >= threshold;
    if (speech && quietSince) {
      const length = at - quietSince;
      if (length > inSamples(CUT_MS) && !(longest && longest.length >= length)) longest = { at: quietSince, length };
      quietSince = 0;
    }
    if (speech && start === undefined) {
      start = at;
      continue;
    }
    if (start !== undefined && at - start > maxSpeech) {
      found.push({ start, end: longest?.at ?? at });
      start = longest && longest.at + longest.length;
      quietSince = 0;
      if (!longest) continue;
      longest = undefined;
    }
    if (start !== undefined && probabilities[i] < negThreshold) {
      quietSince ||= at;
      if (at - quietSince < minSilence) continue;
      if (quietSince - start > minSpeech) found.push({ start, end: quietSince });
      start = undefined;
      quietSince = 0;
      longest = undefined;
    }
  }
  if (start !== undefined && samples - start > minSpeech) found.push({ start, end: samples });
  return found;
}

function padded(segments: readonly Segment[], pad: number, samples: number): Segment[] {
  // Two neighbours share the pause between them.
  const isShort = (pause: number) => pause < 2 * pad;
  return segments.map(({ start, end }, i) => {
    const before = i === 0 ? Number.POSITIVE_INFINITY : start - segments[i - 1].end;
    const after = i === segments.length - 1 ? Number.POSITIVE_INFINITY : segments[i + 1].start - end;
    return {
      start: isShort(before) ? start - Math.floor(before / 2) : Math.trunc(Math.max(0, start - pad)),
      end: isShort(after) ? end + Math.floor(after / 2) : Math.trunc(Math.min(samples, end + pad)),
    };
  });
}
