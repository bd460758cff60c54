import { aligned, floats } from '../abi';
import { reluSlope4, slope4, tanhSlope4 } from '../lanes/slope';

/**
 * Gradient of tanh from its values: d ← d ∘ (1 − y²).
 *
 * @param d     f32[size]  read and written
 * @param y     f32[size]
 * @param size  padded count of floats, a multiple of 4
 */
export function tanhSlope(d: usize, y: usize, size: i32): void {
  assert(aligned(d) && aligned(y) && (size & 3) == 0, 'tanhSlope: d and y must be aligned, size a multiple of 4');
  for (const end = d + floats(size); d < end; d += 16, y += 16) {
    v128.store(d, f32x4.mul(v128.load(d), tanhSlope4(v128.load(y))));
  }
}

/** Gradient of the logistic sigmoid from its values: d ← d ∘ y(1 − y); parameters as in `tanhSlope`. */
export function sigmoidSlope(d: usize, y: usize, size: i32): void {
  assert(aligned(d) && aligned(y) && (size & 3) == 0, 'sigmoidSlope: d and y must be aligned, size a multiple of 4');
  for (const end = d + floats(size); d < end; d += 16, y += 16) {
    v128.store(d, f32x4.mul(v128.load(d), slope4(v128.load(y))));
  }
}

/** Gradient of max(x, 0) from its values: d where y > 0, else 0; parameters as in `tanhSlope`. */
export function reluSlope(d: usize, y: usize, size: i32): void {
  assert(aligned(d) && aligned(y) && (size & 3) == 0, 'reluSlope: d and y must be aligned, size a multiple of 4');
  for (const end = d + floats(size); d < end; d += 16, y += 16) {
    v128.store(d, reluSlope4(v128.load(y), v128.load(d)));
  }
}
