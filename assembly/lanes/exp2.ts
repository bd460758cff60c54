import { madd } from './madd';

/**
 * 2^t in two factors, (1 + fraction) · power with |r| ≤ ½: adding 1.5·2²³ leaves round(t) in the low bits of the sum, so
 * r = t − round(t) is exact and round(t) is already where a shift makes it an exponent. Keeping the fraction apart from
 * the one is what lets tanh keep its relative accuracy near zero.
 */

const ROUND: f32 = 12582912.0;

/** t restricted to [low, high]; NaN stays NaN, because pmin and pmax keep their first operand when unordered. */
export function clamp4(t: v128, low: f32, high: f32): v128 {
  return f32x4.pmin(f32x4.pmax(t, f32x4.splat(low)), f32x4.splat(high));
}

/** round(t) biased into the low bits: the argument of `power4`. */
export function biased4(t: v128): v128 {
  return f32x4.add(t, f32x4.splat(ROUND));
}

/** t − round(t), exact. */
export function remainder4(t: v128, biased: v128): v128 {
  return f32x4.sub(t, f32x4.sub(biased, f32x4.splat(ROUND)));
}

/** 2^round(t), as bits, for round(t) in −127 (gives 0) … 128 (gives ∞). */
export function power4(biased: v128): v128 {
  return i32x4.add(i32x4.shl(biased, 23), f32x4.splat(1.0));
}

/** 2^r − 1 for |r| ≤ ½. Error: 9.2e-8 relative to 2^r (minimax, degree 5 without constant term). */
export function fraction4(r: v128): v128 {
  let q = madd(f32x4.splat(0.001326472731), r, f32x4.splat(0.009671512991));
  q = madd(q, r, f32x4.splat(0.05550733581));
  q = madd(q, r, f32x4.splat(0.2402224243));
  q = madd(q, r, f32x4.splat(0.6931470037));
  return f32x4.mul(q, r);
}
