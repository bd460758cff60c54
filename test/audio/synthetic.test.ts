/** Segments of twenty minutes that espeak-ng reads, with seeded noise at four levels, beside those of the silero-vad package. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { speechSegments } from '../../bindings/audio/index.js';
import { sileroBytes, type Version } from './silero.js';

interface Case {
  readonly voice: string;
  readonly speed: number;
  readonly pitch: number;
  readonly text: string;
  readonly seconds: number;
  readonly sha256: string;
  readonly noise: readonly number[];
  readonly segments: Readonly<Record<Version, readonly (readonly (readonly [start: number, end: number])[])[]>>;
}

const CASES: Case[] = JSON.parse(readFileSync(new URL('synthetic.json', import.meta.url), 'utf8'));

/** What espeak-ng says, if it is installed and says the same as where the segments were found. */
function spoken({ voice, speed, pitch, text, sha256 }: Case): Buffer | undefined {
  try {
    const settings = ['-v', voice, '-s', String(speed), '-p', String(pitch), '--stdout'];
    const bytes = execFileSync('espeak-ng', settings, { input: text, maxBuffer: 1 << 26, stdio: 'pipe' });
    return createHash('sha256').update(bytes).digest('hex').startsWith(sha256) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** As generate-segments.py reads and spoils it: 22 050 Hz as 16 kHz, the sample before each moment. */
function samplesOf(bytes: Buffer, level: number): Float32Array {
  const count = Math.floor((((bytes.length - 44) / 2) * 16_000) / 22_050);
  let state = 1;
  return Float32Array.from({ length: count }, (_, i) => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    const noise = Math.fround(Math.fround(level) * Math.fround(state / 2 ** 31 - 1));
    return bytes.readInt16LE(44 + 2 * Math.floor((i * 22_050) / 16_000)) / 32768 + noise;
  });
}

const sound = CASES.map((given) => spoken(given));
const missing = sound.filter((bytes) => !bytes).length;
if (missing > 0) console.log(`skipped: ${missing} passages read by espeak-ng (Debian 12: espeak-ng 1.51)`);

/** Of the four levels of noise, each passage is heard with two in each version: what one passage leaves out, the next has. */
const isHeard = (passage: number, version: Version, level: number) =>
  (passage + level + Number(version === 'v6')) % 2 === 0;

describe.each(['v5', 'v6'] as const)('speech that espeak-ng reads, %s', (version) => {
  test.each(CASES.flatMap((given, i) => (sound[i] ? [[given.voice, given, sound[i], i] as const] : [])))(
    '%s: the segments of silero-vad',
    async (_, { noise, segments }, bytes, passage) => {
      for (const [i, level] of noise.entries()) {
        if (!isHeard(passage, version, i)) continue;
        const found = await speechSegments(samplesOf(bytes, level), { model: sileroBytes(version) });
        expect(found.map(({ start, end }) => [start, end])).toEqual(segments[version][i]);
      }
    },
  );
});

test('is twenty minutes long', () => {
  expect(CASES.reduce((sum, { seconds }) => sum + seconds, 0)).toBeGreaterThanOrEqual(1200);
});
