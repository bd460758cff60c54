/** Calls of a pool hear what a detector of their own hears: every probability, every event, all audio. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type DetectorOptions, resample, Vad, VadPool } from '../../bindings/audio/index.js';
import { createEngine } from '../../bindings/index.js';
import { readSpeech, SPEECH } from '../vad/speech.js';
import { sileroBytes, VERSIONS } from './silero.js';

const recordings = SPEECH.filter((path) => existsSync(path)).slice(0, 6);
if (recordings.length === 0) console.log('without speech, on noise alone (Debian: pocketsphinx-testdata, alsa-utils)');

/** Bursts of noise and tones, which the models take for speech now and then. */
function noise(seed: number, count: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, (_, n) => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    const tone = Math.sin(n * n * 1e-6) + Math.sin(n * 0.08) * Math.sin(n * 0.0007);
    return (0.05 + 0.4 * (Math.floor(n / 7000) % 2)) * (tone * 0.4 + 0.6 * (state / 2 ** 31 - 1));
  });
}

const SOUNDS: Float32Array[] = [
  ...(await Promise.all(recordings.map(readSpeech))).map((sound) => sound.subarray(0, 48_000)),
  noise(1, 40_000),
  noise(2, 30_000),
  new Float32Array(9000),
  new Float32Array(0),
];

function recorder(further: DetectorOptions = {}): { events: unknown[]; options: DetectorOptions } {
  const events: unknown[] = [];
  return {
    events,
    options: {
      redemptionMs: 320,
      minSpeechMs: 100,
      ...further,
      onFrame: (probability, frame) => void events.push([probability, frame.length, frame[17]]),
      onSpeechStart: () => void events.push('start'),
      onSpeechRealStart: () => void events.push('real'),
      onSpeechEnd: (audio) => void events.push(['end', audio.slice()]),
      onVADMisfire: () => void events.push('misfire'),
      onError: ({ message }) => void events.push(message.slice(message.indexOf(':'))),
    },
  };
}

async function alone(version: 'v5' | 'v6' | 'legacy', sound: Float32Array, options: DetectorOptions) {
  const { events, options: all } = recorder(options);
  using vad = await Vad.load(sileroBytes(version), all);
  vad.push(sound);
  vad.flush();
  return events;
}

describe('VadPool', () => {
  test.each(VERSIONS)('%s: each call hears what a detector of its own hears', async (version) => {
    using pool = await VadPool.load(sileroBytes(version), { threads: 0 });
    const rates = SOUNDS.map((_, i) => [16_000, 44_100, 8000][i % 3]);
    const sounds = SOUNDS.map((sound, i) => resample(sound, { from: 16_000, to: rates[i] }));
    const calls = sounds.map((_, i) => {
      const { events, options } = recorder({ sampleRate: rates[i] });
      return { events, call: pool.open(options) };
    });
    expect(pool.size).toBe(sounds.length);
    const at = sounds.map(() => 0);
    const closed: Promise<void>[] = [];
    for (let round = 0; closed.length < sounds.length; round++) {
      for (let i = 0; i < sounds.length; i++) {
        if (at[i] > sounds[i].length) continue;
        const size = [160, 128, 4410, 3][(i + round) % 4] * (1 + (round % 5));
        const block = sounds[i].slice(at[i], at[i] + size);
        calls[i].call.push(block);
        // The block is the caller's.
        block.fill(Number.NaN);
        at[i] += size;
        if (at[i] > sounds[i].length) closed.push(calls[i].call.close());
      }
      if (round % 50 === 7) await pool.drain();
    }
    await pool.drain();
    await Promise.all(closed);
    expect(pool.size).toBe(0);
    for (let i = 0; i < sounds.length; i++) {
      expect(calls[i].events).toEqual(await alone(version, sounds[i], { sampleRate: rates[i] }));
    }
    const begun = calls.flatMap(({ events }) => events).filter((event) => event === 'start');
    expect(begun.length).toBeGreaterThanOrEqual(recordings.length);
  });

  test('hears frames by itself, together, within its delay', async () => {
    using pool = await VadPool.load(sileroBytes('v5'), { threads: 0, maxDelayMs: 1 });
    const heard = Array.from({ length: 40 }, () => recorder());
    const calls = heard.map(({ options }) => pool.open(options));
    for (const call of calls) call.push(noise(3, 1100));
    // As many as advance together are heard at once.
    expect(heard.filter(({ events }) => events.length > 0).length).toBe(32);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(heard.every(({ events }) => events.length === 2)).toBe(true);
  });

  test('calls come and go, and begin anew', async () => {
    using pool = await VadPool.load(sileroBytes('v5'), { threads: 0 });
    const sound = SOUNDS[0];
    const expected = await alone('v5', sound, {});
    for (let round = 0; round < 3; round++) {
      const { events, options } = recorder();
      const other = pool.open();
      const call = pool.open(options);
      call.push(noise(round, 5000));
      other.push(noise(9, 2000));
      if (round > 0) await pool.drain();
      call.reset();
      events.length = 0;
      call.push(sound);
      await Promise.all([call.flush(), pool.drain()]);
      expect(events.splice(0)).toEqual(expected);
      // After flush it begins anew.
      call.push(sound);
      await Promise.all([call.close(), other.close(), pool.drain()]);
      expect(events).toEqual(expected);
      await call.close();
      expect(() => call.push(sound)).toThrow('PooledCall.push: got a closed call, expected an open one');
    }
    expect(pool.size).toBe(0);
  });

  test('silence follows a sample that is no number, said once, and other calls are unharmed', async () => {
    using pool = await VadPool.load(sileroBytes('v5'), { threads: 0 });
    const [bad, good] = [recorder(), recorder()];
    const [one, two] = [pool.open(bad.options), pool.open(good.options)];
    const spoilt = noise(1, 4000);
    spoilt[700] = Number.NaN;
    spoilt[900] = Number.POSITIVE_INFINITY;
    one.push(spoilt);
    two.push(noise(1, 4000));
    await Promise.all([one.flush(), two.flush(), pool.drain()]);
    expect(bad.events.filter((event) => typeof event === 'string' && event.startsWith(':'))).toEqual([
      ': block: got a sample of NaN, expected finite numbers; silence is heard until reset()',
    ]);
    expect(good.events).toEqual(await alone('v5', noise(1, 4000), {}));
    one.push(noise(1, 4000));
    bad.events.length = 0;
    await Promise.all([one.flush(), pool.drain()]);
    expect(bad.events).toEqual(good.events);
  });

  test('takes a block of a million samples, and of none', async () => {
    using pool = await VadPool.load(sileroBytes('v5'), { threads: 0 });
    let frames = 0;
    const call = pool.open({ onFrame: () => void frames++ });
    call.push(new Float32Array(0));
    call.push(new Float32Array(1_000_000));
    expect(frames).toBeGreaterThan(1000);
    await pool.drain();
    expect(frames).toBe(Math.floor(1_000_000 / 512));
  });

  test('goes on where an event calls back, and tells who waits when it is disposed', async () => {
    const engine = createEngine();
    const before = engine.bytesInUse;
    const pool = await VadPool.load(sileroBytes('v5'), { threads: 0, engine });
    let calls = 0;
    const call = pool.open({
      onFrame: () => {
        calls++;
        if (calls < 4) call.push(new Float32Array(512));
        if (calls === 6) pool.dispose();
      },
    });
    call.push(new Float32Array(4096));
    const flushed = call.flush();
    await pool.drain();
    await flushed;
    expect(calls).toBe(6);
    expect(engine.bytesInUse).toBe(before);
    expect(() => pool.open()).toThrow('VadPool.open: got a disposed pool, expected a live one');
    expect(() => pool.drain()).toThrow(/disposed/);
  });

  test.each([
    [{ sampleRate: 0 }, 'VadPool.load: sampleRate: got 0'],
    [{ sampleRate: Number.NaN }, 'VadPool.load: sampleRate: got NaN'],
    [{ sampleRate: 1e6 }, 'VadPool.load: sampleRate: got 1000000'],
    [{ threads: -1 }, 'VadPool.load: threads: got -1'],
    [{ maxDelayMs: Number.NaN }, 'VadPool.load: maxDelayMs: got NaN'],
    [{ onSpeechStart: () => {} }, 'VadPool.load: got option "onSpeechStart"'],
  ] as [object, string][])('refuses options: case %#', async (options, message) => {
    await expect(VadPool.load(sileroBytes('v5'), options)).rejects.toThrow(message);
  });

  test('refuses what is no model, and calls that are none', async () => {
    await expect(VadPool.load(new Uint8Array(9), { threads: 0 })).rejects.toThrow(/^loadOnnx: got/);
    using pool = await VadPool.load(sileroBytes('v5'), { threads: 0 });
    expect(() => pool.open({ sampleRate: 1 })).toThrow('VadPool.open: sampleRate: got 1,');
    expect(() => pool.open({ onFrame: 3 as never })).toThrow('VadPool.open: onFrame: got 3, expected a function');
    expect(() => pool.open().push([1] as never)).toThrow(/^PooledCall.push: block: got/);
  });
});
