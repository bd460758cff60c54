/** A pool of detectors on threads, as shipped: what calls hear is what a detector of their own hears. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sileroBytes } from '../audio/silero.js';
import { mulberry32, randomArray } from '../support/random.js';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const { Vad, VadPool }: typeof import('../../bindings/audio/index.js') = await import(join(DIST, 'audio.js'));
const random = mulberry32(15);
const SOUNDS = Array.from({ length: 40 }, (_, i) => randomArray(3000 + 400 * i, random).map((x) => x * 0.3));

describe('VadPool on threads', () => {
  it('hears what detectors of their own hear, in order', async () => {
    using pool = await VadPool.load(sileroBytes('v5'), { threads: 2, maxDelayMs: 1 });
    expect(pool.threads).toBe(2);
    const heard: number[][] = SOUNDS.map(() => []);
    const calls = heard.map((list) => pool.open({ onFrame: (probability) => list.push(probability) }));
    const closed: Promise<void>[] = [];
    for (let at = 0; closed.length < calls.length; at += 160) {
      calls.forEach((call, i) => {
        if (at > SOUNDS[i].length + 159) return;
        if (at < SOUNDS[i].length) call.push(SOUNDS[i].slice(at, at + 160));
        else closed.push(call.close());
      });
      if (at % 3200 === 0) await pool.drain();
    }
    await Promise.all(closed);
    expect(pool.size).toBe(0);
    using vad = await Vad.load(sileroBytes('v5'), { onFrame: (probability) => void expected.push(probability) });
    const expected: number[] = [];
    SOUNDS.forEach((sound, i) => {
      expected.length = 0;
      vad.push(sound);
      vad.flush();
      expect(heard[i]).toEqual(expected);
    });
  });

  it('says why it does not start, and leaves nobody waiting when it is disposed', async () => {
    await expect(VadPool.load(new Uint8Array(20), { threads: 2 })).rejects.toThrow(/^loadOnnx: got/);
    const pool = await VadPool.load(sileroBytes('v5'), { threads: 1 });
    const call = pool.open();
    call.push(SOUNDS[30]);
    const closed = call.close();
    pool.dispose();
    await closed;
    expect(() => call.push(SOUNDS[0])).toThrow(/PooledCall.push: got a disposed pool/);
  });
});
