import { Cell, floats, padToLanes, padToTile } from '../abi';
import { rnnStep } from '../cells/rnn';
import { reluSlope4, tanhSlope4 } from '../lanes/slope';
import { affine } from '../linear/packed';

/**
 * `rnnAdvance` that keeps what the way back needs: `gates` becomes φ(gates + U·h), the new h.
 *
 * @param h      state       f32[B × H]   read and written
 * @param gates  W·x + b     f32[B × H]   rows padded to whole tiles
 * @param wh     packed      f32[H × (1 + H)]
 */
export function rnnRecord(h: usize, gates: usize, wh: usize, cell: i32, batch: i32, hiddenSize: i32): void {
  rnnStep(h, gates, wh, 0, cell, batch, hiddenSize, true);
}

/**
 * Takes the gradient of a loss back through one step of RNNs: δa = (δout + δh′) ∘ φ′, δh₋₁ = Uᵀ·δa.
 *
 * @param gates  h              f32[B × H]   becomes δa
 * @param dh     δh             f32[B × H]   rows padded to whole tiles; of this step's state, then of the one before
 * @param dout   δout           f32[B × H]   rows `outStride` floats apart
 * @param whT    packed         f32[H × (1 + H)], bias zero
 */
export function rnnBackward(
  gates: usize, dh: usize, dout: usize, whT: usize, cell: i32, batch: i32, hiddenSize: i32, outStride: i32,
): void {
  const hidden = padToLanes(hiddenSize);
  const rows = padToTile(hidden);
  for (let b = 0; b < batch; ++b) {
    const at = gates + floats(b * rows);
    for (let j: usize = 0, end = floats(hidden); j < end; j += 16) {
      const d = f32x4.add(v128.load(dh + floats(b * rows) + j), v128.load(dout + floats(b * outStride) + j));
      const y = v128.load(at + j);
      v128.store(at + j, cell == Cell.RNN_RELU ? reluSlope4(y, d) : f32x4.mul(d, tanhSlope4(y)));
    }
  }
  affine(dh, whT, gates, batch, rows, rows, rows, rows);
}
