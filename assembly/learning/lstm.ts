import { floats, padToLanes, padToTile } from '../abi';
import { lstmStep } from '../cells/lstm';
import { madd } from '../lanes/madd';
import { slope4, tanhSlope4 } from '../lanes/slope';
import { affine } from '../linear/packed';
import { addRow } from './rows';

/**
 * `lstmAdvance` that keeps what the way back needs.
 *
 * @param h        state         f32[B × P]   read and written
 * @param c        cell state    f32[B × H]   read and written
 * @param gates    W·x + b       f32[B × 4H]  becomes i, f, g, o after their activations
 * @param before   f32[B × H]    receives c as it came
 * @param kept     f32[B × H]    receives tanh(c) as it leaves
 * @param wh       packed        f32[4H × (1 + P)]
 * @param wr       packed        f32[P × (1 + H)]; 0 without projection
 * @param scratch  workspace     f32[B × (H + P)], P padded to whole tiles; unused without projection
 */
export function lstmRecord(
  h: usize, c: usize, gates: usize, before: usize, kept: usize, wh: usize, wr: usize, scratch: usize,
  batch: i32, hiddenSize: i32, projSize: i32,
): void {
  lstmStep(h, c, gates, before, kept, wh, wr, scratch, 0, batch, hiddenSize, projSize, true);
}

/**
 * Takes the gradient of a loss back through one step of LSTMs.
 *
 *   δh = δout + δh′                 (through W_hrᵀ where projected)
 *   δc = δc′ + δh ∘ o ∘ (1 − tanh²c)
 *   δi = δc ∘ g ∘ i(1 − i)          δf = δc ∘ c₋₁ ∘ f(1 − f)
 *   δg = δc ∘ i ∘ (1 − g²)          δo = δh ∘ tanh(c) ∘ o(1 − o)
 *   δc₋₁ = δc ∘ f                   δh₋₁ = Uᵀ·[δi, δf, δg, δo]
 *
 * @param gates    i, f, g, o    f32[B × 4H]   become δi, δf, δg, δo before their activations
 * @param dh       δh            f32[B × P]    rows padded to whole tiles; of this step's state, then of the one before
 * @param dc       δc            f32[B × H]    likewise
 * @param dout     δout          f32[B × P]    rows `outStride` floats apart; receives δh where projected
 * @param before   c₋₁           f32[B × H]
 * @param kept     tanh(c)       f32[B × H]    becomes o ∘ tanh(c), which W_hr was multiplied with, where projected
 * @param whT      packed        f32[P × (1 + 4H)], bias zero
 * @param wrT      packed        f32[H × (1 + P)], bias zero; 0 without projection
 * @param scratch  workspace     f32[B × H], rows padded to whole tiles
 */
export function lstmBackward(
  gates: usize, dh: usize, dc: usize, dout: usize, before: usize, kept: usize, whT: usize, wrT: usize, scratch: usize,
  batch: i32, hiddenSize: i32, projSize: i32, outStride: i32,
): void {
  const hidden = padToLanes(hiddenSize);
  const output = padToLanes(projSize ? projSize : hiddenSize);
  const rows = padToTile(4 * hidden);
  const stateRows = padToTile(output);
  const hiddenRows = padToTile(hidden);
  for (let b = 0; b < batch; ++b) {
    if (projSize) addRow(dout + floats(b * outStride), dh + floats(b * stateRows), output);
    else addRow(dh + floats(b * stateRows), dout + floats(b * outStride), output);
  }
  if (projSize) affine(scratch, wrT, dout, batch, hiddenRows, output, hiddenRows, outStride);
  for (let b = 0; b < batch; ++b) {
    const at = floats(b * hidden);
    const from = projSize ? scratch + floats(b * hiddenRows) : dh + floats(b * stateRows);
    lstmSlope(gates + floats(b * rows), from, dc + at, before + at, kept + at, hidden, projSize);
  }
  affine(dh, whT, gates, batch, stateRows, rows, stateRows, rows);
}

function lstmSlope(
  gates: usize, dh: usize, dc: usize, before: usize, kept: usize, hidden: i32, projSize: i32,
): void {
  const block = floats(hidden);
  for (let j: usize = 0; j < block; j += 16) {
    const at = gates + j;
    const i = v128.load(at);
    const f = v128.load(at + block);
    const g = v128.load(at + 2 * block);
    const o = v128.load(at + 3 * block);
    const t = v128.load(kept + j);
    const dhj = v128.load(dh + j);
    const dcj = madd(tanhSlope4(t), f32x4.mul(dhj, o), v128.load(dc + j));
    v128.store(at, f32x4.mul(f32x4.mul(dcj, g), slope4(i)));
    v128.store(at + block, f32x4.mul(f32x4.mul(dcj, v128.load(before + j)), slope4(f)));
    v128.store(at + 2 * block, f32x4.mul(f32x4.mul(dcj, i), tanhSlope4(g)));
    v128.store(at + 3 * block, f32x4.mul(f32x4.mul(dhj, t), slope4(o)));
    v128.store(dc + j, f32x4.mul(dcj, f));
    if (projSize) v128.store(kept + j, f32x4.mul(o, t));
  }
}
