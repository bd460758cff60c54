/** Events beside those of vad-web's own FrameProcessor, fed with the same frames and probabilities. */
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { SpeechGate, type SpeechGateOptions } from '../../bindings/audio/speech-gate.js';
import { seededRandom } from '../../bindings/random.js';

interface TheirEvent {
  readonly msg: string;
  readonly audio?: Float32Array;
}

interface TheirProcessor {
  resume(): void;
  process(frame: Float32Array, handle: (event: TheirEvent) => void): Promise<void>;
  endSegment(handle: (event: TheirEvent) => void): void;
}

const { FrameProcessor, defaultFrameProcessorOptions } = createRequire(import.meta.url)(
  '@ricky0123/vad-web/dist/frame-processor.js',
) as {
  FrameProcessor: new (
    model: () => Promise<{ isSpeech: number; notSpeech: number }>,
    reset: () => void,
    options: Required<SpeechGateOptions>,
    msPerFrame: number,
  ) => TheirProcessor;
  defaultFrameProcessorOptions: Required<SpeechGateOptions>;
};

const FRAME = 4;
const MS = 32;

/** A walk between silence and speech; each frame holds its own number. */
function draw(seed: number, count: number): { frames: Float32Array[]; probabilities: number[] } {
  const random = seededRandom(seed);
  const probabilities: number[] = [];
  let [level, target] = [0.1, 0.9];
  for (let i = 0; i < count; i++) {
    if (random() < 0.08) target = [0.02, 0.1, 0.2, 0.27, 0.32, 0.5, 0.97][Math.floor(random() * 7)];
    level += (target - level) * [0.2, 0.5, 1][Math.floor(random() * 3)];
    probabilities.push(level);
  }
  return { probabilities, frames: probabilities.map((_, i) => new Float32Array(FRAME).fill(i)) };
}

type Event = readonly [name: string, audio?: readonly number[]];

async function theirs(seed: number, count: number, options: Required<SpeechGateOptions>): Promise<Event[][]> {
  const { frames, probabilities } = draw(seed, count);
  let at = 0;
  const model = async () => ({ isSpeech: probabilities[at], notSpeech: 1 - probabilities[at] });
  const processor = new FrameProcessor(model, () => {}, options, MS);
  processor.resume();
  const events: Event[][] = [];
  const handle = ({ msg, audio }: TheirEvent) => {
    if (msg !== 'FRAME_PROCESSED') events[events.length - 1].push(audio ? [msg, [...audio]] : [msg]);
  };
  for (; at < count; at++) {
    events.push([]);
    await processor.process(frames[at], handle);
  }
  events.push([]);
  processor.endSegment(handle);
  return events;
}

function ours(seed: number, count: number, options: Required<SpeechGateOptions>): Event[][] {
  const { frames, probabilities } = draw(seed, count);
  const events: Event[][] = [];
  const tell = (...event: Event) => {
    events[events.length - 1].push(event);
  };
  const gate = new SpeechGate(FRAME, MS, options, {
    onSpeechStart: () => tell('SPEECH_START'),
    onSpeechRealStart: () => tell('SPEECH_REAL_START'),
    onSpeechEnd: (audio) => tell('SPEECH_END', [...audio]),
    onVADMisfire: () => tell('VAD_MISFIRE'),
  });
  frames.forEach((frame, i) => {
    events.push([]);
    gate.push(frame, probabilities[i]);
  });
  events.push([]);
  gate.finish();
  return events;
}

const SETTINGS: readonly SpeechGateOptions[] = [
  {},
  { redemptionMs: 200 },
  { redemptionMs: 0, minSpeechMs: 64 },
  { redemptionMs: 100, minSpeechMs: 0, preSpeechPadMs: 0 },
  { redemptionMs: 320, preSpeechPadMs: 5000, minSpeechMs: 320 },
  { positiveSpeechThreshold: 0.5, negativeSpeechThreshold: 0.5, redemptionMs: 96 },
  { positiveSpeechThreshold: 0, negativeSpeechThreshold: 0 },
];

describe('the events of vad-web, frame by frame', () => {
  test.each(SETTINGS)('%j', async (setting) => {
    const options = { ...defaultFrameProcessorOptions, ...setting };
    const seen = new Set<string>();
    for (const [seed, count] of [
      [1, 700],
      [2, 300],
      [3, 40],
    ]) {
      const expected = await theirs(seed, count, options);
      for (const [name] of expected.flat()) seen.add(name);
      expect(ours(seed, count, options)).toEqual(expected);
    }
    expect(seen).toContain('SPEECH_START');
  });
});
