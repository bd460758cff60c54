const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/**
 * Rounds float32 to IEEE 754 binary16: to the nearest, ties to even.
 *
 * @returns little-endian, two bytes an element
 */
export function narrowFloat16(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    const half = halfOf(values[i]);
    bytes[2 * i] = half;
    bytes[2 * i + 1] = half >>> 8;
  }
  return bytes;
}

function halfOf(value: number): number {
  FLOAT[0] = value;
  const bits = BITS[0];
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  // 65520 and more round to infinity.
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size < 0x38800000) {
    // Below 2^-14: in steps of 2^-24. Adding 0.5 leaves exactly those in the fraction, rounded by the addition.
    FLOAT[0] = Math.abs(value) + 0.5;
    return sign | (BITS[0] - 0x3f000000);
  }
  return sign | (((size + 0xc8000fff + ((size >>> 13) & 1)) >>> 13) & 0xffff);
}
