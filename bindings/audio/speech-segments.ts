import type { Engine } from '../index.js';
import { assertOptions } from '../options.js';
import { assertBetween, assertRate, assertSamples } from './checks.js';
import { Framer } from './framer.js';
import { resample } from './resampler.js';
import { type Segment, type SegmentOptions, segmentDefaults, segmentsOf } from './segments.js';
import { SILERO_RATE, Silero } from './silero.js';

/** Options of `speechSegments`. */
export interface SpeechSegmentsOptions extends SegmentOptions {
  /** Bytes of silero_vad.onnx, version 4 ("legacy"), 5 or 6. */
  model: Uint8Array | ArrayBuffer;
  /** Rate of the samples in Hz: a whole number from 1000 to 768000. Default 16000. */
  sampleRate?: number;
  /** Where the model runs; the shared engine unless given. */
  engine?: Engine;
}

const NAMES = ['threshold', 'negThreshold', 'minSpeechMs', 'maxSpeechMs', 'minSilenceMs', 'padMs'] as const;

/**
 * Finds the segments of a recording that hold speech, as silero-vad's `get_speech_timestamps` does.
 *
 * @param samples one channel, from −1 to 1
 * @param options the model, the rate, and what counts as speech
 * @returns segments in order, in samples of the recording; they do not overlap
 * @throws {TypeError} if the samples, the model or an option are of the wrong kind
 * @throws {RangeError} if an option is out of range
 * @throws {Error} if the bytes are no such model
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { speechSegments } from 'hiddenstate/audio';
 *
 * const model = await readFile('silero_vad.onnx');
 * const segments = await speechSegments(recording, { model, sampleRate: 16_000 });
 * for (const { start, end } of segments) await transcribe(recording.subarray(start, end));
 * ```
 */
export async function speechSegments(samples: Float32Array, options: SpeechSegmentsOptions): Promise<Segment[]> {
  const who = 'speechSegments';
  assertSamples(samples, `${who}: samples`);
  assertOptions(options, ['model', 'sampleRate', 'engine', ...NAMES], who);
  const { model, engine, sampleRate = SILERO_RATE } = options;
  assertRate(sampleRate, `${who}: sampleRate`);
  const wanted = segmentDefaults(options);
  assertBetween(wanted.threshold, 0, 1, `${who}: threshold`);
  assertBetween(wanted.negThreshold, 0, Math.max(wanted.threshold, 0.01), `${who}: negThreshold`);
  for (const name of NAMES.slice(2)) assertBetween(wanted[name], 0, Number.POSITIVE_INFINITY, `${who}: ${name}`);
  const silero = await Silero.load(model, { engine }, who);
  try {
    const heard = sampleRate === SILERO_RATE ? samples : resample(samples, { from: sampleRate, to: SILERO_RATE });
    const { frameSize, context } = silero;
    const probabilities: number[] = [];
    const framer = new Framer({ size: frameSize, context });
    const hear = (frame: Float32Array) => {
      probabilities.push(silero.step(frame));
    };
    framer.push(heard, hear);
    framer.flush(hear);
    const found = segmentsOf({ probabilities, frameSize, samples: heard.length, sampleRate: SILERO_RATE }, wanted);
    const own = (place: number) => Math.min(samples.length, Math.round((place * sampleRate) / SILERO_RATE));
    return found.map(({ start, end }) => ({ start: own(start), end: own(end) }));
  } finally {
    silero.dispose();
  }
}
