import { floats } from '../abi';
import { flush4 } from '../lanes/flush';
import { madd } from '../lanes/madd';
import { transform } from './complex';

/**
 * Spectra of real frames: X[k] = Σₙ window[n] · x[n] · exp(−2πi k n / size), four frames at a time, one in each lane. Frames
 * of even size are transformed as half as many complex numbers.
 *
 * @param out     receives Re X[k] of frame f at f · outFrame + k · outBin, Im X[k] `bins` bins after it; of any alignment
 * @param x       frame f begins at f · xFrame; of any alignment; samples below 1e-30 count as 0
 * @param window  f32[size], or 0
 * @param table   f32: what `transform` needs of size / 2 (of an odd size), then cos and sin of −2π k / size for k up to size / 2
 * @param work    f32[16 × size], aligned
 * @param size    of a frame; no prime factors but 2, 3 and 5
 * @param bins    how many, from k = 0 on; at most ⌊size / 2⌋ + 1
 * @param sign    1; −1 for conjugates
 */
export function realFft(
  out: usize, x: usize, window: usize, table: usize, work: usize,
  size: i32, bins: i32, count: i32, xFrame: i32, outFrame: i32, outBin: i32, sign: f32,
): void {
  assert(bins <= (size >> 1) + 1, 'realFft: there are not so many bins');
  const half = size & 1 ? size : size >> 1;
  const part = <usize>half << 4;
  const twist = twistOf(table, half);
  const im = <usize>bins * floats(outBin);
  const last = count - 1;
  for (let f = 0; f < count; f += 4) {
    const x0 = x + <usize>f * floats(xFrame);
    const x1 = x + <usize>min(f + 1, last) * floats(xFrame);
    const x2 = x + <usize>min(f + 2, last) * floats(xFrame);
    const x3 = x + <usize>min(f + 3, last) * floats(xFrame);
    gather(work, work + part, x0, x1, x2, x3, window, size);
    const moved = transform(work, work + part, work + 2 * part, work + 3 * part, table, half);
    const re = moved ? work + 2 * part : work;
    const to = out + <usize>f * floats(outFrame);
    const lanes = min(count - f, 4);
    for (let k = 0; k < bins; ++k) {
      const a = <usize>(k == half ? 0 : k) << 4;
      let r = v128.load(re + a);
      let i = v128.load(re + part + a);
      if (!(size & 1)) {
        const b = <usize>((half - k) % half) << 4;
        const r2 = v128.load(re + b);
        const i2 = v128.load(re + part + b);
        const c = v128.load32_splat(twist + (<usize>k << 3));
        const s = v128.load32_splat(twist + (<usize>k << 3), 4);
        // Twice the even and the odd samples' spectra.
        const oddR = f32x4.add(i, i2);
        const oddI = f32x4.sub(r2, r);
        const half4 = f32x4.splat(0.5);
        r = f32x4.mul(half4, f32x4.add(f32x4.add(r, r2), f32x4.sub(f32x4.mul(c, oddR), f32x4.mul(s, oddI))));
        i = f32x4.mul(half4, f32x4.add(f32x4.sub(i, i2), madd(c, oddI, f32x4.mul(s, oddR))));
      }
      const at = to + <usize>k * floats(outBin);
      scatter(at, r, lanes, outFrame);
      scatter(at + im, f32x4.mul(i, f32x4.splat(sign)), lanes, outFrame);
    }
  }
}

/**
 * Frames of real spectra: the inverse of `realFft` without a window; imaginary parts of bins that are real count as 0.
 *
 * @param out  frame f begins at f · outFrame
 * @param x    as `out` of `realFft`, all ⌊size / 2⌋ + 1 bins; the other parameters as there
 */
export function inverseRealFft(
  out: usize, x: usize, table: usize, work: usize,
  size: i32, count: i32, outFrame: i32, xFrame: i32, xBin: i32,
): void {
  const odd = size & 1;
  const half = odd ? size : size >> 1;
  const part = <usize>half << 4;
  const twist = twistOf(table, half);
  const im = <usize>((size >> 1) + 1) * floats(xBin);
  const factor = f32x4.splat(1 / <f32>half);
  for (let f = 0; f < count; f += 4) {
    const lanes = min(count - f, 4);
    const from = x + <usize>f * floats(xFrame);
    for (let k = 0; k < half; ++k) {
      const mirrored = odd && k > size >> 1;
      const a = from + <usize>(mirrored ? size - k : k) * floats(xBin);
      let r = flush4(collect(a, lanes, xFrame));
      let i = (mirrored ? size - k : k) ? flush4(collect(a + im, lanes, xFrame)) : f32x4.splat(0);
      if (mirrored) i = f32x4.neg(i);
      if (!odd) {
        const b = from + <usize>(half - k) * floats(xBin);
        const r2 = flush4(collect(b, lanes, xFrame));
        const i2 = k ? flush4(collect(b + im, lanes, xFrame)) : f32x4.splat(0);
        const c = v128.load32_splat(twist + (<usize>k << 3));
        const s = v128.load32_splat(twist + (<usize>k << 3), 4);
        const offR = f32x4.sub(r, r2);
        const offI = f32x4.add(i, i2);
        const half4 = f32x4.splat(0.5);
        // E + i · O, O = (X − X̄′) · exp(2πi k / size) / 2.
        const oddR = madd(c, offR, f32x4.mul(s, offI));
        const oddI = f32x4.sub(f32x4.mul(c, offI), f32x4.mul(s, offR));
        r = f32x4.mul(half4, f32x4.sub(f32x4.add(r, r2), oddI));
        i = f32x4.mul(half4, f32x4.add(f32x4.sub(i, i2), oddR));
      }
      v128.store(work + (<usize>k << 4), r);
      v128.store(work + part + (<usize>k << 4), i);
    }
    // With real and imaginary parts exchanged the transform is its own inverse, but for the factor.
    const moved = transform(work + part, work, work + 3 * part, work + 2 * part, table, half);
    const re = moved ? work + 2 * part : work;
    const to = out + <usize>f * floats(outFrame);
    for (let k = 0; k < half; ++k) {
      const at = to + (odd ? floats(k) : floats(2 * k));
      scatter(at, f32x4.mul(factor, v128.load(re + (<usize>k << 4))), lanes, outFrame);
      if (!odd) scatter(at + 4, f32x4.mul(factor, v128.load(re + part + (<usize>k << 4))), lanes, outFrame);
    }
  }
}

/** Where the table goes on after the factors of all passes: a pass over p < n / radix has radix − 1 of them for each p. */
function twistOf(table: usize, size: i32): usize {
  for (let n = size; n > 1;) {
    const radix = n % 4 == 0 ? 4 : n % 2 == 0 ? 2 : n % 3 == 0 ? 3 : 5;
    n /= radix;
    table += floats(2 * n * (radix - 1));
  }
  return table;
}

/** Four frames, times the window, into lanes: of even sizes samples take turns as real and imaginary parts. */
function gather(
  re: usize, im: usize, x0: usize, x1: usize, x2: usize, x3: usize, window: usize, size: i32,
): void {
  const odd = size & 1;
  for (let n = 0; n < size; ++n) {
    let v = v128.load32_splat(x0);
    v = v128.load32_lane(x1, v, 1);
    v = v128.load32_lane(x2, v, 2);
    v = v128.load32_lane(x3, v, 3);
    v = flush4(v);
    if (window) v = f32x4.mul(v, v128.load32_splat(window + floats(n)));
    if (odd) {
      v128.store(re, v);
      v128.store(im, f32x4.splat(0));
      re += 16;
      im += 16;
    } else if (n & 1) {
      v128.store(im, v);
      im += 16;
    } else {
      v128.store(re, v);
      re += 16;
    }
    x0 += 4;
    x1 += 4;
    x2 += 4;
    x3 += 4;
  }
}

/** Stores the first lanes, `step` floats apart. */
function scatter(to: usize, v: v128, lanes: i32, step: i32): void {
  if (step == 1 && lanes == 4) {
    v128.store(to, v);
    return;
  }
  store<f32>(to, f32x4.extract_lane(v, 0));
  if (lanes > 1) store<f32>(to + floats(step), f32x4.extract_lane(v, 1));
  if (lanes > 2) store<f32>(to + 2 * floats(step), f32x4.extract_lane(v, 2));
  if (lanes > 3) store<f32>(to + 3 * floats(step), f32x4.extract_lane(v, 3));
}

/** Loads so many lanes, `step` floats apart; the others are as the first. */
function collect(from: usize, lanes: i32, step: i32): v128 {
  let v = v128.load32_splat(from);
  if (lanes > 1) v = v128.load32_lane(from + floats(step), v, 1);
  if (lanes > 2) v = v128.load32_lane(from + 2 * floats(step), v, 2);
  if (lanes > 3) v = v128.load32_lane(from + 3 * floats(step), v, 3);
  return v;
}
