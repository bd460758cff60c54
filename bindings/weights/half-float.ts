/**
 * Widens IEEE 754 binary16 to float32. Exact for every pattern: subnormals, ±0, ±∞; NaN stays NaN with its payload.
 *
 * @param bytes little-endian binary16, two bytes an element, at any alignment
 * @returns a new array of `bytes.length / 2` elements
 */
export function widenFloat16(bytes: Uint8Array): Float32Array {
  const out = new Uint32Array(bytes.length >>> 1);
  for (let i = 0; i < out.length; i++) out[i] = float16Bits(bytes[2 * i] | (bytes[2 * i + 1] << 8));
  return new Float32Array(out.buffer);
}

/**
 * Widens bfloat16, the upper half of a float32, to float32. Exact for every pattern.
 *
 * @param bytes little-endian bfloat16, two bytes an element, at any alignment
 * @returns a new array of `bytes.length / 2` elements
 */
export function widenBfloat16(bytes: Uint8Array): Float32Array {
  const out = new Uint32Array(bytes.length >>> 1);
  for (let i = 0; i < out.length; i++) out[i] = (bytes[2 * i] << 16) | (bytes[2 * i + 1] << 24);
  return new Float32Array(out.buffer);
}

/** binary16: 1 sign, 5 exponent (bias 15), 10 fraction; float32: 1, 8 (bias 127), 23. The result's bit pattern. */
function float16Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half is a normal float32: shift the leading one into the implicit place and lower the exponent by as much.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
