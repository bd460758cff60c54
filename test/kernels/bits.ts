import { expect } from 'vitest';

/** Fails unless two arrays hold the same numbers bit for bit; the sign of a zero counts, the payload of a NaN does not. */
export function expectSameBits(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  if (got.length !== expected.length) expect.fail(`${what}: ${got.length} numbers, expected ${expected.length}`);
  for (let i = 0; i < got.length; i++) {
    if (!Object.is(got[i], expected[i])) expect.fail(`${what}: [${i}] is ${got[i]}, expected ${expected[i]}`);
  }
}

/** Fails unless every element from `start` to `end` is this number. */
export function expectFilled(got: ArrayLike<number>, start: number, end: number, value: number, what: string): void {
  for (let i = start; i < end; i++)
    if (got[i] !== value) expect.fail(`${what}: [${i}] is ${got[i]}, expected ${value}`);
}
