import { coefficient1, coefficient2, coefficient3, coefficient4, coefficient5, one4, round4 } from './constants';
import { madd } from './madd';

/**
 * 2^t in two factors, (1 + fraction) · power with |r| ≤ ½: adding 1.5·2²³ leaves round(t) in the low bits of the sum, so
 * r = t − round(t) is exact and round(t) is already where a shift makes it an exponent. Keeping the fraction apart from
 * the one is what lets tanh keep its relative accuracy near zero.
 */

/** t restricted to [low, high]; NaN stays NaN, because pmin and pmax keep their first operand when unordered. */
export function clamp4(t: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(t, low), high);
}

/** round(t) biased into the low bits: the argument of `power4`. */
export function biased4(t: v128): v128 {
  return f32x4.add(t, round4());
}

/** t − round(t), exact. */
export function remainder4(t: v128, biased: v128): v128 {
  return f32x4.sub(t, f32x4.sub(biased, round4()));
}

/** 2^round(t), as bits, for round(t) in −127 (gives 0) … 128 (gives ∞). */
export function power4(biased: v128): v128 {
  return i32x4.add(i32x4.shl(biased, 23), one4());
}

/** 2^r − 1 for |r| ≤ ½. Error: 9.2e-8 relative to 2^r (minimax, degree 5 without constant term). */
export function fraction4(r: v128): v128 {
  let q = madd(coefficient5(), r, coefficient4());
  q = madd(q, r, coefficient3());
  q = madd(q, r, coefficient2());
  q = madd(q, r, coefficient1());
  return f32x4.mul(q, r);
}
