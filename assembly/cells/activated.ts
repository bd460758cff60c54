import { Cell, aligned, floats, padToLanes, padToTile } from '../abi';
import { one4 } from '../lanes/constants';
import { flush4 } from '../lanes/flush';
import { madd } from '../lanes/madd';
import { flushTiny } from '../lanes/map';
import { accumulate, affine, packedBytes } from '../linear/packed';
import { ACTIVATION_BYTES, activate } from './activate';
import { candidateRow } from './gru';
import { gateRows } from './recurrence';
import { clearPadding, copyRow, flushRow } from './rows';

/**
 * The cells of `cellStep` and `cellSequence` with activations of any kind, which these have in their loops. Weights are
 * float32, and an LSTM is not projected. `activations` is three records, of the gates, of the candidate (or an RNN's sum) and
 * of an LSTM's c on its way to h, then f32, the bound of what goes into the first two (`clip`).
 */

/** One time step; parameters as in `cellStep`. */
export function activatedStep(
  h: usize, c: usize, x: usize, wx: usize, wh: usize, scratch: usize, activations: usize,
  cell: i32, batch: i32, inputSize: i32, hiddenSize: i32,
): void {
  assert(aligned(h) && aligned(c) && aligned(x) && aligned(scratch), 'activatedStep: h, c, x and scratch must be aligned');
  const rows = gateRows(cell, hiddenSize);
  const input = padToLanes(inputSize);
  flushTiny(x, batch * input);
  affine(scratch, wx, x, batch, rows, input, rows, input);
  advance(h, c, scratch, wh, scratch + floats(batch * rows), activations, cell, batch, hiddenSize);
}

/** A sequence whose input products are already in `gates`; parameters as in `cellSequence`. */
export function activatedSequence(
  out: usize, h: usize, c: usize, gates: usize, wh: usize, scratch: usize, activations: usize, counts: usize,
  cell: i32, steps: i32, hiddenSize: i32, outStride: i32, reverse: i32,
): void {
  assert(aligned(out) && aligned(h) && aligned(c), 'activatedSequence: out, h and c must be 16-byte aligned');
  assert(aligned(gates) && aligned(scratch), 'activatedSequence: gates and scratch must be 16-byte aligned');
  const rows = gateRows(cell, hiddenSize);
  const hidden = padToLanes(hiddenSize);
  let row = 0;
  if (reverse) for (let t = 0; t < steps; ++t) row += load<i32>(counts + floats(t));
  for (let t = 0; t < steps; ++t) {
    const batch = load<i32>(counts + floats(reverse ? steps - 1 - t : t));
    if (reverse) row -= batch;
    advance(h, c, gates + floats(row * rows), wh, scratch, activations, cell, batch, hiddenSize);
    for (let b = 0; b < batch; ++b) copyRow(out + floats((row + b) * outStride), h + floats(b * hidden), hidden);
    if (!reverse) row += batch;
  }
}

function advance(
  h: usize, c: usize, gates: usize, wh: usize, scratch: usize, activations: usize,
  cell: i32, batch: i32, hiddenSize: i32,
): void {
  const clip = load<f32>(activations + 3 * ACTIVATION_BYTES);
  if (cell == Cell.LSTM) lstm(h, c, gates, wh, activations, batch, hiddenSize, clip);
  else if (cell == Cell.GRU) gru(h, gates, wh, scratch, activations, batch, hiddenSize, clip);
  else if (cell == Cell.GRU_RESET_BEFORE) gruResetBefore(h, gates, wh, scratch, activations, batch, hiddenSize, clip);
  else rnn(h, gates, wh, activations, batch, hiddenSize, clip);
}

function rnn(h: usize, gates: usize, wh: usize, activations: usize, batch: i32, hiddenSize: i32, clip: f32): void {
  const hidden = padToLanes(hiddenSize);
  const rows = padToTile(hidden);
  accumulate(gates, wh, h, batch, rows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    const to = h + floats(b * hidden);
    const from = gates + floats(b * rows);
    activate(from, activations + ACTIVATION_BYTES, hidden, clip);
    flushRow(to, from, hidden);
  }
  clearPadding(h, batch, hiddenSize, hidden);
}

function lstm(
  h: usize, c: usize, gates: usize, wh: usize, activations: usize, batch: i32, hiddenSize: i32, clip: f32,
): void {
  const hidden = padToLanes(hiddenSize);
  const rows = padToTile(4 * hidden);
  const block = floats(hidden);
  accumulate(gates, wh, h, batch, rows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    const forget = gates + block;
    const candidate = forget + block;
    const out = candidate + block;
    activate(gates, activations, 2 * hidden, clip);
    activate(candidate, activations + ACTIVATION_BYTES, hidden, clip);
    activate(out, activations, hidden, clip);
    for (let j: usize = 0; j < block; j += 16) {
      const kept = f32x4.mul(v128.load(forget + j), v128.load(c + j));
      const cell = flush4(madd(v128.load(gates + j), v128.load(candidate + j), kept));
      v128.store(c + j, cell);
      v128.store(candidate + j, cell);
    }
    activate(candidate, activations + 2 * ACTIVATION_BYTES, hidden, <f32>Infinity);
    for (let j: usize = 0; j < block; j += 16) {
      v128.store(h + j, flush4(f32x4.mul(v128.load(out + j), v128.load(candidate + j))));
    }
    clearPadding(h, 1, hiddenSize, hidden);
    clearPadding(c, 1, hiddenSize, hidden);
    h += block;
    c += block;
    gates += floats(rows);
  }
}

function gru(
  h: usize, gates: usize, wh: usize, scratch: usize, activations: usize, batch: i32, hiddenSize: i32, clip: f32,
): void {
  const hidden = padToLanes(hiddenSize);
  const rows = padToTile(3 * hidden);
  const block = floats(hidden);
  affine(scratch, wh, h, batch, rows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    const n = gates + 2 * block;
    for (let j: usize = 0; j < 2 * block; j += 16) {
      v128.store(gates + j, f32x4.add(v128.load(gates + j), v128.load(scratch + j)));
    }
    activate(gates, activations, 2 * hidden, clip);
    for (let j: usize = 0; j < block; j += 16) {
      v128.store(n + j, madd(v128.load(gates + j), v128.load(scratch + 2 * block + j), v128.load(n + j)));
    }
    activate(n, activations + ACTIVATION_BYTES, hidden, clip);
    blend(h, gates + block, n, hiddenSize);
    h += block;
    gates += floats(rows);
    scratch += floats(rows);
  }
}

function gruResetBefore(
  h: usize, gates: usize, wh: usize, kept: usize, activations: usize, batch: i32, hiddenSize: i32, clip: f32,
): void {
  const hidden = padToLanes(hiddenSize);
  const block = floats(hidden);
  const firstRows = candidateRow(hidden);
  const candidateRows = padToTile(hidden);
  const rows = firstRows + candidateRows;
  const candidate = gates + floats(firstRows);
  accumulate(gates, wh, h, batch, firstRows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    const at = gates + floats(b * rows);
    const old = floats(b * hidden);
    activate(at, activations, 2 * hidden, clip);
    for (let j: usize = 0; j < block; j += 16) {
      v128.store(kept + old + j, flush4(f32x4.mul(v128.load(at + j), v128.load(h + old + j))));
    }
  }
  clearPadding(kept, batch, hiddenSize, hidden);
  accumulate(candidate, wh + packedBytes(firstRows, hidden), kept, batch, candidateRows, hidden, rows, hidden);
  for (let b = 0; b < batch; ++b) {
    const n = candidate + floats(b * rows);
    activate(n, activations + ACTIVATION_BYTES, hidden, clip);
    blend(h + floats(b * hidden), gates + floats(b * rows) + block, n, hiddenSize);
  }
}

/** h ← (1 − z) ∘ n + z ∘ h */
function blend(h: usize, z: usize, n: usize, hiddenSize: i32): void {
  const hidden = padToLanes(hiddenSize);
  for (let j: usize = 0; j < floats(hidden); j += 16) {
    const share = v128.load(z + j);
    const fresh = f32x4.mul(f32x4.sub(one4(), share), v128.load(n + j));
    v128.store(h + j, flush4(madd(share, v128.load(h + j), fresh)));
  }
  clearPadding(h, 1, hiddenSize, hidden);
}
