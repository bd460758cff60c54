import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import wavefile from 'wavefile';
import { SPEECH } from '../vad/speech.js';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();

/** Half a second of silence, then speech where there is some on this machine, then silence, at another rate and in stereo. */
function writeRecording(path: string, speech: Int16Array): number {
  const silence = 8000;
  const samples = new Int16Array(speech.length + 2 * silence);
  samples.set(speech, silence);
  const wav = new wavefile.WaveFile();
  wav.fromScratch(2, 16_000, '16', [samples, samples]);
  writeFileSync(path, wav.toBuffer());
  return samples.length / 16_000;
}

const raw = SPEECH.find((path) => path.endsWith('goforward.raw'));

describe('hiddenstate vad', () => {
  test.runIf(raw)('prints the segments of real speech, as text, JSON and SVG', () => {
    const file = readFileSync(raw as string);
    const speech = new Int16Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
    const seconds = writeRecording(folder('speech.wav'), speech);
    const { code, stdout, stderr } = hiddenstate(['vad', folder('speech.wav'), '--svg', folder('speech.svg')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /speech\.wav: \d+\.\d\d s, \d+ segments? of speech, \d+ % of the time\n {2}start +end +length\n/,
    );
    expect(stderr).toMatch(/µs per frame of 32 ms, \d+ frames: [\d,]+ times faster than real time/);
    const svg = readFileSync(folder('speech.svg'), 'utf8');
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    for (const word of ['speech.wav', 'waveform', 'threshold', 'probability of speech']) expect(svg).toContain(word);

    for (const model of ['v5', 'v6', 'legacy']) {
      const answer = JSON.parse(hiddenstate(['vad', folder('speech.wav'), '--json', '--model', model]).stdout);
      expect(answer.seconds).toBeCloseTo(seconds, 6);
      expect(answer.probabilities).toHaveLength(Math.ceil(seconds / answer.frameSeconds));
      expect(answer.microsecondsPerFrame).toBeGreaterThan(0);
      // "go forward ten meters", between the silences.
      const [{ start }] = answer.segments;
      const { end } = answer.segments.at(-1);
      expect(start).toBeGreaterThan(0.4);
      expect(end - start).toBeGreaterThan(1);
      expect(end).toBeLessThan(seconds - 0.3);
    }
  });

  test('finds none in silence', () => {
    writeRecording(folder('silence.wav'), new Int16Array(16_000));
    const { code, stdout } = hiddenstate(['vad', folder('silence.wav')]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/silence\.wav: 2\.00 s, 0 segments of speech\n$/)]);
  });

  test.each([
    [['missing.wav'], 'cannot read missing.wav: no such file or folder'],
    [['SILENCE', '--model', 'v7'], '--model: got "v7", expected v6, v5, legacy or a file; did you mean v6?'],
    [['SILENCE', '--model', 'SILENCE'], 'that are no ONNX model'],
    [['SILENCE', '--threshold', '2'], '--threshold: got "2", expected a number from 0 to 1'],
    [['SILENCE', '--threshold', '0.3', '--neg-threshold', '0.4'], 'expected at most the threshold, 0.3'],
    [['SILENCE', '--min-speech', '-1'], '--min-speech: got "-1", expected a number from 0'],
    [['TEXT'], 'not a WAV file that can be read'],
  ])('%j is misuse', (args, message) => {
    writeRecording(folder('silence.wav'), new Int16Array(800));
    writeFileSync(folder('text.wav'), 'this is no sound');
    const files: Record<string, string> = { SILENCE: folder('silence.wav'), TEXT: folder('text.wav') };
    const { code, stdout, stderr } = hiddenstate(['vad', ...args.map((arg) => files[arg] ?? arg)]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
