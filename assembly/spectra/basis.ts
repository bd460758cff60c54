import { floats } from '../abi';

/**
 * Whether a matrix is a Fourier basis times a window: row k is window · cos(2π k n / size) for k below `bins`, row bins + k is
 * ∓ window · sin(2π k n / size).
 *
 * @param w       f32[2 × bins × size]; row 0 is the window
 * @param cosines f32[size]  cos(2π n / size)
 * @param sines   f32[size]  sin(2π n / size)
 * @param most    the greatest deviation of an element
 * @returns 1 where the rows after `bins` have minus signs, −1 where they have none, 0 where it is no such matrix
 */
export function isFourier(w: usize, cosines: usize, sines: usize, size: i32, bins: i32, most: f32): i32 {
  let minus = true;
  let plus = true;
  for (let k = 0; k < bins; ++k) {
    const row = w + floats(k * size);
    const turned = row + floats(bins * size);
    for (let n = 0, at = 0; n < size; ++n) {
      const scale = load<f32>(w + floats(n));
      if (!(abs(load<f32>(row + floats(n)) - scale * load<f32>(cosines + floats(at))) <= most)) return 0;
      const sine = scale * load<f32>(sines + floats(at));
      const element = load<f32>(turned + floats(n));
      if (!(abs(element + sine) <= most)) minus = false;
      if (!(abs(element - sine) <= most)) plus = false;
      if (!minus && !plus) return 0;
      at += k;
      if (at >= size) at -= size;
    }
  }
  return minus ? 1 : -1;
}
