import { Cell, floats, padToLanes, padToTile } from '../abi';
import { flush4 } from '../lanes/flush';
import { relu4 } from '../lanes/relu';
import { tanh4 } from '../lanes/tanh';
import { storedAccumulate } from '../linear/stored';
import { clearPadding } from './rows';

/**
 * Advances vanilla (Elman) RNNs by one time step, in place: h ← φ(gates + W·h).
 *
 * @param h      state         f32[B × H]   read and written
 * @param gates  W·x + b       f32[B × H]   rows padded to whole tiles; overwritten
 * @param wh     packed        f32[H × (1 + H)]
 * @param q      workspace     as in `storedAffine`
 */
export function rnnAdvance(h: usize, gates: usize, wh: usize, q: usize, cell: i32, batch: i32, hiddenSize: i32): void {
  rnnStep(h, gates, wh, q, cell, batch, hiddenSize, false);
}

/**
 * `rnnAdvance` and `rnnRecord`, told apart when they are compiled.
 *
 * @param keep  whether `gates` becomes the new h: what the way back needs
 */
// @ts-ignore: decorator
@inline
export function rnnStep(
  h: usize, gates: usize, wh: usize, q: usize, cell: i32, batch: i32, hiddenSize: i32, keep: bool,
): void {
  const hidden = padToLanes(hiddenSize);
  const rows = padToTile(hidden);
  storedAccumulate(gates, wh, h, q, batch, rows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    const to = h + floats(b * hidden);
    const from = gates + floats(b * rows);
    for (let j: usize = 0, end = floats(hidden); j < end; j += 16) {
      const a = v128.load(from + j);
      const y = flush4(cell == Cell.RNN_RELU ? relu4(a) : tanh4(a));
      v128.store(to + j, y);
      if (keep) v128.store(from + j, y);
    }
  }
  clearPadding(h, batch, hiddenSize, hidden);
  if (keep) clearPadding(gates, batch, hiddenSize, rows);
}
