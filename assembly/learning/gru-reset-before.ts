import { floats, padToLanes, padToTile } from '../abi';
import { candidateRow, gruResetBeforeStep } from '../cells/gru';
import { madd } from '../lanes/madd';
import { slope4, tanhSlope4 } from '../lanes/slope';
import { affine, packedBytes } from '../linear/packed';
import { addRow } from './rows';

/**
 * `gruResetBeforeAdvance` that keeps what the way back needs.
 *
 * @param h      state       f32[B × H]   read and written
 * @param gates  W·x + b     blocks r, z, n, n at the next tile after z; become r, z, n after their activations
 * @param kept   f32[B × H]  receives r ∘ h
 * @param wh     two packed matrices: r and z f32[2H × (1 + H)], then n f32[H × (1 + H)], biases unused
 */
export function gruResetBeforeRecord(
  h: usize, gates: usize, kept: usize, wh: usize, batch: i32, hiddenSize: i32,
): void {
  gruResetBeforeStep(h, gates, kept, wh, 0, batch, hiddenSize, true);
}

/**
 * Takes the gradient of a loss back through one step of GRUs whose reset gate precedes the recurrent product.
 *
 *   δh = δout + δh′                     δn = δh ∘ (1 − z) ∘ (1 − n²)      δs = U_nᵀ·δn,  s = r ∘ h₋₁
 *   δz = δh ∘ (h₋₁ − n) ∘ z(1 − z)      δr = δs ∘ h₋₁ ∘ r(1 − r)
 *   δh₋₁ = δh ∘ z + δs ∘ r + U_rzᵀ·[δr, δz]
 *
 * @param gates    r, z, n     as `gruResetBeforeRecord` leaves them; become δr, δz, δn before their activations
 * @param dh       δh          f32[B × H]   rows padded to whole tiles; of this step's state, then of the one before
 * @param dout     δout        f32[B × H]   rows `outStride` floats apart
 * @param hBefore  h₋₁         f32[B × H]
 * @param whT      two packed matrices: f32[H × (1 + 2H)] of r and z, then f32[H × (1 + H)] of n, biases zero
 * @param scratch  workspace   f32[B × H]   rows padded to whole tiles
 */
export function gruResetBeforeBackward(
  gates: usize, dh: usize, dout: usize, hBefore: usize, whT: usize, scratch: usize,
  batch: i32, hiddenSize: i32, outStride: i32,
): void {
  const hidden = padToLanes(hiddenSize);
  const block = floats(hidden);
  const gateRows = candidateRow(hidden);
  const stateRows = padToTile(hidden);
  const rows = gateRows + stateRows;
  const candidate = floats(gateRows);
  for (let b = 0; b < batch; ++b) {
    const at = gates + floats(b * rows);
    const d = dh + floats(b * stateRows);
    for (let j: usize = 0; j < block; j += 16) {
      const z = v128.load(at + block + j);
      const n = v128.load(at + candidate + j);
      const dhj = f32x4.add(v128.load(d + j), v128.load(dout + floats(b * outStride) + j));
      const dz = f32x4.mul(f32x4.mul(dhj, f32x4.sub(v128.load(hBefore + floats(b * hidden) + j), n)), slope4(z));
      v128.store(at + block + j, dz);
      v128.store(at + candidate + j, f32x4.mul(f32x4.mul(dhj, f32x4.sub(f32x4.splat(1.0), z)), tanhSlope4(n)));
      v128.store(d + j, f32x4.mul(dhj, z));
    }
  }
  affine(scratch, whT + packedBytes(stateRows, gateRows), gates + candidate, batch, stateRows, stateRows, stateRows, rows);
  for (let b = 0; b < batch; ++b) {
    const at = gates + floats(b * rows);
    const d = dh + floats(b * stateRows);
    const s = scratch + floats(b * stateRows);
    for (let j: usize = 0; j < block; j += 16) {
      const r = v128.load(at + j);
      const ds = v128.load(s + j);
      v128.store(at + j, f32x4.mul(f32x4.mul(ds, v128.load(hBefore + floats(b * hidden) + j)), slope4(r)));
      v128.store(d + j, madd(ds, r, v128.load(d + j)));
    }
  }
  affine(scratch, whT, gates, batch, stateRows, gateRows, stateRows, rows);
  for (let b = 0; b < batch; ++b) addRow(dh + floats(b * stateRows), scratch + floats(b * stateRows), stateRows);
}
