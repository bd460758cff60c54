import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type SegmentOptions, segmentsOf } from '../../bindings/audio/index.js';

interface Case {
  readonly setting: Readonly<Record<string, number>>;
  readonly samples: number;
  readonly probabilities: number[];
  readonly segments: (readonly [start: number, end: number])[];
}

const CASES: Case[] = JSON.parse(readFileSync(new URL('segments.json', import.meta.url), 'utf8'));

function optionsOf(setting: Case['setting']): SegmentOptions {
  const names = {
    threshold: setting.threshold,
    negThreshold: setting.neg_threshold,
    minSpeechMs: setting.min_speech_duration_ms,
    maxSpeechMs: setting.max_speech_duration_s && 1000 * setting.max_speech_duration_s,
    minSilenceMs: setting.min_silence_duration_ms,
    padMs: setting.speech_pad_ms,
  };
  return Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined));
}

describe('speech segments', () => {
  test.each(CASES)('are those of silero-vad: $setting, $samples samples', (given) => {
    const { setting, samples, probabilities, segments } = given;
    const track = { probabilities, samples, frameSize: 512, sampleRate: 16_000 };
    const found = segmentsOf(track, optionsOf(setting));
    expect(found.map(({ start, end }) => [start, end])).toEqual(segments);
  });

  test('are found at all', () => {
    expect(CASES.flatMap(({ segments }) => segments).length).toBeGreaterThan(50);
  });
});
