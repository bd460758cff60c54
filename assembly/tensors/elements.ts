import { floats } from '../abi';

/** What `combine` does with two elements. */
export const enum Pair {
  ADD = 0,
  SUB = 1,
  MUL = 2,
  DIV = 3,
  /** a · a; b is not used, but must be an address. */
  SQUARE = 4,
  /** NaN if one is NaN. */
  MIN = 5,
  MAX = 6,
  /** a where it is not below zero, a · b elsewhere. */
  PRELU = 7,
}

/**
 * out[k] = a[k] ∘ b[k], rounded once as IEEE 754 says: the same bits on every build, and the bits of JavaScript's arithmetic.
 *
 * @param out, a, b     f32[size]  of any alignment; a and b may be out, but not overlap it otherwise
 * @param pair          the operation, a `Pair`
 * @param aStep, bStep  1, or 0 for one element that stands for all
 */
export function combine(out: usize, a: usize, b: usize, pair: i32, aStep: i32, bStep: i32, size: i32): void {
  assert(((aStep | bStep) & ~1) == 0, 'combine: steps must be 0 or 1');
  assert(pair >= 0 && pair <= Pair.PRELU, 'combine: pair must be one of Pair');
  if (pair == Pair.ADD) combineBy(Pair.ADD, out, a, b, aStep, bStep, size);
  else if (pair == Pair.SUB) combineBy(Pair.SUB, out, a, b, aStep, bStep, size);
  else if (pair == Pair.MUL) combineBy(Pair.MUL, out, a, b, aStep, bStep, size);
  else if (pair == Pair.DIV) combineBy(Pair.DIV, out, a, b, aStep, bStep, size);
  else if (pair == Pair.SQUARE) combineBy(Pair.SQUARE, out, a, b, aStep, bStep, size);
  else if (pair == Pair.MIN) combineBy(Pair.MIN, out, a, b, aStep, bStep, size);
  else if (pair == Pair.MAX) combineBy(Pair.MAX, out, a, b, aStep, bStep, size);
  else combineBy(Pair.PRELU, out, a, b, aStep, bStep, size);
}

/** The loop of one operation, which is known when it is compiled. */
// @ts-ignore: decorator
@inline
function combineBy(pair: i32, out: usize, a: usize, b: usize, aStep: i32, bStep: i32, size: i32): void {
  const end = out + floats(size);
  const whole = out + floats(size & ~3);
  let x = v128.load32_splat(a);
  let y = v128.load32_splat(b);
  for (; out < whole; out += 16) {
    if (aStep) x = v128.load(a);
    if (bStep) y = v128.load(b);
    v128.store(out, pair4(pair, x, y));
    a += floats(aStep << 2);
    b += floats(bStep << 2);
  }
  for (; out < end; out += 4) {
    store<f32>(out, f32x4.extract_lane(pair4(pair, v128.load32_splat(a), v128.load32_splat(b)), 0));
    a += floats(aStep);
    b += floats(bStep);
  }
}

// @ts-ignore: decorator
@inline
function pair4(pair: i32, x: v128, y: v128): v128 {
  if (pair == Pair.ADD) return f32x4.add(x, y);
  if (pair == Pair.SUB) return f32x4.sub(x, y);
  if (pair == Pair.MUL) return f32x4.mul(x, y);
  if (pair == Pair.DIV) return f32x4.div(x, y);
  if (pair == Pair.MIN) return f32x4.min(x, y);
  if (pair == Pair.MAX) return f32x4.max(x, y);
  if (pair == Pair.PRELU) return v128.bitselect(f32x4.mul(x, y), x, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.mul(x, x);
}

/** out[k] = √x[k]; f32[size] each, of any alignment; out may be x. */
export function sqrtMap(out: usize, x: usize, size: i32): void {
  const end = out + floats(size);
  for (const whole = out + floats(size & ~3); out < whole; out += 16, x += 16) {
    v128.store(out, f32x4.sqrt(v128.load(x)));
  }
  for (; out < end; out += 4, x += 4) store<f32>(out, sqrt<f32>(load<f32>(x)));
}
