import { floats } from '../abi';

/**
 * Slides a few taps over a row: out[i] = start + Σ taps[k] · x[i · stride + k · dilation], taps in order.
 *
 * @param out     f32[count]
 * @param x       f32[(count − 1) · stride + (kernel − 1) · dilation + 1]  of any alignment, as all
 * @param taps    f32[kernel]
 */
export function slide(
  out: usize, x: usize, taps: usize, count: i32, kernel: i32, stride: i32, dilation: i32, start: f32,
): void {
  const end = taps + floats(kernel);
  let i = 0;
  // Places side by side read their taps' elements side by side.
  for (const whole = stride == 1 ? count & ~3 : 0; i < whole; i += 4) {
    let sum = f32x4.splat(start);
    let at = x + floats(i);
    for (let tap = taps; tap < end; tap += 4) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(tap), v128.load(at)));
      at += floats(dilation);
    }
    v128.store(out + floats(i), sum);
  }
  for (; i < count; ++i) {
    let sum = start;
    let at = x + floats(i * stride);
    for (let tap = taps; tap < end; tap += 4) {
      sum += load<f32>(tap) * load<f32>(at);
      at += floats(dilation);
    }
    store<f32>(out + floats(i), sum);
  }
}
