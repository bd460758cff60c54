import { floats } from '../abi';
import { madd } from '../lanes/madd';

/** Elements that are summed in single precision before they are added to a sum in double precision. */
const BLOCK: i32 = 256;

/**
 * Normalises rows: (x − mean) / √(variance + epsilon) · scale + bias, mean and variance of each row.
 *
 * A row is `runs` runs of `run` elements. Run k of all has scale and bias k mod `channels`; where `each` is set they are instead
 * f32[runs × run], one for each element of a row.
 *
 * @param out         f32[rows × runs × run]  of any alignment, as all; may be x
 * @param bias        0: none
 * @param means, inverses  f32[rows]  receive the mean and 1 / √(variance + epsilon)
 * @param centers     0: the mean counts as 0
 */
export function normalize(
  out: usize, x: usize, scale: usize, bias: usize, means: usize, inverses: usize,
  rows: i32, runs: i32, run: i32, channels: i32, each: i32, centers: i32, epsilon: f32,
): void {
  assert(channels > 0, 'normalize: there must be channels');
  const size = runs * run;
  for (let r = 0, k = 0; r < rows; ++r) {
    const mean = centers ? <f32>(sum(x, size, 0, false) / <f64>size) : 0;
    const inverse = <f32>(1 / sqrt(sum(x, size, mean, true) / <f64>size + <f64>epsilon));
    store<f32>(means + floats(r), mean);
    store<f32>(inverses + floats(r), inverse);
    if (each) {
      eachBy(out, x, scale, bias, size, mean, inverse);
    } else {
      for (let j = 0; j < runs; ++j, ++k) {
        const c = floats(k % channels);
        const at = floats(j * run);
        by(out + at, x + at, run, mean, load<f32>(scale + c) * inverse, bias ? load<f32>(bias + c) : 0);
      }
    }
    x += floats(size);
    out += floats(size);
  }
}

/**
 * out = x · scale + bias, run k by scale and bias k mod `channels`: as `normalize` with means and deviations known.
 *
 * @param count  how many runs
 */
export function scaleRuns(out: usize, x: usize, scale: usize, bias: usize, count: i32, run: i32, channels: i32): void {
  assert(channels > 0, 'scaleRuns: there must be channels');
  for (let k = 0; k < count; ++k) {
    const c = floats(k % channels);
    by(out, x, run, 0, load<f32>(scale + c), load<f32>(bias + c));
    x += floats(run);
    out += floats(run);
  }
}

/** Σ (x − shift), or its squares. */
function sum(x: usize, size: i32, shift: f32, squares: bool): f64 {
  const shift4 = f32x4.splat(shift);
  let total: f64 = 0;
  for (let left = size; left > 0; left -= BLOCK) {
    const count = min(left, BLOCK);
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (const whole = x + floats(count & ~15); x < whole; x += 64) {
      const d0 = f32x4.sub(v128.load(x), shift4);
      const d1 = f32x4.sub(v128.load(x, 16), shift4);
      const d2 = f32x4.sub(v128.load(x, 32), shift4);
      const d3 = f32x4.sub(v128.load(x, 48), shift4);
      if (squares) {
        s0 = madd(d0, d0, s0);
        s1 = madd(d1, d1, s1);
        s2 = madd(d2, d2, s2);
        s3 = madd(d3, d3, s3);
      } else {
        s0 = f32x4.add(s0, d0);
        s1 = f32x4.add(s1, d1);
        s2 = f32x4.add(s2, d2);
        s3 = f32x4.add(s3, d3);
      }
    }
    const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    total += <f64>f32x4.extract_lane(s, 0) + <f64>f32x4.extract_lane(s, 1);
    total += <f64>f32x4.extract_lane(s, 2) + <f64>f32x4.extract_lane(s, 3);
    for (let i = count & 15; i > 0; --i, x += 4) {
      const d = load<f32>(x) - shift;
      total += <f64>(squares ? d * d : d);
    }
  }
  return total;
}

function by(out: usize, x: usize, size: i32, mean: f32, factor: f32, shift: f32): void {
  const end = out + floats(size);
  const mean4 = f32x4.splat(mean);
  const factor4 = f32x4.splat(factor);
  const shift4 = f32x4.splat(shift);
  for (const whole = out + floats(size & ~3); out < whole; out += 16, x += 16) {
    v128.store(out, madd(f32x4.sub(v128.load(x), mean4), factor4, shift4));
  }
  for (; out < end; out += 4, x += 4) store<f32>(out, (load<f32>(x) - mean) * factor + shift);
}

function eachBy(out: usize, x: usize, scale: usize, bias: usize, size: i32, mean: f32, inverse: f32): void {
  const end = out + floats(size);
  const mean4 = f32x4.splat(mean);
  const inverse4 = f32x4.splat(inverse);
  let shift = f32x4.splat(0);
  for (const whole = out + floats(size & ~3); out < whole; out += 16, x += 16, scale += 16) {
    if (bias) {
      shift = v128.load(bias);
      bias += 16;
    }
    v128.store(out, madd(f32x4.mul(f32x4.sub(v128.load(x), mean4), inverse4), v128.load(scale), shift));
  }
  for (; out < end; out += 4, x += 4, scale += 4) {
    store<f32>(out, (load<f32>(x) - mean) * inverse * load<f32>(scale) + (bias ? load<f32>(bias) : 0));
    if (bias) bias += 4;
  }
}
