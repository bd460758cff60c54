import { Cell, aligned, floats, padToLanes, padToTile } from '../abi';
import { gateRows } from '../cells/recurrence';
import { copyRow } from '../cells/rows';
import { gruBackward, gruRecord } from './gru';
import { gruResetBeforeBackward, gruResetBeforeRecord } from './gru-reset-before';
import { lstmBackward, lstmRecord } from './lstm';
import { rnnBackward, rnnRecord } from './rnn';

/**
 * `cellSequence` that keeps what the way back needs; the same results, bit for bit.
 *
 * @param out      outputs         f32[ΣB_t × P]    rows `outStride` floats apart
 * @param h        state           f32[B × P]       read and written
 * @param c        cell state      f32[B × H]       LSTM only
 * @param gates    W·x + b         f32[ΣB_t × G·H]  become the gates after their activations
 * @param hBefore  f32[ΣB_t × P]   receives h before each step
 * @param cBefore  f32[ΣB_t × H]   receives c before each step; LSTM only
 * @param kept     f32[ΣB_t × H]   receives what the cell's own function keeps; not RNN
 * @param counts   rows per step   i32[T]           never rising
 * @param reverse  1 runs from the last step to the first
 */
export function cellRecord(
  out: usize, h: usize, c: usize, gates: usize, hBefore: usize, cBefore: usize, kept: usize,
  wh: usize, wr: usize, scratch: usize, counts: usize,
  cell: i32, steps: i32, hiddenSize: i32, projSize: i32, outStride: i32, reverse: i32,
): void {
  assert(aligned(out) && aligned(h) && aligned(c), 'cellRecord: out, h and c must be 16-byte aligned');
  assert(aligned(gates) && aligned(hBefore) && aligned(cBefore) && aligned(kept), 'cellRecord: records must be aligned');
  const rows = gateRows(cell, hiddenSize);
  const hidden = padToLanes(hiddenSize);
  const output = padToLanes(projSize ? projSize : hiddenSize);
  let row = reverse ? rowsOf(counts, steps) : 0;
  for (let t = 0; t < steps; ++t) {
    const batch = load<i32>(counts + floats(reverse ? steps - 1 - t : t));
    if (reverse) row -= batch;
    const g = gates + floats(row * rows);
    const k = kept + floats(row * hidden);
    for (let b = 0; b < batch; ++b) copyRow(hBefore + floats((row + b) * output), h + floats(b * output), output);
    if (cell == Cell.LSTM) {
      lstmRecord(h, c, g, cBefore + floats(row * hidden), k, wh, wr, scratch, batch, hiddenSize, projSize);
    } else if (cell == Cell.GRU) gruRecord(h, g, k, wh, scratch, batch, hiddenSize);
    else if (cell == Cell.GRU_RESET_BEFORE) gruResetBeforeRecord(h, g, k, wh, batch, hiddenSize);
    else rnnRecord(h, g, wh, cell, batch, hiddenSize);
    for (let b = 0; b < batch; ++b) copyRow(out + floats((row + b) * outStride), h + floats(b * output), output);
    if (!reverse) row += batch;
  }
}

/**
 * Takes the gradient of a loss back through a whole sequence that `cellRecord` ran, from its last step to its first.
 *
 * @param gates      f32[ΣB_t × G·H]  the gates; become the gradient of W·x + b
 * @param recurrent  f32[ΣB_t × 3H]   receives the gradient of U·h + c where that is another; GRU only
 * @param dh         f32[B × P]       rows padded to whole tiles: gradient of the final state, then of the initial one
 * @param dc         f32[B × H]       the same of c; LSTM only
 * @param dout       f32[ΣB_t × P]    gradient of the outputs, rows `outStride` floats apart; overwritten where projected
 * @param whT, wrT   packed           the transposed weights, as the cell's own function wants them
 * @param scratch    workspace        f32[B × H], rows padded to whole tiles
 * @param reverse    the direction in which the sequence was run
 */
export function cellBackward(
  gates: usize, recurrent: usize, dh: usize, dc: usize, dout: usize, hBefore: usize, cBefore: usize, kept: usize,
  whT: usize, wrT: usize, scratch: usize, counts: usize,
  cell: i32, steps: i32, hiddenSize: i32, projSize: i32, outStride: i32, reverse: i32,
): void {
  assert(aligned(gates) && aligned(recurrent) && aligned(dh) && aligned(dc), 'cellBackward: gradients must be aligned');
  assert(aligned(dout) && aligned(scratch) && (outStride & 3) == 0, 'cellBackward: dout and scratch must be aligned');
  const rows = gateRows(cell, hiddenSize);
  const hidden = padToLanes(hiddenSize);
  const output = padToLanes(projSize ? projSize : hiddenSize);
  let row = reverse ? 0 : rowsOf(counts, steps);
  for (let t = 0; t < steps; ++t) {
    const batch = load<i32>(counts + floats(reverse ? t : steps - 1 - t));
    if (!reverse) row -= batch;
    const g = gates + floats(row * rows);
    const d = dout + floats(row * outStride);
    const h = hBefore + floats(row * output);
    const k = kept + floats(row * hidden);
    if (cell == Cell.LSTM) {
      const c = cBefore + floats(row * hidden);
      lstmBackward(g, dh, dc, d, c, k, whT, wrT, scratch, batch, hiddenSize, projSize, outStride);
    } else if (cell == Cell.GRU) {
      const r = recurrent + floats(row * rows);
      gruBackward(g, r, dh, d, h, k, whT, scratch, batch, hiddenSize, outStride);
    } else if (cell == Cell.GRU_RESET_BEFORE) {
      gruResetBeforeBackward(g, dh, d, h, whT, scratch, batch, hiddenSize, outStride);
    } else rnnBackward(g, dh, d, whT, cell, batch, hiddenSize, outStride);
    if (reverse) row += batch;
  }
}

function rowsOf(counts: usize, steps: i32): i32 {
  let rows = 0;
  for (let t = 0; t < steps; ++t) rows += load<i32>(counts + floats(t));
  return rows;
}
