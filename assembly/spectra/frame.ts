import { floats } from '../abi';
import { flush4 } from '../lanes/flush';
import { transform } from './complex';

/** Floats after each part of the workspace that whole vectors may reach. */
const SLACK = 12;

/**
 * The spectrum of one real frame: X[k] = Σₙ window[n] · x[n] · exp(−2πi k n / size). The frame is taken as size / 2 complex
 * numbers; every fourth of them, from the first four on, lies in a lane of its own, and a last pass of radix 4 joins the lanes.
 *
 * @param out     f32[size + 2]  Re X[k] and Im X[k] in turn, k from 0 to size / 2
 * @param x       f32[size]; what is below 1e-30 counts as 0
 * @param window  f32[size], or 0
 * @param table   f32: what `transform` needs of size / 8
 * @param turns   f32: with m = size / 8, exp(−2πi l k / 4m) for l from 1 to 3, k below m, real and imaginary parts apart, m padded
 *                to whole vectors; then exp(−2πi k / size) / 2 for k below size / 2, real and imaginary parts apart
 * @param work    f32[2 × size + 48], aligned
 * @param size    a multiple of 8 with no prime factors but 2, 3 and 5
 */
export function frameFft(
  out: usize, x: usize, window: usize, table: usize, turns: usize, work: usize, size: i32,
): void {
  assert(size % 8 == 0, 'frameFft: size must be a multiple of 8');
  const half = size >> 1;
  const part = floats(half + SLACK);
  let re = work;
  let im = work + part;
  for (const end = im - floats(SLACK); re < end; re += 16, im += 16, x += 32) {
    let a = flush4(v128.load(x));
    let b = flush4(v128.load(x, 16));
    if (window) {
      a = f32x4.mul(a, v128.load(window));
      b = f32x4.mul(b, v128.load(window, 16));
      window += 32;
    }
    v128.store(re, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
    v128.store(im, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
  }
  re = joined(work, work + part, work + 2 * part, work + 3 * part, table, turns, size >> 3) ? work : work + 2 * part;
  im = re + part;
  // The bin after the last is the first.
  store<f32>(re + floats(half), load<f32>(re));
  store<f32>(im + floats(half), load<f32>(im));
  store<f32>(out + floats(size), load<f32>(re) - load<f32>(im));
  store<f32>(out + floats(size), 0, 4);
  let twist = turns + 6 * floats((size >> 3) + 3 & ~3);
  const apart = floats(half);
  let back = re + floats(half - 3);
  for (const end = re + apart; re < end; re += 16, im += 16, back -= 16, out += 32, twist += 16) {
    const r = v128.load(re);
    const i = v128.load(im);
    const r2 = reversed(v128.load(back));
    const i2 = reversed(v128.load(back + part));
    const c = v128.load(twist);
    const s = v128.load(twist + apart);
    const oddR = f32x4.add(i, i2);
    const oddI = f32x4.sub(r2, r);
    const half4 = f32x4.splat(0.5);
    const outR = f32x4.add(f32x4.mul(half4, f32x4.add(r, r2)), f32x4.sub(f32x4.mul(c, oddR), f32x4.mul(s, oddI)));
    const outI = f32x4.add(f32x4.mul(half4, f32x4.sub(i, i2)), f32x4.add(f32x4.mul(c, oddI), f32x4.mul(s, oddR)));
    v128.store(out, v128.shuffle<f32>(outR, outI, 0, 4, 1, 5));
    v128.store(out, v128.shuffle<f32>(outR, outI, 2, 6, 3, 7), 16);
  }
}

/**
 * The inverse of `frameFft` without its window; imaginary parts of bins that are real count as 0.
 *
 * @param out     f32[size]
 * @param x       as `out` of `frameFft`
 * @param window  f32[size] that the frame is multiplied by, or 0; the other parameters as there
 */
export function inverseFrameFft(
  out: usize, x: usize, window: usize, table: usize, turns: usize, work: usize, size: i32,
): void {
  assert(size % 8 == 0, 'inverseFrameFft: size must be a multiple of 8');
  const half = size >> 1;
  const part = floats(half + SLACK);
  const apart = floats(half);
  let re = work;
  let im = work + part;
  let twist = turns + 6 * floats((size >> 3) + 3 & ~3);
  let back = x + floats(size - 6);
  for (const start = re, end = re + apart; re < end; re += 16, im += 16, x += 32, back -= 32, twist += 16) {
    const a = flush4(v128.load(x));
    const b = flush4(v128.load(x, 16));
    const a2 = flush4(v128.load(back));
    const b2 = flush4(v128.load(back, 16));
    const r = v128.shuffle<f32>(a, b, 0, 2, 4, 6);
    let i = v128.shuffle<f32>(a, b, 1, 3, 5, 7);
    const r2 = v128.shuffle<f32>(a2, b2, 6, 4, 2, 0);
    let i2 = v128.shuffle<f32>(a2, b2, 7, 5, 3, 1);
    if (re == start) {
      i = f32x4.replace_lane(i, 0, 0);
      i2 = f32x4.replace_lane(i2, 0, 0);
    }
    const c = v128.load(twist);
    const s = v128.load(twist + apart);
    const offR = f32x4.sub(r, r2);
    const offI = f32x4.add(i, i2);
    const half4 = f32x4.splat(0.5);
    // E + i · O, O = (X − X̄′) · exp(2πi k / size) / 2.
    const oddR = f32x4.add(f32x4.mul(c, offR), f32x4.mul(s, offI));
    const oddI = f32x4.sub(f32x4.mul(c, offI), f32x4.mul(s, offR));
    v128.store(re, f32x4.sub(f32x4.mul(half4, f32x4.add(r, r2)), oddI));
    v128.store(im, f32x4.add(f32x4.mul(half4, f32x4.sub(i, i2)), oddR));
  }
  // With real and imaginary parts exchanged the transform is its own inverse, but for the factor.
  re = joined(work + part, work, work + 3 * part, work + 2 * part, table, turns, size >> 3) ? work : work + 2 * part;
  im = re + part;
  const factor = f32x4.splat(1 / <f32>half);
  for (const end = re + apart; re < end; re += 16, im += 16, out += 32) {
    const r = f32x4.mul(factor, v128.load(re));
    const i = f32x4.mul(factor, v128.load(im));
    let a = v128.shuffle<f32>(r, i, 0, 4, 1, 5);
    let b = v128.shuffle<f32>(r, i, 2, 6, 3, 7);
    if (window) {
      a = f32x4.mul(a, v128.load(window));
      b = f32x4.mul(b, v128.load(window, 16));
      window += 32;
    }
    v128.store(out, a);
    v128.store(out, b, 16);
  }
}

// @ts-ignore: decorator
@inline
function reversed(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 3, 2, 1, 0);
}

/**
 * The transform of 4 × size complex numbers whose every fourth lies in one lane.
 *
 * @returns whether the spectrum lies in place of the signal, else in the workspace
 */
function joined(re: usize, im: usize, re2: usize, im2: usize, table: usize, turns: usize, size: i32): bool {
  const moved = transform(re, im, re2, im2, table, size);
  if (moved) joinLanes(re2, im2, re, im, turns, size);
  else joinLanes(re, im, re2, im2, turns, size);
  return moved;
}

/**
 * The last pass, which joins four transforms of every fourth number: Z[k + size · q] = Σ exp(−2πi l k / 4 size) · (−i)^(l q) · F_l[k],
 * F_l in lane l. Four k at a time, the last ones first: where size is no multiple of 4, what they write too much is written over.
 */
function joinLanes(re: usize, im: usize, toRe: usize, toIm: usize, turns: usize, size: i32): void {
  const apart = floats(size);
  const part = floats(size + 3 & ~3);
  for (let k = (size - 1) & ~3; k >= 0; k -= 4) {
    const from = <usize>k << 4;
    const w = turns + floats(k);
    let a = v128.load(re + from);
    let b = v128.load(re + from, 16);
    let c = v128.load(re + from, 32);
    let d = v128.load(re + from, 48);
    let ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    let cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const r0 = v128.shuffle<f32>(ab, cd, 0, 1, 4, 5);
    let r1 = v128.shuffle<f32>(ab, cd, 2, 3, 6, 7);
    ab = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    cd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    let r2 = v128.shuffle<f32>(ab, cd, 0, 1, 4, 5);
    let r3 = v128.shuffle<f32>(ab, cd, 2, 3, 6, 7);
    a = v128.load(im + from);
    b = v128.load(im + from, 16);
    c = v128.load(im + from, 32);
    d = v128.load(im + from, 48);
    ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const i0 = v128.shuffle<f32>(ab, cd, 0, 1, 4, 5);
    let i1 = v128.shuffle<f32>(ab, cd, 2, 3, 6, 7);
    ab = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    cd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    let i2 = v128.shuffle<f32>(ab, cd, 0, 1, 4, 5);
    let i3 = v128.shuffle<f32>(ab, cd, 2, 3, 6, 7);

    let cos = v128.load(w);
    let sin = v128.load(w + part);
    let turned = f32x4.sub(f32x4.mul(r1, cos), f32x4.mul(i1, sin));
    i1 = f32x4.add(f32x4.mul(r1, sin), f32x4.mul(i1, cos));
    r1 = turned;
    cos = v128.load(w + 2 * part);
    sin = v128.load(w + 3 * part);
    turned = f32x4.sub(f32x4.mul(r2, cos), f32x4.mul(i2, sin));
    i2 = f32x4.add(f32x4.mul(r2, sin), f32x4.mul(i2, cos));
    r2 = turned;
    cos = v128.load(w + 4 * part);
    sin = v128.load(w + 5 * part);
    turned = f32x4.sub(f32x4.mul(r3, cos), f32x4.mul(i3, sin));
    i3 = f32x4.add(f32x4.mul(r3, sin), f32x4.mul(i3, cos));
    r3 = turned;

    const evenR = f32x4.add(r0, r2);
    const oddR = f32x4.add(r1, r3);
    const offR = f32x4.sub(r0, r2);
    const turnI = f32x4.sub(r3, r1);
    const evenI = f32x4.add(i0, i2);
    const oddI = f32x4.add(i1, i3);
    const offI = f32x4.sub(i0, i2);
    const turnR = f32x4.sub(i1, i3);
    const to = toRe + floats(k);
    const to2 = toIm + floats(k);
    v128.store(to, f32x4.add(evenR, oddR));
    v128.store(to + apart, f32x4.add(offR, turnR));
    v128.store(to + 2 * apart, f32x4.sub(evenR, oddR));
    v128.store(to + 3 * apart, f32x4.sub(offR, turnR));
    v128.store(to2, f32x4.add(evenI, oddI));
    v128.store(to2 + apart, f32x4.add(offI, turnI));
    v128.store(to2 + 2 * apart, f32x4.sub(evenI, oddI));
    v128.store(to2 + 3 * apart, f32x4.sub(offI, turnI));
  }
}
