import { expect, it } from 'vitest';
import { seededRandom, uniform } from '../../bindings/random.js';

const SEEDS = [0, 1, 42, 20261130, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32 + 5, -1, -(2 ** 31)];
const BOUNDS = [1, 0.1, 1 / Math.sqrt(3), 1 / Math.sqrt(128), 1 / Math.sqrt(7), 3e-5, 1e30];

it.each(SEEDS)('uniform(%d) draws what seededRandom draws, bit for bit, from any place', (seed) => {
  const random = seededRandom(seed);
  let first = 0;
  for (const bound of BOUNDS) {
    const expected = Float32Array.from({ length: 3 * 700 }, () => (2 * random() - 1) * bound);
    expect(new Uint32Array(uniform(seed, first, 3 * 700, bound).buffer)).toEqual(new Uint32Array(expected.buffer));
    first += 3 * 700;
  }
});

it('seededRandom is mulberry32', () => {
  // The first numbers of the published C code for the seed 0, times 2^32.
  const random = seededRandom(0);
  expect(Array.from({ length: 3 }, () => random() * 2 ** 32)).toEqual([1144304738, 1416247, 958946056]);
});
