import { floats } from '../abi';
import { madd } from '../lanes/madd';

/**
 * The complex discrete Fourier transform of four signals at once, one in each lane (Stockham's algorithm: every pass orders what
 * it writes), in passes of 4, 2, 3 and 5. Real and imaginary parts lie apart, f32[size × 4] each.
 *
 * @param re, im    the signals; overwritten
 * @param re2, im2  workspace
 * @param table     f32: for each pass, for each p below n / radix, the powers 1 to radix − 1 of exp(−2πi p / n)
 * @param size      has no prime factors but 2, 3 and 5
 * @returns whether the spectra lie in the workspace, else in place of the signals
 */
export function transform(re: usize, im: usize, re2: usize, im2: usize, table: usize, size: i32): bool {
  let moved = false;
  let s = 1;
  for (let n = size; n > 1;) {
    const radix = n % 4 == 0 ? 4 : n % 2 == 0 ? 2 : n % 3 == 0 ? 3 : 5;
    assert(n % radix == 0, 'transform: size must have no prime factors but 2, 3 and 5');
    n /= radix;
    const step = <usize>s << 4;
    const apart = <usize>(s * n) << 4;
    if (radix == 4 && n == 1) last4(re, im, re2, im2, apart);
    else if (radix == 4) pass4(re, im, re2, im2, table, apart, step, n);
    else if (radix == 2) pass2(re, im, re2, im2, table, apart, step, n);
    else if (radix == 3) pass3(re, im, re2, im2, table, apart, step, n);
    else pass5(re, im, re2, im2, table, apart, step, n);
    table += floats(2 * n * (radix - 1));
    s *= radix;
    let swap = re;
    re = re2;
    re2 = swap;
    swap = im;
    im = im2;
    im2 = swap;
    moved = !moved;
  }
  return moved;
}

/** Stores (r, i) · (wr, wi). */
// @ts-ignore: decorator
@inline
function put(toRe: usize, toIm: usize, r: v128, i: v128, wr: v128, wi: v128): void {
  v128.store(toRe, f32x4.sub(f32x4.mul(r, wr), f32x4.mul(i, wi)));
  v128.store(toIm, madd(r, wi, f32x4.mul(i, wr)));
}

/** A pass: `apart` bytes between the elements of a butterfly, `step` bytes of butterflies side by side for each of n factors. */
function pass2(
  re: usize, im: usize, toRe: usize, toIm: usize, w: usize, apart: usize, step: usize, n: i32,
): void {
  for (; n > 0; --n) {
    const wr = v128.load32_splat(w);
    const wi = v128.load32_splat(w, 4);
    for (const end = re + step; re < end; re += 16, im += 16, toRe += 16, toIm += 16) {
      const r0 = v128.load(re);
      const i0 = v128.load(im);
      const r1 = v128.load(re + apart);
      const i1 = v128.load(im + apart);
      v128.store(toRe, f32x4.add(r0, r1));
      v128.store(toIm, f32x4.add(i0, i1));
      put(toRe + step, toIm + step, f32x4.sub(r0, r1), f32x4.sub(i0, i1), wr, wi);
    }
    w += floats(2);
    toRe += step;
    toIm += step;
  }
}

function pass4(
  re: usize, im: usize, toRe: usize, toIm: usize, w: usize, apart: usize, step: usize, n: i32,
): void {
  for (; n > 0; --n) {
    for (const end = re + step; re < end; re += 16, im += 16, toRe += 16, toIm += 16) {
      const r0 = v128.load(re);
      const i0 = v128.load(im);
      const r1 = v128.load(re + apart);
      const i1 = v128.load(im + apart);
      const r2 = v128.load(re + 2 * apart);
      const i2 = v128.load(im + 2 * apart);
      const r3 = v128.load(re + 3 * apart);
      const i3 = v128.load(im + 3 * apart);
      const evenR = f32x4.add(r0, r2);
      const evenI = f32x4.add(i0, i2);
      const oddR = f32x4.add(r1, r3);
      const oddI = f32x4.add(i1, i3);
      const offR = f32x4.sub(r0, r2);
      const offI = f32x4.sub(i0, i2);
      // −i · (a₁ − a₃).
      const turnR = f32x4.sub(i1, i3);
      const turnI = f32x4.sub(r3, r1);
      v128.store(toRe, f32x4.add(evenR, oddR));
      v128.store(toIm, f32x4.add(evenI, oddI));
      put(
        toRe + step, toIm + step, f32x4.add(offR, turnR), f32x4.add(offI, turnI),
        v128.load32_splat(w), v128.load32_splat(w, 4),
      );
      put(
        toRe + 2 * step, toIm + 2 * step, f32x4.sub(evenR, oddR), f32x4.sub(evenI, oddI),
        v128.load32_splat(w, 8), v128.load32_splat(w, 12),
      );
      put(
        toRe + 3 * step, toIm + 3 * step, f32x4.sub(offR, turnR), f32x4.sub(offI, turnI),
        v128.load32_splat(w, 16), v128.load32_splat(w, 20),
      );
    }
    w += floats(6);
    toRe += 3 * step;
    toIm += 3 * step;
  }
}

/** The last pass of radix 4, whose factors are 1: four numbers `apart` bytes apart. */
function last4(re: usize, im: usize, toRe: usize, toIm: usize, apart: usize): void {
  for (const end = re + apart; re < end; re += 16, im += 16, toRe += 16, toIm += 16) {
    const r0 = v128.load(re);
    const i0 = v128.load(im);
    const r1 = v128.load(re + apart);
    const i1 = v128.load(im + apart);
    const r2 = v128.load(re + 2 * apart);
    const i2 = v128.load(im + 2 * apart);
    const r3 = v128.load(re + 3 * apart);
    const i3 = v128.load(im + 3 * apart);
    const evenR = f32x4.add(r0, r2);
    const evenI = f32x4.add(i0, i2);
    const oddR = f32x4.add(r1, r3);
    const oddI = f32x4.add(i1, i3);
    v128.store(toRe, f32x4.add(evenR, oddR));
    v128.store(toIm, f32x4.add(evenI, oddI));
    v128.store(toRe + 2 * apart, f32x4.sub(evenR, oddR));
    v128.store(toIm + 2 * apart, f32x4.sub(evenI, oddI));
    const offR = f32x4.sub(r0, r2);
    const offI = f32x4.sub(i0, i2);
    // −i · (a₁ − a₃).
    const turnR = f32x4.sub(i1, i3);
    const turnI = f32x4.sub(r3, r1);
    v128.store(toRe + apart, f32x4.add(offR, turnR));
    v128.store(toIm + apart, f32x4.add(offI, turnI));
    v128.store(toRe + 3 * apart, f32x4.sub(offR, turnR));
    v128.store(toIm + 3 * apart, f32x4.sub(offI, turnI));
  }
}

/** cos and sin of 2π/3, of 2π/5 and of 4π/5. */
const COS_3: f32 = -0.5;
const SIN_3: f32 = 0.8660254037844386;
const COS_5: f32 = 0.30901699437494745;
const SIN_5: f32 = 0.9510565162951535;
const COS_5_2: f32 = -0.8090169943749475;
const SIN_5_2: f32 = 0.5877852522924731;

function pass3(
  re: usize, im: usize, toRe: usize, toIm: usize, w: usize, apart: usize, step: usize, n: i32,
): void {
  for (; n > 0; --n) {
    for (const end = re + step; re < end; re += 16, im += 16, toRe += 16, toIm += 16) {
      const r0 = v128.load(re);
      const i0 = v128.load(im);
      const r1 = v128.load(re + apart);
      const i1 = v128.load(im + apart);
      const r2 = v128.load(re + 2 * apart);
      const i2 = v128.load(im + 2 * apart);
      const sumR = f32x4.add(r1, r2);
      const sumI = f32x4.add(i1, i2);
      const midR = madd(sumR, f32x4.splat(COS_3), r0);
      const midI = madd(sumI, f32x4.splat(COS_3), i0);
      const turnR = f32x4.mul(f32x4.sub(i1, i2), f32x4.splat(SIN_3));
      const turnI = f32x4.mul(f32x4.sub(r2, r1), f32x4.splat(SIN_3));
      v128.store(toRe, f32x4.add(r0, sumR));
      v128.store(toIm, f32x4.add(i0, sumI));
      put(
        toRe + step, toIm + step, f32x4.add(midR, turnR), f32x4.add(midI, turnI),
        v128.load32_splat(w), v128.load32_splat(w, 4),
      );
      put(
        toRe + 2 * step, toIm + 2 * step, f32x4.sub(midR, turnR), f32x4.sub(midI, turnI),
        v128.load32_splat(w, 8), v128.load32_splat(w, 12),
      );
    }
    w += floats(4);
    toRe += 2 * step;
    toIm += 2 * step;
  }
}

function pass5(
  re: usize, im: usize, toRe: usize, toIm: usize, w: usize, apart: usize, step: usize, n: i32,
): void {
  for (; n > 0; --n) {
    for (const end = re + step; re < end; re += 16, im += 16, toRe += 16, toIm += 16) {
      const r0 = v128.load(re);
      const i0 = v128.load(im);
      const sumR1 = f32x4.add(v128.load(re + apart), v128.load(re + 4 * apart));
      const sumI1 = f32x4.add(v128.load(im + apart), v128.load(im + 4 * apart));
      const sumR2 = f32x4.add(v128.load(re + 2 * apart), v128.load(re + 3 * apart));
      const sumI2 = f32x4.add(v128.load(im + 2 * apart), v128.load(im + 3 * apart));
      const difR1 = f32x4.sub(v128.load(re + apart), v128.load(re + 4 * apart));
      const difI1 = f32x4.sub(v128.load(im + apart), v128.load(im + 4 * apart));
      const difR2 = f32x4.sub(v128.load(re + 2 * apart), v128.load(re + 3 * apart));
      const difI2 = f32x4.sub(v128.load(im + 2 * apart), v128.load(im + 3 * apart));
      const c1 = f32x4.splat(COS_5);
      const c2 = f32x4.splat(COS_5_2);
      const s1 = f32x4.splat(SIN_5);
      const s2 = f32x4.splat(SIN_5_2);
      const midR1 = madd(sumR2, c2, madd(sumR1, c1, r0));
      const midI1 = madd(sumI2, c2, madd(sumI1, c1, i0));
      const midR2 = madd(sumR2, c1, madd(sumR1, c2, r0));
      const midI2 = madd(sumI2, c1, madd(sumI1, c2, i0));
      // −i · (sin · differences).
      const turnR1 = madd(difI2, s2, f32x4.mul(difI1, s1));
      const turnI1 = f32x4.neg(madd(difR2, s2, f32x4.mul(difR1, s1)));
      const turnR2 = f32x4.sub(f32x4.mul(difI1, s2), f32x4.mul(difI2, s1));
      const turnI2 = f32x4.sub(f32x4.mul(difR2, s1), f32x4.mul(difR1, s2));
      v128.store(toRe, f32x4.add(r0, f32x4.add(sumR1, sumR2)));
      v128.store(toIm, f32x4.add(i0, f32x4.add(sumI1, sumI2)));
      put(
        toRe + step, toIm + step, f32x4.add(midR1, turnR1), f32x4.add(midI1, turnI1),
        v128.load32_splat(w), v128.load32_splat(w, 4),
      );
      put(
        toRe + 2 * step, toIm + 2 * step, f32x4.add(midR2, turnR2), f32x4.add(midI2, turnI2),
        v128.load32_splat(w, 8), v128.load32_splat(w, 12),
      );
      put(
        toRe + 3 * step, toIm + 3 * step, f32x4.sub(midR2, turnR2), f32x4.sub(midI2, turnI2),
        v128.load32_splat(w, 16), v128.load32_splat(w, 20),
      );
      put(
        toRe + 4 * step, toIm + 4 * step, f32x4.sub(midR1, turnR1), f32x4.sub(midI1, turnI1),
        v128.load32_splat(w, 24), v128.load32_splat(w, 28),
      );
    }
    w += floats(8);
    toRe += 4 * step;
    toIm += 4 * step;
  }
}
