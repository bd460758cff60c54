import { floats } from '../abi';
import { one4 } from '../lanes/constants';
import { exp2MinusOne4, softplus4 } from '../lanes/exponential';
import { madd } from '../lanes/madd';
import { sigmoid4 } from '../lanes/sigmoid';
import { tanh4 } from '../lanes/tanh';

/** The families of activations, each a function of x and of constants a, b, c, d. */
export const enum Activation {
  /** a · x + b, no less than c and no more than d: identity, ReLU, hard sigmoid, hard tanh. */
  LINE = 0,
  /** x, or a · x where x < 0. */
  LEAKY = 1,
  /** x, or 0 where x ≤ a. */
  THRESHOLD = 2,
  /** a · tanh(b · x) */
  TANH = 3,
  SIGMOID = 4,
  /** c · x, or a · (2^(b · x) − 1) where x < 0: ELU, SELU, CELU. */
  ELU = 5,
  /** x / (1 + |x|) */
  SOFTSIGN = 6,
  /** a · log(1 + e^(b · x)) */
  SOFTPLUS = 7,
  /** x · σ(x) */
  SILU = 8,
}

/** Bytes of one activation in memory, eight floats: the number of its family, its constants a, b, c, d, three unused. */
export const ACTIVATION_BYTES: usize = 32;

/** The greatest finite float32. */
const GREATEST: f32 = 3.4028234663852886e38;

/**
 * Applies an activation to floats, in place.
 *
 * @param x           f32[size]  size a multiple of 4
 * @param activation  its record
 * @param clip        bounds x to ±clip first
 */
export function activate(x: usize, activation: usize, size: i32, clip: f32): void {
  const family = <i32>load<f32>(activation);
  if (family == Activation.LINE) activateBy(Activation.LINE, x, activation, size, clip);
  else if (family == Activation.SIGMOID) activateBy(Activation.SIGMOID, x, activation, size, clip);
  else if (family == Activation.TANH) activateBy(Activation.TANH, x, activation, size, clip);
  else if (family == Activation.LEAKY) activateBy(Activation.LEAKY, x, activation, size, clip);
  else if (family == Activation.THRESHOLD) activateBy(Activation.THRESHOLD, x, activation, size, clip);
  else if (family == Activation.ELU) activateBy(Activation.ELU, x, activation, size, clip);
  else if (family == Activation.SOFTSIGN) activateBy(Activation.SOFTSIGN, x, activation, size, clip);
  else if (family == Activation.SOFTPLUS) activateBy(Activation.SOFTPLUS, x, activation, size, clip);
  else activateBy(Activation.SILU, x, activation, size, clip);
}

/** The loop of one family, which is known when it is compiled. */
// @ts-ignore: decorator
@inline
function activateBy(family: i32, x: usize, activation: usize, size: i32, clip: f32): void {
  const low = f32x4.splat(-clip);
  const high = f32x4.splat(clip);
  const a = v128.load32_splat(activation, 4);
  const b = v128.load32_splat(activation, 8);
  const c = v128.load32_splat(activation, 12);
  const d = v128.load32_splat(activation, 16);
  for (const end = x + floats(size); x < end; x += 16) {
    const clipped = f32x4.pmin(f32x4.pmax(v128.load(x), low), high);
    v128.store(x, activation4(family, clipped, a, b, c, d));
  }
}

// @ts-ignore: decorator
@inline
function activation4(family: i32, x: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  const zero = f32x4.splat(0.0);
  if (family == Activation.LINE) return f32x4.pmin(f32x4.pmax(madd(a, x, b), c), d);
  if (family == Activation.LEAKY) return v128.bitselect(f32x4.mul(a, x), x, f32x4.lt(x, zero));
  if (family == Activation.THRESHOLD) return v128.andnot(x, f32x4.le(x, a));
  if (family == Activation.TANH) return f32x4.mul(a, tanh4(f32x4.mul(b, x)));
  if (family == Activation.SIGMOID) return sigmoid4(x);
  if (family == Activation.ELU) {
    const below = f32x4.mul(a, exp2MinusOne4(f32x4.mul(b, f32x4.pmin(x, zero))));
    return v128.bitselect(below, f32x4.mul(c, x), f32x4.lt(x, zero));
  }
  const finite = f32x4.pmax(x, f32x4.splat(-GREATEST));
  if (family == Activation.SOFTSIGN) {
    const both = f32x4.pmin(finite, f32x4.splat(GREATEST));
    return f32x4.div(both, f32x4.add(one4(), f32x4.abs(both)));
  }
  if (family == Activation.SOFTPLUS) return f32x4.mul(a, softplus4(f32x4.mul(b, x)));
  return f32x4.mul(finite, sigmoid4(finite));
}
