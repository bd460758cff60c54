import { floats, padToLanes, padToTile } from '../abi';
import { gruStep } from '../cells/gru';
import { slope4, tanhSlope4 } from '../lanes/slope';
import { affine } from '../linear/packed';
import { addRow } from './rows';

/**
 * `gruAdvance` that keeps what the way back needs.
 *
 * @param h        state       f32[B × H]    read and written
 * @param gates    W·x + b     f32[B × 3H]   becomes r, z, n after their activations
 * @param kept     f32[B × H]  receives U_n·h + c_n
 * @param wh       packed      f32[3H × (1 + H)], bias c
 * @param scratch  workspace   f32[B × 3H]   rows padded to whole tiles
 */
export function gruRecord(
  h: usize, gates: usize, kept: usize, wh: usize, scratch: usize, batch: i32, hiddenSize: i32,
): void {
  gruStep(h, gates, kept, wh, scratch, 0, batch, hiddenSize, true);
}

/**
 * Takes the gradient of a loss back through one step of GRUs whose reset gate follows the recurrent product.
 *
 *   δh = δout + δh′                     δn = δh ∘ (1 − z) ∘ (1 − n²)
 *   δz = δh ∘ (h₋₁ − n) ∘ z(1 − z)      δr = δn ∘ q ∘ r(1 − r),  q = U_n·h₋₁ + c_n
 *   δh₋₁ = δh ∘ z + Uᵀ·[δr, δz, δn ∘ r]
 *
 * @param gates      r, z, n     f32[B × 3H]   become δr, δz, δn before their activations: the gradient of W·x + b
 * @param recurrent  f32[B × 3H] receives δr, δz, δn ∘ r: the gradient of U·h + c
 * @param dh         δh          f32[B × H]    rows padded to whole tiles; of this step's state, then of the one before
 * @param dout       δout        f32[B × H]    rows `outStride` floats apart
 * @param hBefore    h₋₁         f32[B × H]
 * @param kept       q           f32[B × H]
 * @param whT        packed      f32[H × (1 + 3H)], bias zero
 * @param scratch    workspace   f32[B × H]    rows padded to whole tiles
 */
export function gruBackward(
  gates: usize, recurrent: usize, dh: usize, dout: usize, hBefore: usize, kept: usize, whT: usize, scratch: usize,
  batch: i32, hiddenSize: i32, outStride: i32,
): void {
  const hidden = padToLanes(hiddenSize);
  const rows = padToTile(3 * hidden);
  const stateRows = padToTile(hidden);
  const block = floats(hidden);
  for (let b = 0; b < batch; ++b) {
    const at = gates + floats(b * rows);
    const other = recurrent + floats(b * rows);
    const d = dh + floats(b * stateRows);
    const old = floats(b * hidden);
    for (let j: usize = 0; j < block; j += 16) {
      const r = v128.load(at + j);
      const z = v128.load(at + block + j);
      const n = v128.load(at + 2 * block + j);
      const dhj = f32x4.add(v128.load(d + j), v128.load(dout + floats(b * outStride) + j));
      const dn = f32x4.mul(f32x4.mul(dhj, f32x4.sub(f32x4.splat(1.0), z)), tanhSlope4(n));
      const dz = f32x4.mul(f32x4.mul(dhj, f32x4.sub(v128.load(hBefore + old + j), n)), slope4(z));
      const dr = f32x4.mul(f32x4.mul(dn, v128.load(kept + old + j)), slope4(r));
      v128.store(at + j, dr);
      v128.store(at + block + j, dz);
      v128.store(at + 2 * block + j, dn);
      v128.store(other + j, dr);
      v128.store(other + block + j, dz);
      v128.store(other + 2 * block + j, f32x4.mul(dn, r));
      v128.store(d + j, f32x4.mul(dhj, z));
    }
  }
  affine(scratch, whT, recurrent, batch, stateRows, rows, stateRows, rows);
  for (let b = 0; b < batch; ++b) addRow(dh + floats(b * stateRows), scratch + floats(b * stateRows), stateRows);
}
