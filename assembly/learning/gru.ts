import { floats, padToLanes, padToTile } from '../abi';
import { clearPadding } from '../cells/rows';
import { madd } from '../lanes/madd';
import { sigmoid4 } from '../lanes/sigmoid';
import { slope4, tanhSlope4 } from '../lanes/slope';
import { tanh4 } from '../lanes/tanh';
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
  const hidden = padToLanes(hiddenSize);
  const rows = padToTile(3 * hidden);
  const block = floats(hidden);
  affine(scratch, wh, h, batch, rows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    for (let j: usize = 0; j < block; j += 16) {
      const x = gates + j;
      const u = scratch + j;
      const r = sigmoid4(f32x4.add(v128.load(x), v128.load(u)));
      const z = sigmoid4(f32x4.add(v128.load(x + block), v128.load(u + block)));
      const q = v128.load(u + 2 * block);
      const n = tanh4(madd(r, q, v128.load(x + 2 * block)));
      v128.store(x, r);
      v128.store(x + block, z);
      v128.store(x + 2 * block, n);
      v128.store(kept + j, q);
      v128.store(h + j, madd(z, f32x4.sub(v128.load(h + j), n), n));
    }
    clearPadding(h, hiddenSize, hidden);
    h += block;
    kept += block;
    gates += floats(rows);
    scratch += floats(rows);
  }
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
