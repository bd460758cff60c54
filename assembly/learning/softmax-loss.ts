import { aligned, floats } from '../abi';
import { minusLog2E4, sigmoidLow4 } from '../lanes/constants';
import { biased4, middle4, power4, remainder4 } from '../lanes/exp2';
import { madd } from '../lanes/madd';

/** Floats that `softmaxLoss` keeps for each row. */
const FIGURES = 4;

/**
 * What cross-entropy needs of rows of logits, and its gradient but for the target's own element:
 *
 *   x ← mass · softmax(x) − share · base
 *
 * @param x        f32[rows × width]  logits, row after row without gaps; becomes the gradient
 * @param figures  f32[rows × 4]      mass and share of each row; receives the greatest logit, Σ e^(x − greatest) and
 *                                    Σ base · x. A row whose mass and share are both 0 is not read and becomes 0
 * @param base     f32[width]         what is taken away of every row; 0 for nothing
 * @param width    of a row, of any count; four floats behind the last row and behind base may be read
 */
export function softmaxLoss(x: usize, figures: usize, base: usize, rows: i32, width: i32): void {
  assert(aligned(figures), 'softmaxLoss: figures must be 16-byte aligned');
  const whole = floats(width & ~3);
  const left = width & 3;
  const tail = i32x4.gt_s(i32x4.splat(left), i32x4(0, 1, 2, 3));
  for (const end = figures + floats(rows * FIGURES); figures < end; figures += floats(FIGURES), x += floats(width)) {
    const mass = load<f32>(figures);
    const share = load<f32>(figures, 4);
    const last = x + whole;
    if (mass == 0 && share == 0) {
      for (let at = x; at < last; at += 16) v128.store(at, f32x4.splat(0.0));
      storeFirst(last, f32x4.splat(0.0), left);
      continue;
    }
    let greatest4 = f32x4.splat(-Infinity);
    // What is NaN is not greater: it comes to light in the sum.
    for (let at = x; at < last; at += 16) greatest4 = f32x4.pmax(greatest4, v128.load(at));
    if (left) greatest4 = f32x4.pmax(greatest4, v128.bitselect(v128.load(last), f32x4.splat(-Infinity), tail));
    greatest4 = f32x4.pmax(greatest4, v128.shuffle<i32>(greatest4, greatest4, 2, 3, 0, 1));
    greatest4 = f32x4.pmax(greatest4, v128.shuffle<i32>(greatest4, greatest4, 1, 0, 3, 2));
    let product4 = f32x4.splat(0.0);
    if (base) {
      for (let j: usize = 0; j < whole; j += 16) product4 = madd(v128.load(base + j), v128.load(x + j), product4);
      if (left) product4 = madd(v128.and(v128.load(base + whole), tail), v128.and(v128.load(last), tail), product4);
    }
    let sum4 = f32x4.splat(0.0);
    for (let at = x; at < last; at += 16) {
      const e = exponential4(f32x4.sub(v128.load(at), greatest4));
      sum4 = f32x4.add(sum4, e);
      v128.store(at, e);
    }
    if (left) {
      const e = exponential4(f32x4.sub(v128.load(last), greatest4));
      sum4 = f32x4.add(sum4, v128.and(e, tail));
      storeFirst(last, e, left);
    }
    const sum = sumOf(sum4);
    store<f32>(figures, f32x4.extract_lane(greatest4, 0));
    store<f32>(figures, sum, 4);
    store<f32>(figures, sumOf(product4), 8);
    const factor4 = f32x4.splat(mass / sum);
    if (base) {
      const minusShare4 = f32x4.splat(-share);
      for (let j: usize = 0; j < whole; j += 16) {
        const gradient = madd(factor4, v128.load(x + j), f32x4.mul(minusShare4, v128.load(base + j)));
        v128.store(x + j, gradient);
      }
      if (left) {
        const gradient = madd(factor4, v128.load(last), f32x4.mul(minusShare4, v128.load(base + whole)));
        storeFirst(last, gradient, left);
      }
    } else {
      for (let at = x; at < last; at += 16) v128.store(at, f32x4.mul(factor4, v128.load(at)));
      if (left) storeFirst(last, f32x4.mul(factor4, v128.load(last)), left);
    }
  }
}

/**
 * e^x for x ≤ 0 in four lanes: exactly 1 at 0 and 0 below −88.4, NaN stays NaN. Error: 6e-8 · (1 + |x|) relative, which is
 * that of x · log₂e as a float; test/train/cross-entropy.test.ts tries them.
 */
function exponential4(x: v128): v128 {
  const t = f32x4.pmax(f32x4.neg(f32x4.mul(x, minusLog2E4())), sigmoidLow4());
  const biased = biased4(t);
  const r = remainder4(t, biased);
  const c = middle4(r);
  return f32x4.div(f32x4.mul(power4(biased), f32x4.add(c, r)), f32x4.sub(c, r));
}

/** The sum of four lanes, in pairs. */
function sumOf(four: v128): f32 {
  const two = f32x4.add(four, v128.shuffle<i32>(four, four, 2, 3, 0, 1));
  return f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1);
}

/** Stores the first `count` lanes, fewer than four. */
function storeFirst(at: usize, four: v128, count: i32): void {
  if (count > 0) store<f32>(at, f32x4.extract_lane(four, 0));
  if (count > 1) store<f32>(at, f32x4.extract_lane(four, 1), 4);
  if (count > 2) store<f32>(at, f32x4.extract_lane(four, 2), 8);
}
