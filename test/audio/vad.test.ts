/** The detector over real speech: any rate, any block, events that call back, sound that is none. */
import { describe, expect, test } from 'vitest';
import { Vad, type VadOptions } from '../../bindings/audio/index.js';
import { createEngine } from '../../bindings/index.js';
import { readSpeech, SPEECH } from '../vad/speech.js';
import { sileroBytes, VERSIONS } from './silero.js';

const raw = SPEECH.find((path) => path.endsWith('goforward.raw'));
const model = sileroBytes('v5');

/** Names of the events, in order, with the length of the audio. */
function recorder(): { events: string[]; options: VadOptions } {
  const events: string[] = [];
  const options: VadOptions = {
    redemptionMs: 320,
    onSpeechStart: () => events.push('start'),
    onSpeechRealStart: () => events.push('real'),
    onSpeechEnd: (audio) => events.push(`end ${audio.length}`),
    onVADMisfire: () => events.push('misfire'),
    onError: ({ message }) => events.push(message),
  };
  return { events, options };
}

describe('Vad', () => {
  test.runIf(raw).each(VERSIONS)('%s hears the same whatever the blocks', async (version) => {
    const speech = await readSpeech(raw as string);
    const { events, options } = recorder();
    const vad = await Vad.load(sileroBytes(version), options);
    const heard: string[][] = [];
    for (const size of [speech.length, 1, 128, 5000]) {
      events.length = 0;
      for (let at = 0; at < speech.length; at += size) vad.push(speech.subarray(at, at + size));
      vad.push(new Float32Array(0));
      vad.flush();
      heard.push([...events]);
    }
    expect(heard[0].slice(0, 2)).toEqual(['start', 'real']);
    expect(heard[0].at(-1)).toMatch(/^end \d+$/);
    for (const each of heard) expect(each).toEqual(heard[0]);
    vad.dispose();
  });

  test.runIf(raw)('hears speech at 44100 Hz and hands out 16 kHz', async () => {
    const { resample } = await import('../../bindings/audio/index.js');
    const speech = resample(await readSpeech(raw as string), { from: 16_000, to: 44_100 });
    const { events, options } = recorder();
    using vad = await Vad.load(model, { ...options, sampleRate: 44_100 });
    for (let at = 0; at < speech.length; at += 441) vad.push(speech.subarray(at, at + 441));
    vad.flush();
    expect(events.length).toBe(3);
    const seconds = Number(events[2].slice(4)) / 16_000;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(speech.length / 44_100);
  });

  test('takes a block of a million samples, and of none', async () => {
    let frames = 0;
    using vad = await Vad.load(model, { onFrame: () => void frames++ });
    vad.push(new Float32Array(1_000_000));
    vad.push(new Float32Array(0));
    expect(frames).toBe(Math.floor(1_000_000 / 512));
  });

  test.runIf(raw)(
    'hears silence from a sample that is no number, says so once, and is unharmed after reset',
    async () => {
      const speech = await readSpeech(raw as string);
      const { events, options } = recorder();
      const probabilities: number[] = [];
      using vad = await Vad.load(model, { ...options, onFrame: (p) => probabilities.push(p) });
      vad.push(speech);
      vad.flush();
      const clean = probabilities.splice(0);
      const good = events.splice(0);
      const bad = speech.slice();
      bad[2000] = Number.NaN;
      bad[9000] = Number.NEGATIVE_INFINITY;
      vad.push(bad);
      expect(events).toEqual([
        'Vad.push: block: got a sample of NaN, expected finite numbers; silence is heard until reset()',
      ]);
      expect(Math.max(...probabilities.slice(20))).toBeLessThan(0.3);
      vad.reset();
      events.length = 0;
      probabilities.length = 0;
      vad.push(speech);
      vad.flush();
      expect(probabilities).toEqual(clean);
      expect(events).toEqual(good);
    },
  );

  test('may be reset and disposed by its own events, but not pushed', async () => {
    const engine = createEngine();
    const before = engine.bytesInUse;
    let calls = 0;
    const vad: Vad = await Vad.load(model, {
      engine,
      onFrame: () => {
        calls++;
        if (calls === 1) vad.reset();
        if (calls === 2) expect(() => vad.push(new Float32Array(1))).toThrow(/^Vad.push: got a call from an event/);
        if (calls === 3) vad.dispose();
      },
    });
    vad.push(new Float32Array(5120));
    expect(calls).toBe(3);
    expect(engine.bytesInUse).toBe(before);
    expect(() => vad.push(new Float32Array(1))).toThrow('Vad.push: got a disposed detector, expected a live one');
    expect(() => vad.reset()).toThrow(/disposed/);
  });

  test('goes on after an event that throws', async () => {
    let throws = true;
    using vad = await Vad.load(model, {
      onFrame: () => {
        if (throws) throw new Error('mine');
      },
    });
    expect(() => vad.push(new Float32Array(600))).toThrow('mine');
    throws = false;
    vad.push(new Float32Array(600));
  });

  test.each([
    [{ sampleRate: 0 }, 'Vad.load: sampleRate: got 0, expected a whole number of Hz'],
    [{ sampleRate: Number.NaN }, 'Vad.load: sampleRate: got NaN'],
    [{ sampleRate: 1 }, 'Vad.load: sampleRate: got 1'],
    [{ sampleRate: 1e6 }, 'Vad.load: sampleRate: got 1000000'],
    [{ positiveSpeechThreshold: 2 }, 'Vad.load: positiveSpeechThreshold: got 2, expected a number from 0 to 1'],
    [{ negativeSpeechThreshold: 0.9 }, 'Vad.load: negativeSpeechThreshold: got 0.9, expected a number from 0 to 0.3'],
    [{ redemptionMs: -1 }, 'Vad.load: redemptionMs: got -1'],
    [{ onSpeechStart: 3 as never }, 'Vad.load: onSpeechStart: got 3, expected a function'],
    [{ threshold: 0.5 } as never, 'Vad.load: got '],
  ])('refuses %j', async (options, message) => {
    await expect(Vad.load(model, options)).rejects.toThrow(message);
  });
});
