/** What is set up for typed arrays changes no verdict of `toEqual`. */
import { expect, test } from 'vitest';

test.each([
  [Float32Array.of(1, Number.NaN, -0), Float32Array.of(1, Number.NaN, -0)],
  [BigInt64Array.of(1n, 2n), BigInt64Array.of(1n, 2n)],
  [
    { data: Uint8Array.of(7), dims: [1] },
    { data: Uint8Array.of(7), dims: [1] },
  ],
])('%o equals its copy', (a, b) => {
  expect(a).toEqual(b);
});

test.each([
  ['an element', Float32Array.of(1, 2), Float32Array.of(1, 3)],
  ['the last element, of a part', { data: Uint8Array.of(7, 8) }, { data: Uint8Array.of(7, 9) }],
  ['the sign of a zero', Float32Array.of(0), Float32Array.of(-0)],
  ['NaN', Float64Array.of(Number.NaN), Float64Array.of(0)],
  ['the length', Float32Array.of(1), Float32Array.of(1, 0)],
  ['the class', Float32Array.of(1), Float64Array.of(1)],
])('%s tells two arrays apart', (_, a, b) => {
  expect(a).not.toEqual(b);
});
