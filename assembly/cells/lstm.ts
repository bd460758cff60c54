import { floats, padToLanes, padToTile } from '../abi';
import { flush4 } from '../lanes/flush';
import { madd } from '../lanes/madd';
import { sigmoid4 } from '../lanes/sigmoid';
import { tanh4 } from '../lanes/tanh';
import { storedAccumulate, storedAffine } from '../linear/stored';
import { clearPadding, flushRow } from './rows';

/**
 * Advances LSTMs by one time step, in place (Hochreiter & Schmidhuber 1997; gate order of torch.nn.LSTM).
 *
 *   i, f, o = σ(gates + W·h)      g = tanh(gates + W·h)
 *   c ← f ∘ c + i ∘ g             h ← o ∘ tanh(c), then W_hr · h if projected (Sak et al. 2014)
 *
 * @param h        state         f32[B × P]   read and written; P = projSize, or H without projection
 * @param c        cell state    f32[B × H]   read and written
 * @param gates    W·x + b       f32[B × 4H]  blocks i, f, g, o; rows padded to whole tiles; overwritten
 * @param wh       packed        f32[4H × (1 + P)]
 * @param wr       packed        f32[P × (1 + H)], bias zero; 0 without projection
 * @param scratch  workspace     f32[B × (H + P)], P padded to whole tiles; unused without projection
 * @param q        workspace     as in `storedAffine`
 */
export function lstmAdvance(
  h: usize, c: usize, gates: usize, wh: usize, wr: usize, scratch: usize, q: usize,
  batch: i32, hiddenSize: i32, projSize: i32,
): void {
  lstmStep(h, c, gates, 0, 0, wh, wr, scratch, q, batch, hiddenSize, projSize, false);
}

/**
 * `lstmAdvance` and `lstmRecord`, told apart when they are compiled.
 *
 * @param keep  whether `gates` becomes i, f, g, o after their activations, `before` (f32[B × H]) receives c as it came and
 *              `kept` (f32[B × H]) receives tanh(c) as it leaves: what the way back needs
 */
// @ts-ignore: decorator
@inline
export function lstmStep(
  h: usize, c: usize, gates: usize, before: usize, kept: usize, wh: usize, wr: usize, scratch: usize, q: usize,
  batch: i32, hiddenSize: i32, projSize: i32, keep: bool,
): void {
  const hidden = padToLanes(hiddenSize);
  const outputSize = projSize ? projSize : hiddenSize;
  const output = padToLanes(outputSize);
  const rows = padToTile(4 * hidden);
  storedAccumulate(gates, wh, h, q, batch, rows, output, rows, output);
  const unprojected = projSize ? scratch : h;
  for (let b = 0; b < batch; ++b) {
    const at = floats(b * hidden);
    lstmUpdate(unprojected + at, c + at, gates + floats(b * rows), before + at, kept + at, hidden, keep);
  }
  clearPadding(unprojected, batch, hiddenSize, hidden);
  clearPadding(c, batch, hiddenSize, hidden);
  if (projSize) {
    const projected = scratch + floats(batch * hidden);
    const projectedRows = padToTile(output);
    storedAffine(projected, wr, unprojected, q, batch, projectedRows, hidden, projectedRows, hidden);
    for (let b = 0; b < batch; ++b) {
      flushRow(h + floats(b * output), projected + floats(b * projectedRows), output);
    }
    clearPadding(h, batch, outputSize, output);
  }
}

/**
 * The gate update of one sequence, four units at a time: first all cells, then all outputs, because a unit's own chain
 * from gates to output is long, and turns of a short loop overlap where those of a long one do not. h need not be flushed:
 * it is 0 where c is, and 1e-30 times a gate at least where it is not.
 */
// @ts-ignore: decorator
@inline
function lstmUpdate(h: usize, c: usize, gates: usize, before: usize, kept: usize, hidden: i32, keep: bool): void {
  const block = floats(hidden);
  const forget = gates + block;
  const candidate = forget + block;
  const out = candidate + block;
  for (let j: usize = 0; j < block; j += 16) {
    const f = sigmoid4(v128.load(forget + j));
    const old = v128.load(c + j);
    const i = sigmoid4(v128.load(gates + j));
    const g = tanh4(v128.load(candidate + j));
    v128.store(c + j, flush4(madd(i, g, f32x4.mul(f, old))));
    if (keep) {
      v128.store(gates + j, i);
      v128.store(forget + j, f);
      v128.store(candidate + j, g);
      v128.store(before + j, old);
    }
  }
  for (let j: usize = 0; j < block; j += 16) {
    const o = sigmoid4(v128.load(out + j));
    const t = tanh4(v128.load(c + j));
    v128.store(h + j, f32x4.mul(o, t));
    if (keep) {
      v128.store(out + j, o);
      v128.store(kept + j, t);
    }
  }
}
