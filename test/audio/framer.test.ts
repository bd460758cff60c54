import { describe, expect, test } from 'vitest';
import { Framer } from '../../bindings/audio/index.js';

const ramp = (length: number) => Float32Array.from({ length }, (_, i) => i + 1);

/** Frames of the ramp, pushed in blocks of a size. */
function framesOf(framer: Framer, length: number, block: number): number[][] {
  const frames: number[][] = [];
  const keep = (frame: Float32Array) => {
    frames.push([...frame]);
  };
  for (let at = 0; at < length; at += block) framer.push(ramp(length).subarray(at, at + block), keep);
  framer.push(new Float32Array(0), keep);
  framer.flush(keep);
  return frames;
}

describe('Framer', () => {
  test.each([1, 2, 3, 5, 1000])('cuts blocks of %d alike', (block) => {
    expect(framesOf(new Framer({ size: 3 }), 7, block)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 0, 0],
    ]);
    expect(framesOf(new Framer({ size: 3, context: 2 }), 6, block)).toEqual([
      [0, 0, 1, 2, 3],
      [2, 3, 4, 5, 6],
    ]);
    expect(framesOf(new Framer({ size: 4, hop: 2 }), 7, block)).toEqual([
      [1, 2, 3, 4],
      [3, 4, 5, 6],
      [5, 6, 7, 0],
    ]);
    expect(framesOf(new Framer({ size: 3, hop: 1, context: 1 }), 4, block)).toEqual([
      [0, 1, 2, 3],
      [1, 2, 3, 4],
    ]);
  });

  test('begins anew after flush, and when a frame asks for it', () => {
    const framer = new Framer({ size: 2, context: 1 });
    expect(framesOf(framer, 3, 3)).toEqual(framesOf(framer, 3, 1));
    const seen: number[][] = [];
    framer.push(ramp(5), (frame) => {
      seen.push([...frame]);
      framer.reset();
    });
    expect(seen).toEqual([
      [0, 1, 2],
      [0, 3, 4],
    ]);
  });

  test('gives nothing for nothing', () => {
    expect(framesOf(new Framer({ size: 3, context: 2 }), 0, 1)).toEqual([]);
  });

  test.each([
    [{ size: 0 }, 'Framer: size: got 0, expected an integer from 1'],
    [{ size: 4, hop: 5 }, 'Framer: hop: got 5, expected an integer from 1 to 4'],
    [{ size: 4, context: -1 }, 'Framer: context: got -1, expected an integer from 0'],
    [{ size: Number.NaN }, 'Framer: size: got NaN'],
  ])('refuses %j', (options, message) => {
    expect(() => new Framer(options)).toThrow(message);
  });
});
