/** Segments of recordings, with seeded noise, beside those of the silero-vad package. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { speechSegments } from '../../bindings/audio/index.js';
import { readWav } from '../../bindings/cli/vad/wav.js';
import { sileroBytes, type Version } from './silero.js';

interface Case {
  readonly version: Version;
  readonly path: string;
  readonly noise: number;
  readonly segments: (readonly [start: number, end: number])[];
}

const CASES: Case[] = JSON.parse(readFileSync(new URL('recordings.json', import.meta.url), 'utf8'));

const HERE = CASES.filter(({ path }) => existsSync(path));
if (HERE.length < CASES.length) {
  console.log(`skipped: ${CASES.length - HERE.length} recordings (Debian: pocketsphinx-testdata, alsa-utils)`);
}

/** As generate-segments.py reads and spoils it. */
async function recording(path: string, level: number): Promise<Float32Array> {
  const bytes = new Uint8Array(readFileSync(path));
  const { samples, sampleRate } = path.endsWith('.raw')
    ? { samples: Float32Array.from(new Int16Array(bytes.buffer), (x) => x / 32768), sampleRate: 16_000 }
    : await readWav(bytes);
  const step = sampleRate / 16_000;
  const out = new Float32Array(Math.ceil(samples.length / step));
  let state = 1;
  for (let i = 0; i < out.length; i++) {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    out[i] = samples[i * step] + Math.fround(Math.fround(level) * Math.fround(state / 2 ** 31 - 1));
  }
  return out;
}

describe('speechSegments', () => {
  test.each(HERE.map((given) => [given.version, basename(given.path), given.noise, given] as const))(
    '%s, %s, noise %d: the segments of silero-vad',
    async (version, _base, noise, { path, segments }) => {
      const found = await speechSegments(await recording(path, noise), { model: sileroBytes(version) });
      expect(found.map(({ start, end }) => [start, end])).toEqual(segments);
    },
  );

  test('are found at all', () => {
    expect(CASES.flatMap(({ segments }) => segments).length).toBeGreaterThan(100);
  });

  test.each([
    [{ sampleRate: 0 }, 'speechSegments: sampleRate: got 0'],
    [{ threshold: 2 }, 'speechSegments: threshold: got 2'],
    [{ negThreshold: 0.9 }, 'speechSegments: negThreshold: got 0.9'],
    [{ maxSpeechMs: Number.NaN }, 'speechSegments: maxSpeechMs: got NaN'],
  ])('refuses %j', async (options, message) => {
    const model = sileroBytes('v5');
    await expect(speechSegments(new Float32Array(600), { model, ...options })).rejects.toThrow(message);
    await expect(speechSegments([1] as never, { model })).rejects.toThrow('speechSegments: samples: got');
  });
});
