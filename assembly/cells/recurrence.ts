import { Cell, aligned, floats, padToLanes, padToTile } from '../abi';
import { flushTiny } from '../lanes/map';
import { storedAffine } from '../linear/stored';
import { gruAdvance, gruResetBeforeAdvance } from './gru';
import { lstmAdvance } from './lstm';
import { rnnAdvance } from './rnn';
import { copyRow } from './rows';

/** Floats in one row of gates: W·x + b of every gate of a cell. */
export function gateRows(cell: i32, hiddenSize: i32): i32 {
  const hidden = padToLanes(hiddenSize);
  if (cell == Cell.LSTM) return padToTile(4 * hidden);
  if (cell == Cell.GRU) return padToTile(3 * hidden);
  if (cell == Cell.GRU_RESET_BEFORE) return padToTile(2 * hidden) + padToTile(hidden);
  return padToTile(hidden);
}

/** One time step of any cell; parameters as in the cell's own function. */
function advance(
  h: usize, c: usize, gates: usize, wh: usize, wr: usize, scratch: usize, q: usize,
  cell: i32, batch: i32, hiddenSize: i32, projSize: i32,
): void {
  if (cell == Cell.LSTM) lstmAdvance(h, c, gates, wh, wr, scratch, q, batch, hiddenSize, projSize);
  else if (cell == Cell.GRU) gruAdvance(h, gates, wh, scratch, q, batch, hiddenSize);
  else if (cell == Cell.GRU_RESET_BEFORE) gruResetBeforeAdvance(h, gates, wh, scratch, q, batch, hiddenSize);
  else rnnAdvance(h, gates, wh, q, cell, batch, hiddenSize);
}

/**
 * Advances a batch of recurrent states by one input each, in place.
 *
 * @param h        state           f32[B × P]       read and written; P = projSize, or H without projection
 * @param c        cell state      f32[B × H]       LSTM only, 0 otherwise
 * @param x        input           f32[B × I]       may not overlap h; what is below 1e-30 becomes 0
 * @param wx       packed matrix   f32[G·H × (1 + I)]
 * @param wh       packed          as the cell's own function wants it
 * @param wr       packed matrix   f32[P × (1 + H)] LSTM with projection, 0 otherwise
 * @param scratch  workspace       one row of gates for each sequence, then the cell's own
 * @param q        workspace       as in `storedAffine`, for the widest product: 0 says that all matrices are float32, else all are int8
 */
export function cellStep(
  h: usize, c: usize, x: usize, wx: usize, wh: usize, wr: usize, scratch: usize, q: usize,
  cell: i32, batch: i32, inputSize: i32, hiddenSize: i32, projSize: i32,
): void {
  assert(aligned(h) && aligned(c) && aligned(x) && aligned(scratch), 'cellStep: h, c, x and scratch must be 16-byte aligned');
  const rows = gateRows(cell, hiddenSize);
  const input = padToLanes(inputSize);
  flushTiny(x, batch * input);
  storedAffine(scratch, wx, x, q, batch, rows, input, rows, input);
  advance(h, c, scratch, wh, wr, scratch + floats(batch * rows), q, cell, batch, hiddenSize, projSize);
}

/**
 * Runs a recurrence over a whole sequence whose input products are already in `gates`, in place.
 *
 * Sequences of different lengths come sorted by falling length, their rows packed step by step as in PyTorch's
 * PackedSequence: step t holds counts[t] rows, those of the sequences that reach it. A sequence that has ended keeps its
 * state; in reverse, one that has not begun keeps its initial one.
 *
 * @param out      outputs         f32[ΣB_t × P]    rows `outStride` floats apart; may not overlap gates
 * @param h        state           f32[B × P]       read and written
 * @param c        cell state      f32[B × H]       LSTM only, 0 otherwise
 * @param gates    W·x + b         f32[ΣB_t × G·H]  overwritten
 * @param q        workspace       as in `cellStep`
 * @param counts   rows per step   i32[T]           never rising
 * @param reverse  1 runs from the last step to the first
 */
export function cellSequence(
  out: usize, h: usize, c: usize, gates: usize, wh: usize, wr: usize, scratch: usize, q: usize, counts: usize,
  cell: i32, steps: i32, hiddenSize: i32, projSize: i32, outStride: i32, reverse: i32,
): void {
  assert(aligned(out) && aligned(h) && aligned(c), 'cellSequence: out, h and c must be 16-byte aligned');
  assert(aligned(gates) && aligned(scratch), 'cellSequence: gates and scratch must be 16-byte aligned');
  const rows = gateRows(cell, hiddenSize);
  const output = padToLanes(projSize ? projSize : hiddenSize);
  let row = 0;
  if (reverse) for (let t = 0; t < steps; ++t) row += load<i32>(counts + floats(t));
  for (let t = 0; t < steps; ++t) {
    const batch = load<i32>(counts + floats(reverse ? steps - 1 - t : t));
    if (reverse) row -= batch;
    advance(h, c, gates + floats(row * rows), wh, wr, scratch, q, cell, batch, hiddenSize, projSize);
    for (let b = 0; b < batch; ++b) copyRow(out + floats((row + b) * outStride), h + floats(b * output), output);
    if (!reverse) row += batch;
  }
}
