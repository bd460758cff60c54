import { middleFourth4, middleOne4, middleSquare4, nudge4, round4 } from './constants';
import { madd } from './madd';

/**
 * 2^t as power · (c + r) / (c − r) with |r| ≤ ½: adding 1.5·2²³ + 127 leaves round(t) + 127 in the low bits of the sum, so
 * r = t − round(t) is exact and a shift makes the exponent of 2^round(t) of it. A quotient, because sigmoid and
 * tanh divide anyway: they take the two halves into their own division. c is even in r, so three terms do.
 */

/** t restricted to [low, high]; NaN stays NaN, because pmin and pmax keep their first operand when unordered. */
export function clamp4(t: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(t, low), high);
}

/** round(t) + 127 in the low bits: the argument of `power4`. */
export function biased4(t: v128): v128 {
  return f32x4.add(t, round4());
}

/** t − round(t), exact. */
export function remainder4(t: v128, biased: v128): v128 {
  return f32x4.sub(t, f32x4.sub(biased, round4()));
}

/** 2^round(t), as bits, for round(t) in −127 (gives 0) … 128 (gives ∞). */
// @ts-ignore: decorator
@inline
export function power4(biased: v128): v128 {
  return i32x4.shl(biased, 23);
}

/**
 * c = r / tanh(r · ln 2 / 2), so that 2^r = (c + r) / (c − r). Error: 3.1e-10 relative to 2^r (minimax), before rounding.
 *
 * The square would be a denormal number for r of 1e-19 and less, which is slow. What is added is far too little to change c.
 */
// @ts-ignore: decorator
@inline
export function middle4(r: v128): v128 {
  const nudged = f32x4.add(r, nudge4());
  const square = f32x4.mul(nudged, nudged);
  return madd(madd(middleFourth4(), square, middleSquare4()), square, middleOne4());
}
