import { floats, padToLanes, padToTile } from '../abi';
import { madd } from '../lanes/madd';
import { sigmoid4 } from '../lanes/sigmoid';
import { tanh4 } from '../lanes/tanh';
import { storedAccumulate, storedAffine } from '../linear/stored';
import { clearPadding, copyRow } from './rows';

/**
 * Advances LSTMs by one time step, in place (Hochreiter & Schmidhuber 1997; gate order of torch.nn.LSTM).
 *
 *   i, f, o = σ(gates + W·h)      g = tanh(gates + W·h)
 *   c ← f ∘ c + i ∘ g             h ← o ∘ tanh(c), then W_hr · h if projected (Sak et al. 2014)
 *
 * @param h        state        f32[B × P]    read and written; P = projSize, or H without projection
 * @param c        cell state   f32[B × H]    read and written
 * @param gates    W·x + b      f32[B × 4H]   blocks i, f, g, o; rows padded to whole tiles; overwritten
 * @param wh       packed       f32[4H × (1 + P)]
 * @param wr       packed       f32[P × (1 + H)], bias zero; 0 without projection
 * @param scratch  workspace    f32[B × (H + P)], P padded to whole tiles; unused without projection
 * @param q        workspace    as in `storedAffine`
 */
export function lstmAdvance(
  h: usize, c: usize, gates: usize, wh: usize, wr: usize, scratch: usize, q: usize,
  batch: i32, hiddenSize: i32, projSize: i32,
): void {
  const hidden = padToLanes(hiddenSize);
  const outputSize = projSize ? projSize : hiddenSize;
  const output = padToLanes(outputSize);
  const rows = padToTile(4 * hidden);
  storedAccumulate(gates, wh, h, q, batch, rows, output, rows, output);
  const unprojected = projSize ? scratch : h;
  for (let b = 0; b < batch; ++b) {
    const cb = c + floats(b * hidden);
    const hb = unprojected + floats(b * hidden);
    lstmUpdate(hb, cb, gates + floats(b * rows), hidden);
    clearPadding(hb, hiddenSize, hidden);
    clearPadding(cb, hiddenSize, hidden);
  }
  if (projSize) {
    const projected = scratch + floats(batch * hidden);
    const projectedRows = padToTile(output);
    storedAffine(projected, wr, unprojected, q, batch, projectedRows, hidden, projectedRows, hidden);
    for (let b = 0; b < batch; ++b) {
      copyRow(h + floats(b * output), projected + floats(b * projectedRows), output);
      clearPadding(h + floats(b * output), outputSize, output);
    }
  }
}

/**
 * The gate update of one sequence, four units at a time: first all cells, then all outputs, because a unit's own chain
 * from gates to output is long, and turns of a short loop overlap where those of a long one do not.
 */
function lstmUpdate(h: usize, c: usize, gates: usize, hidden: i32): void {
  const block = floats(hidden);
  const f = gates + block;
  const g = f + block;
  const o = g + block;
  for (let j: usize = 0; j < block; j += 16) {
    const kept = f32x4.mul(sigmoid4(v128.load(f + j)), v128.load(c + j));
    v128.store(c + j, madd(sigmoid4(v128.load(gates + j)), tanh4(v128.load(g + j)), kept));
  }
  for (let j: usize = 0; j < block; j += 16) {
    v128.store(h + j, f32x4.mul(sigmoid4(v128.load(o + j)), tanh4(v128.load(c + j))));
  }
}
