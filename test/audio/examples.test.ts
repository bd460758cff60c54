/** The examples run as shipped. Reads dist/. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { makeWindow, SpectralModel } from '../../bindings/audio/index.js';
import { loadOnnxSync } from '../../bindings/formats/onnx/index.js';
import { wavOf } from '../support/wav.js';
import { readSpeech, SPEECH } from '../vad/speech.js';

const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

function run(script: string, ...args: string[]): string {
  const file = path(`../../examples/${script}`);
  expect(readFileSync(file, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

function writeWav(name: string, samples: Float32Array): string {
  const file = join(folder, name);
  writeFileSync(file, wavOf([samples], 16_000));
  return file;
}

describe('examples', () => {
  it('denoise-wav writes what the model makes of a file', () => {
    const sound = Float32Array.from({ length: 5000 }, (_, n) => 0.5 * Math.sin(n * n * 1e-4));
    const noisy = writeWav('noisy.wav', sound);
    const model = path('denoisers/gtcrn.onnx');
    const clean = join(folder, 'clean.wav');
    expect(run('denoise-wav/denoise.js', model, noisy, clean)).toMatch(
      /clean\.wav: 0\.31 s in [\d.]+ s; live it would come 3\.9375 ms later\n$/,
    );
    const [before, after] = [readFileSync(noisy), readFileSync(clean)];
    expect(after.subarray(0, 44)).toEqual(before.subarray(0, 44));
    const window = makeWindow('hann', 64).map(Math.sqrt);
    const stream = loadOnnxSync(new Uint8Array(readFileSync(model))).stream();
    const stages = [{ stream, input: 'complex', output: 'complex' }] as const;
    using denoiser = new SpectralModel({ sampleRate: 16_000, nFft: 64, hopLength: 32, window, stages });
    const heard = Float32Array.from({ length: 5000 }, (_, n) => before.readInt16LE(44 + 2 * n) / 32768);
    denoiser.process(heard).forEach((y, n) => {
      expect(Math.abs(after.readInt16LE(44 + 2 * n) - 32768 * y)).toBeLessThan(0.6);
    });
  });

  const [speech] = SPEECH.filter((file) => file.endsWith('goforward.raw'));
  if (!speech) console.log('vad-calls: without speech (Debian: pocketsphinx-testdata)');

  it('vad-calls listens to 500 calls', async () => {
    const sound = speech ? (await readSpeech(speech)).subarray(0, 16_000) : new Float32Array(16_000);
    const out = run('vad-calls/calls.js', writeWav('speech.wav', sound));
    expect(out).toMatch(/^500 calls of 1\.00 s, 16000 frames, in [\d.]+ s on one core$/m);
    expect(Number(/began (\d+) times/.exec(out)?.[1])).toBeGreaterThanOrEqual(speech ? 500 : 0);
    expect(Number(/hears (\d+) calls/.exec(out)?.[1])).toBeGreaterThan(20);
  }, 60_000);
});
