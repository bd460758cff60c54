import { describe, expect, test } from 'vitest';
import { widenBfloat16, widenFloat16 } from '../../bindings/weights/half-float.js';

const patterns = new Uint16Array(65536).map((_, i) => i);
const bytes = new Uint8Array(patterns.buffer);

/** IEEE 754-2019, 3.4: (−1)^sign · 2^(exponent − bias) · 1.fraction, subnormals without the leading one. */
function decode(bits: number, exponentBits: number, fractionBits: number): number {
  const fraction = bits % 2 ** fractionBits;
  const exponent = Math.floor(bits / 2 ** fractionBits) % 2 ** exponentBits;
  const sign = bits >= 2 ** (exponentBits + fractionBits) ? -1 : 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits);
  return sign * (1 + fraction / 2 ** fractionBits) * 2 ** (exponent - bias);
}

describe('half floats', () => {
  test('every binary16 pattern is the value IEEE 754 gives it', () => {
    const expected = Array.from(patterns, (bits) => decode(bits, 5, 10));
    expect(Array.from(widenFloat16(bytes))).toEqual(expected);
  });

  test('every bfloat16 pattern is the value its definition gives it', () => {
    const expected = Array.from(patterns, (bits) => decode(bits, 8, 7));
    expect(Array.from(widenBfloat16(bytes))).toEqual(expected);
  });

  test('a NaN keeps its sign and payload, its upper bits', () => {
    const bits = (widened: Float32Array) => [...new Uint32Array(widened.buffer)];
    const halves = new Uint8Array(new Uint16Array([0x7e00, 0xfe01, 0x7fff]).buffer);
    expect(bits(widenFloat16(halves))).toEqual([0x7fc00000, 0xffc02000, 0x7fffe000]);
    const brains = new Uint8Array(new Uint16Array([0x7fc0, 0xffc1, 0x7fff]).buffer);
    expect(bits(widenBfloat16(brains))).toEqual([0x7fc00000, 0xffc10000, 0x7fff0000]);
  });

  test('bytes may begin at an odd address', () => {
    const odd = new Uint8Array(5);
    odd.set([0x00, 0x3c, 0x80, 0x3f], 1);
    expect(Array.from(widenFloat16(odd.subarray(1, 3)))).toEqual([1]);
    expect(Array.from(widenBfloat16(odd.subarray(3, 5)))).toEqual([1]);
  });
});
