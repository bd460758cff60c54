import { floats, padToLanes, padToTile } from '../abi';
import { flush4 } from '../lanes/flush';
import { madd } from '../lanes/madd';
import { sigmoid4 } from '../lanes/sigmoid';
import { tanh4 } from '../lanes/tanh';
import { storedAccumulate, storedAffine, storedBytes } from '../linear/stored';
import { clearPadding } from './rows';

/**
 * Advances GRUs by one time step, in place, the reset gate applied after the recurrent product (torch.nn.GRU).
 *
 *   r = σ(gates_r + U_r·h + c_r)      n = tanh(gates_n + r ∘ (U_n·h + c_n))
 *   z = σ(gates_z + U_z·h + c_z)      h ← n + z ∘ (h − n)
 *
 * @param h        state        f32[B × H]    read and written
 * @param gates    W·x + b      f32[B × 3H]   blocks r, z, n; rows padded to whole tiles; overwritten
 * @param wh       packed       f32[3H × (1 + H)], bias c
 * @param scratch  workspace    f32[B × 3H]   rows padded to whole tiles
 * @param q        workspace    as in `storedAffine`
 */
export function gruAdvance(h: usize, gates: usize, wh: usize, scratch: usize, q: usize, batch: i32, hiddenSize: i32): void {
  gruStep(h, gates, 0, wh, scratch, q, batch, hiddenSize, false);
}

/**
 * `gruAdvance` and `gruRecord`, told apart when they are compiled.
 *
 * @param keep  whether n comes into `gates` beside r and z, and `kept` (f32[B × H]) receives U_n·h + c_n: what the way back needs
 */
// @ts-ignore: decorator
@inline
export function gruStep(
  h: usize, gates: usize, kept: usize, wh: usize, scratch: usize, q: usize, batch: i32, hiddenSize: i32, keep: bool,
): void {
  const hidden = padToLanes(hiddenSize);
  const rows = padToTile(3 * hidden);
  const block = floats(hidden);
  const states = h;
  storedAffine(scratch, wh, h, q, batch, rows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    const reset = gates;
    const update = reset + block;
    const candidate = update + block;
    // Two short loops: their turns overlap, where those of one with all three gates do not.
    for (let j: usize = 0; j < 2 * block; j += 16) {
      v128.store(gates + j, sigmoid4(f32x4.add(v128.load(gates + j), v128.load(scratch + j))));
    }
    const products = scratch + 2 * block;
    for (let j: usize = 0; j < block; j += 16) {
      const product = v128.load(products + j);
      const n = tanh4(madd(v128.load(reset + j), product, v128.load(candidate + j)));
      v128.store(h + j, flush4(madd(v128.load(update + j), f32x4.sub(v128.load(h + j), n), n)));
      if (keep) {
        v128.store(candidate + j, n);
        v128.store(kept + j, product);
      }
    }
    h += block;
    kept += block;
    gates += floats(rows);
    scratch += floats(rows);
  }
  clearPadding(states, batch, hiddenSize, hidden);
}

/** Where the candidate's rows begin when r and z are packed apart from it. */
export function candidateRow(hidden: i32): i32 {
  return padToTile(2 * hidden);
}

/**
 * The same with the reset gate applied before the product (Cho et al. 2014): n = tanh(gates_n + U_n·(r ∘ h)).
 *
 * @param gates    W·x + b      blocks r, z, n; n begins at the next panel after z; overwritten
 * @param wh       two packed matrices: r and z f32[2H × (1 + H)], then n f32[H × (1 + H)], biases unused
 * @param scratch  workspace    f32[B × H]
 * @param q        workspace    as in `storedAffine`
 */
export function gruResetBeforeAdvance(
  h: usize, gates: usize, wh: usize, scratch: usize, q: usize, batch: i32, hiddenSize: i32,
): void {
  gruResetBeforeStep(h, gates, scratch, wh, q, batch, hiddenSize, false);
}

/**
 * `gruResetBeforeAdvance` and `gruResetBeforeRecord`, told apart when they are compiled.
 *
 * @param kept  f32[B × H]  receives r ∘ h
 * @param keep  whether `gates` becomes r, z, n after their activations: what the way back needs
 */
// @ts-ignore: decorator
@inline
export function gruResetBeforeStep(
  h: usize, gates: usize, kept: usize, wh: usize, q: usize, batch: i32, hiddenSize: i32, keep: bool,
): void {
  const hidden = padToLanes(hiddenSize);
  const block = floats(hidden);
  const gateRows = candidateRow(hidden);
  const candidateRows = padToTile(hidden);
  const rows = gateRows + candidateRows;
  const candidate = floats(gateRows);
  const states = h;
  storedAccumulate(gates, wh, h, q, batch, gateRows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    const at = gates + floats(b * rows);
    const old = floats(b * hidden);
    for (let j: usize = 0; j < block; j += 16) {
      const r = sigmoid4(v128.load(at + j));
      v128.store(kept + old + j, flush4(f32x4.mul(r, v128.load(h + old + j))));
      if (keep) v128.store(at + j, r);
    }
  }
  clearPadding(kept, batch, hiddenSize, hidden);
  const wn = wh + storedBytes(gateRows, hidden, q);
  storedAccumulate(gates + candidate, wn, kept, q, batch, candidateRows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    for (let j: usize = 0; j < block; j += 16) {
      const z = sigmoid4(v128.load(gates + block + j));
      const n = tanh4(v128.load(gates + candidate + j));
      v128.store(h + j, flush4(madd(z, f32x4.sub(v128.load(h + j), n), n)));
      if (keep) {
        v128.store(gates + block + j, z);
        v128.store(gates + candidate + j, n);
      }
    }
    h += block;
    gates += floats(rows);
  }
  clearPadding(states, batch, hiddenSize, hidden);
}
