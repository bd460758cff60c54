import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type SegmentOptions, speechSegments } from '../../bindings/cli/vad/segments.js';

interface Case {
  readonly setting: Readonly<Record<string, number>>;
  readonly samples: number;
  readonly probabilities: number[];
  readonly segments: (readonly [start: number, end: number])[];
}

const CASES: Case[] = JSON.parse(readFileSync(new URL('segments.json', import.meta.url), 'utf8'));

function optionsOf(setting: Case['setting']): SegmentOptions {
  const threshold = setting.threshold ?? 0.5;
  return {
    threshold,
    negThreshold: setting.neg_threshold ?? Math.max(threshold - 0.15, 0.01),
    minSpeechMs: setting.min_speech_duration_ms ?? 250,
    minSilenceMs: setting.min_silence_duration_ms ?? 100,
    padMs: setting.speech_pad_ms ?? 30,
  };
}

describe('speech segments', () => {
  test.each(CASES)('are those of silero-vad: $setting, $samples samples', (given) => {
    const { setting, samples, probabilities, segments } = given;
    const track = { probabilities, samples, frameSize: 512, sampleRate: 16_000 };
    const found = speechSegments(track, optionsOf(setting));
    expect(found.map(({ start, end }) => [start, end])).toEqual(segments);
  });

  test('are found at all', () => {
    expect(CASES.flatMap(({ segments }) => segments).length).toBeGreaterThan(30);
  });
});
