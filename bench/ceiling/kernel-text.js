/**
 * The text of the ceiling's kernels. A variant reads weights, multiplies them by values that stay in registers and adds;
 * it does nothing else, so no product of a matrix and a vector that reads its weights from the same place can be faster.
 * Which variant a compiler treats best is found by timing them, not guessed: engines differ in how they spend registers.
 */

/** f32 lanes of a vector. */
const LANES = 4;

/** Vectors of 16 bytes: `accumulators` of them, `loads` weights a turn, each weight used for `reuse` accumulators. */
export const VARIANTS = [
  { name: 'read5', accumulators: 5, loads: 5, reuse: 1 },
  { name: 'read6', accumulators: 6, loads: 6, reuse: 1 },
  { name: 'read7', accumulators: 7, loads: 7, reuse: 1 },
  { name: 'read8', accumulators: 8, loads: 8, reuse: 1 },
  { name: 'pairs4', accumulators: 4, loads: 8, reuse: 1 },
  { name: 'pairs6', accumulators: 6, loads: 12, reuse: 1 },
  { name: 'tile2x4', accumulators: 8, loads: 4, reuse: 2 },
  { name: 'tile4x2', accumulators: 8, loads: 2, reuse: 4 },
  { name: 'tile3x3', accumulators: 9, loads: 3, reuse: 3 },
];

/** Weight bytes of one turn of a variant's loop. */
export const turnBytes = ({ loads }) => loads * LANES * 4;

/** Multiply-adds of one turn of a variant's loop. */
export const turnProducts = ({ loads, reuse }) => loads * reuse * LANES;

const weight = (i) => `(v128.load offset=${i * 16} (local.get $at))`;
const input = (i) => `(v128.load32_splat offset=${i * 4} (local.get $x))`;
const get = (name) => `(local.get $${name})`;
const set = (name, value) => `(local.set $${name} ${value})`;

/** a + w · x, fused where the build is the relaxed one. */
function multiplyAdd(relaxed, w, x, a) {
  return relaxed ? `(f32x4.relaxed_madd ${w} ${x} ${a})` : `(f32x4.add ${a} (f32x4.mul ${w} ${x}))`;
}

function turnBody({ accumulators, loads, reuse }, relaxed) {
  if (reuse > 1) {
    return Array.from({ length: accumulators }, (_, i) => {
      const w = i % loads;
      const step = Math.floor(i / loads);
      return set(`a${i}`, multiplyAdd(relaxed, get(`w${w}`), get(`s${step}`), get(`a${i}`)));
    });
  }
  // Two weights a turn into one accumulator, summed before they meet it: half the chain of additions on each of them.
  const pairs = loads > accumulators;
  return Array.from({ length: accumulators }, (_, i) => {
    if (!pairs) return set(`a${i}`, multiplyAdd(relaxed, weight(i), get('c0'), get(`a${i}`)));
    const first = `(f32x4.mul ${weight(2 * i)} ${get('c0')})`;
    const both = multiplyAdd(relaxed, weight(2 * i + 1), get('c1'), first);
    return set(`a${i}`, `(f32x4.add ${get(`a${i}`)} ${both})`);
  });
}

function variantFunction(variant, relaxed) {
  const { name, accumulators, loads, reuse } = variant;
  const tile = reuse > 1;
  const names = (letter, count) => Array.from({ length: count }, (_, i) => `${letter}${i}`);
  const locals = [
    ...names('a', accumulators),
    ...names('c', tile ? 0 : 2),
    ...names('w', tile ? loads : 0),
    ...names('s', tile ? reuse : 0),
  ];
  const sum = names('a', accumulators)
    .map(get)
    .reduce((left, right) => `(f32x4.add ${left} ${right})`);
  return `
  (func (export "${name}") (param $from i32) (param $to i32) (param $inputs i32) (param $repeats i32) (result f32)
    (local $at i32) (local $x i32) ${locals.map((local) => `(local $${local} v128)`).join(' ')}
    ${tile ? '' : names('c', 2).map((c, i) => `(local.set $${c} (v128.load32_splat offset=${i * 4} (local.get $inputs)))`)}
    (loop $again
      (local.set $at (local.get $from))
      (local.set $x (local.get $inputs))
      (loop $turn
        ${tile ? names('w', loads).map((w, i) => set(w, weight(i))) : ''}
        ${tile ? names('s', reuse).map((s, i) => set(s, input(i))) : ''}
        ${turnBody(variant, relaxed).join('\n        ')}
        (local.set $x (i32.add (local.get $x) (i32.const ${tile ? reuse * 4 : 0})))
        (br_if $turn (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const ${turnBytes(variant)}))) (local.get $to))))
      (br_if $again (local.tee $repeats (i32.sub (local.get $repeats) (i32.const 1)))))
    (f32x4.extract_lane 0 ${sum}))`.replaceAll(',(', '\n    (');
}

/** A module of all variants, importing its memory. */
export function kernelText(relaxed) {
  return `(module
  (import "env" "memory" (memory 1))${VARIANTS.map((variant) => variantFunction(variant, relaxed)).join('')})`;
}
