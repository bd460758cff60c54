import { describe, expect, it } from 'vitest';
import { FrameQueue } from '../../bindings/worklet/frame-queue.js';

const SOUND = Float32Array.from({ length: 128 * 40 }, (_, i) => i + 1);

describe('FrameQueue', () => {
  it.each([
    [1, 0],
    [2, 0],
    [128, 0],
    [64, 0],
    [3, 2],
    [100, 96],
    [160, 128],
    [256, 128],
    [441, 440],
    [512, 384],
    [1000, 992],
  ])('frames of %i samples come out %i samples late, each once and in order', (size, latency) => {
    const queue = new FrameQueue(size, 128, (frame, result) => result.set(frame));
    expect(queue.latency).toBe(latency);
    for (let round = 0; round < 2; round++) {
      const out = new Float32Array(SOUND.length);
      for (let at = 0; at < SOUND.length; at += 128)
        queue.push(SOUND.subarray(at, at + 128), out.subarray(at, at + 128));
      expect(out.slice(0, latency).every((value) => value === 0)).toBe(true);
      expect(out.slice(latency)).toEqual(SOUND.slice(0, SOUND.length - latency));
      queue.reset();
    }
  });
});
