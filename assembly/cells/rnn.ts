import { Cell, floats, padToLanes, padToTile } from '../abi';
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
  const hidden = padToLanes(hiddenSize);
  const rows = padToTile(hidden);
  storedAccumulate(gates, wh, h, q, batch, rows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    for (let j: usize = 0, end = floats(hidden); j < end; j += 16) {
      const a = v128.load(gates + j);
      v128.store(h + j, cell == Cell.RNN_RELU ? relu4(a) : tanh4(a));
    }
    clearPadding(h, hiddenSize, hidden);
    h += floats(hidden);
    gates += floats(rows);
  }
}
