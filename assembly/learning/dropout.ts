import { aligned, floats } from '../abi';

/**
 * Inverted dropout (Srivastava et al. 2014): keeps each element with a probability and scales it by its inverse, zeroes
 * the others. Which are kept depends on the seed and the element's place alone, so the way back asks again instead of
 * remembering. The hash is Chris Wellons' lowbias32 (public domain), of the seed and then of place and seed together.
 *
 * @param out        f32[size]  may be x
 * @param x          f32[size]
 * @param size       padded count of floats, a multiple of 4
 * @param threshold  elements whose 32-bit hash is below it, unsigned, are dropped
 * @param scale      1 / probability of being kept
 */
export function dropout(out: usize, x: usize, size: i32, seed: i32, threshold: i32, scale: f32): void {
  assert(aligned(out) && aligned(x) && (size & 3) == 0, 'dropout: out and x must be aligned, size a multiple of 4');
  const scale4 = f32x4.splat(scale);
  const threshold4 = i32x4.splat(threshold);
  const seed4 = i32x4.splat(mixed(seed));
  let place = i32x4(0, 1, 2, 3);
  for (const end = x + floats(size); x < end; x += 16, out += 16) {
    let bits = v128.xor(i32x4.mul(place, i32x4.splat(0x9e3779b9)), seed4);
    bits = i32x4.mul(v128.xor(bits, i32x4.shr_u(bits, 16)), i32x4.splat(0x7feb352d));
    bits = i32x4.mul(v128.xor(bits, i32x4.shr_u(bits, 15)), i32x4.splat(0x846ca68b));
    bits = v128.xor(bits, i32x4.shr_u(bits, 16));
    const kept = i32x4.ge_u(bits, threshold4);
    v128.store(out, v128.and(f32x4.mul(v128.load(x), scale4), kept));
    place = i32x4.add(place, i32x4.splat(4));
  }
}

/** Seeds that follow each other differ in half their bits afterwards. */
function mixed(seed: i32): i32 {
  let bits = <u32>seed;
  bits = (bits ^ (bits >> 16)) * 0x7feb352d;
  bits = (bits ^ (bits >> 15)) * 0x846ca68b;
  return <i32>(bits ^ (bits >> 16));
}
