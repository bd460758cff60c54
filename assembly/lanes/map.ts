import { aligned, floats } from '../abi';
import { flush4 } from './flush';
import { relu4 } from './relu';
import { sigmoid4 } from './sigmoid';
import { tanh4 } from './tanh';

/**
 * Element-wise tanh.
 *
 * @param out   f32[size]  may be x
 * @param x     f32[size]
 * @param size  padded count of floats, a multiple of 4
 */
export function tanhMap(out: usize, x: usize, size: i32): void {
  assert(aligned(out) && aligned(x) && (size & 3) == 0, 'tanhMap: out and x must be aligned, size a multiple of 4');
  const end = x + floats(size);
  for (; x < end; x += 16, out += 16) v128.store(out, tanh4(v128.load(x)));
}

/** Element-wise logistic sigmoid; parameters as in `tanhMap`. */
export function sigmoidMap(out: usize, x: usize, size: i32): void {
  assert(aligned(out) && aligned(x) && (size & 3) == 0, 'sigmoidMap: out and x must be aligned, size a multiple of 4');
  const end = x + floats(size);
  for (; x < end; x += 16, out += 16) v128.store(out, sigmoid4(v128.load(x)));
}

/** Element-wise max(x, 0); parameters as in `tanhMap`. */
export function reluMap(out: usize, x: usize, size: i32): void {
  assert(aligned(out) && aligned(x) && (size & 3) == 0, 'reluMap: out and x must be aligned, size a multiple of 4');
  const end = x + floats(size);
  for (; x < end; x += 16, out += 16) v128.store(out, relu4(v128.load(x)));
}

/** Sets to 0 what is below 1e-30 (`flush4`), in place: what goes into a cell's products. x and size as in `tanhMap`. */
export function flushTiny(x: usize, size: i32): void {
  assert(aligned(x) && (size & 3) == 0, 'flushTiny: x must be aligned, size a multiple of 4');
  for (const end = x + floats(size); x < end; x += 16) v128.store(x, flush4(v128.load(x)));
}
