import { floats } from '../abi';
import { madd } from '../lanes/madd';

/** Taps that are added to a tile before the next tile: so many that what they read of x stays in the first-level cache. */
const BLOCK: i32 = 288;

/**
 * Convolves: out[m][r][i] = bias[m] + Σₖ w[m][k] · x[offsets[k] + r · xRow + i], taps k in order, so that a place's result
 * does not depend on where in a tile it lies.
 *
 * A tap may lie anywhere; the places of a row lie side by side: what has a stride is laid out in its phases. Sixteen places
 * stand against two filters (8 sums, 4 vectors, 2 splats), 32 against a filter that is alone in its group. The rest of a
 * row is computed in the workspace: eight places against four filters, or as above.
 *
 * @param out      of any alignment, as all; may not overlap the others
 * @param x        what the taps reach; in rows of fewer than 16 places, 16 are read
 * @param w        f32[groups × filters × taps]
 * @param bias     f32[groups × filters], or 0
 * @param offsets  i32[taps]  in bytes
 * @param tile     f32[32]    workspace
 * @param filters  of one group
 * @param rows, width         how many places
 * @param outFilter, outRow   floats from a filter to the next, from a row of places to the next
 * @param xGroup, xRow        floats from a group to the next, from a row of places to the next
 */
export function convolve(
  out: usize, x: usize, w: usize, bias: usize, offsets: usize, tile: usize,
  groups: i32, filters: i32, taps: i32, rows: i32, width: i32, outFilter: i32, outRow: i32, xGroup: i32, xRow: i32,
): void {
  assert(rows > 0 && width > 0 && filters > 0 && taps >= 0, 'convolve: there must be places and filters');
  for (let g = 0; g < groups; ++g) {
    for (let m = 0; m < filters; ++m) {
      const start = bias ? load<f32>(bias + floats(g * filters + m)) : 0;
      for (let r = 0; r < rows; ++r) fill(out + floats(m * outFilter + r * outRow), width, start);
    }
    for (let first = 0; first < taps; first += BLOCK) {
      const end = offsets + floats(min(first + BLOCK, taps));
      for (let r = 0; r < rows; ++r) {
        const to = out + floats(r * outRow);
        const from = x + floats(r * xRow);
        row(to, from, w + floats(first), offsets + floats(first), end, tile, filters, width, floats(outFilter), floats(taps));
      }
    }
    out += floats(filters * outFilter);
    x += floats(xGroup);
    w += floats(filters * taps);
  }
}

function fill(out: usize, count: i32, value: f32): void {
  const end = out + floats(count);
  for (const whole = out + floats(count & ~3); out < whole; out += 16) v128.store(out, f32x4.splat(value));
  for (; out < end; out += 4) store<f32>(out, value);
}

/** Adds the taps to all filters' places of one row. */
function row(
  out: usize, x: usize, w: usize, offsets: usize, end: usize, tile: usize,
  filters: i32, width: i32, outStep: usize, wStep: usize,
): void {
  let i = 0;
  if (filters == 1) for (; i + 32 <= width; i += 32) tile1x32(out + floats(i), x + floats(i), w, offsets, end);
  for (; i + 16 <= width; i += 16) {
    let to = out + floats(i);
    let taps = w;
    for (let m = filters; m > 0; m -= 2, to += 2 * outStep, taps += 2 * wStep) {
      if (m > 1) tile2x16(to, to + outStep, x + floats(i), taps, taps + wStep, offsets, end);
      else tile1x16(to, x + floats(i), taps, offsets, end);
    }
  }
  if (i < width) rest(out, x, w, offsets, end, tile, filters, i, width, outStep, wStep);
}

/** The last places of a row, fewer than 16: in the workspace, moved to the left where elements to the right may not be read. */
function rest(
  out: usize, x: usize, w: usize, offsets: usize, end: usize, tile: usize,
  filters: i32, i: i32, width: i32, outStep: usize, wStep: usize,
): void {
  const narrow = width - i <= 8 && filters > 1;
  const wide = narrow ? 8 : 16;
  const start = width < wide ? 0 : width - wide;
  const shift = floats(i - start);
  const count = floats(width - i);
  const step = floats(wide);
  x += floats(start);
  out += floats(i);
  for (let m = 0; m < filters;) {
    const left = filters - m;
    const many = min(left, narrow ? 4 : 2);
    for (let f = 0; f < many; ++f) move(tile + <usize>f * step + shift, out + <usize>f * outStep, count);
    if (narrow) {
      tile4x8(
        tile, x, w, w + <usize>min(1, left - 1) * wStep, w + <usize>min(2, left - 1) * wStep, w + <usize>min(3, left - 1) * wStep, offsets, end,
      );
    } else if (many == 2) tile2x16(tile, tile + step, x, w, w + wStep, offsets, end);
    else tile1x16(tile, x, w, offsets, end);
    for (let f = 0; f < many; ++f) move(out + <usize>f * outStep, tile + <usize>f * step + shift, count);
    m += many;
    out += <usize>many * outStep;
    w += <usize>many * wStep;
  }
}

function move(to: usize, from: usize, bytes: usize): void {
  for (const end = from + bytes; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}

function tile2x16(outA: usize, outB: usize, x: usize, wA: usize, wB: usize, at: usize, end: usize): void {
  let a0 = v128.load(outA);
  let a1 = v128.load(outA, 16);
  let a2 = v128.load(outA, 32);
  let a3 = v128.load(outA, 48);
  let b0 = v128.load(outB);
  let b1 = v128.load(outB, 16);
  let b2 = v128.load(outB, 32);
  let b3 = v128.load(outB, 48);
  for (; at < end; at += 4, wA += 4, wB += 4) {
    const from = x + load<i32>(at);
    const a = v128.load32_splat(wA);
    const b = v128.load32_splat(wB);
    const x0 = v128.load(from);
    const x1 = v128.load(from, 16);
    const x2 = v128.load(from, 32);
    const x3 = v128.load(from, 48);
    a0 = madd(x0, a, a0);
    b0 = madd(x0, b, b0);
    a1 = madd(x1, a, a1);
    b1 = madd(x1, b, b1);
    a2 = madd(x2, a, a2);
    b2 = madd(x2, b, b2);
    a3 = madd(x3, a, a3);
    b3 = madd(x3, b, b3);
  }
  v128.store(outA, a0);
  v128.store(outA, a1, 16);
  v128.store(outA, a2, 32);
  v128.store(outA, a3, 48);
  v128.store(outB, b0);
  v128.store(outB, b1, 16);
  v128.store(outB, b2, 32);
  v128.store(outB, b3, 48);
}

/** Four filters, their sums one after another. */
function tile4x8(out: usize, x: usize, wA: usize, wB: usize, wC: usize, wD: usize, at: usize, end: usize): void {
  let a0 = v128.load(out);
  let a1 = v128.load(out, 16);
  let b0 = v128.load(out, 32);
  let b1 = v128.load(out, 48);
  let c0 = v128.load(out, 64);
  let c1 = v128.load(out, 80);
  let d0 = v128.load(out, 96);
  let d1 = v128.load(out, 112);
  for (; at < end; at += 4, wA += 4, wB += 4, wC += 4, wD += 4) {
    const from = x + load<i32>(at);
    const a = v128.load32_splat(wA);
    const b = v128.load32_splat(wB);
    const c = v128.load32_splat(wC);
    const d = v128.load32_splat(wD);
    const x0 = v128.load(from);
    const x1 = v128.load(from, 16);
    a0 = madd(x0, a, a0);
    a1 = madd(x1, a, a1);
    b0 = madd(x0, b, b0);
    b1 = madd(x1, b, b1);
    c0 = madd(x0, c, c0);
    c1 = madd(x1, c, c1);
    d0 = madd(x0, d, d0);
    d1 = madd(x1, d, d1);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, b0, 32);
  v128.store(out, b1, 48);
  v128.store(out, c0, 64);
  v128.store(out, c1, 80);
  v128.store(out, d0, 96);
  v128.store(out, d1, 112);
}

function tile1x16(out: usize, x: usize, w: usize, at: usize, end: usize): void {
  let a0 = v128.load(out);
  let a1 = v128.load(out, 16);
  let a2 = v128.load(out, 32);
  let a3 = v128.load(out, 48);
  for (; at < end; at += 4, w += 4) {
    const from = x + load<i32>(at);
    const a = v128.load32_splat(w);
    a0 = madd(v128.load(from), a, a0);
    a1 = madd(v128.load(from, 16), a, a1);
    a2 = madd(v128.load(from, 32), a, a2);
    a3 = madd(v128.load(from, 48), a, a3);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
}

function tile1x32(out: usize, x: usize, w: usize, at: usize, end: usize): void {
  let a0 = v128.load(out);
  let a1 = v128.load(out, 16);
  let a2 = v128.load(out, 32);
  let a3 = v128.load(out, 48);
  let a4 = v128.load(out, 64);
  let a5 = v128.load(out, 80);
  let a6 = v128.load(out, 96);
  let a7 = v128.load(out, 112);
  for (; at < end; at += 4, w += 4) {
    const from = x + load<i32>(at);
    const a = v128.load32_splat(w);
    a0 = madd(v128.load(from), a, a0);
    a1 = madd(v128.load(from, 16), a, a1);
    a2 = madd(v128.load(from, 32), a, a2);
    a3 = madd(v128.load(from, 48), a, a3);
    a4 = madd(v128.load(from, 64), a, a4);
    a5 = madd(v128.load(from, 80), a, a5);
    a6 = madd(v128.load(from, 96), a, a6);
    a7 = madd(v128.load(from, 112), a, a7);
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
  v128.store(out, a4, 64);
  v128.store(out, a5, 80);
  v128.store(out, a6, 96);
  v128.store(out, a7, 112);
}
