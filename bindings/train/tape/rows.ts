import type { Engine } from '../../index.js';
import { copyRows } from '../../weights/packing.js';
import type { Pieces, Rows } from '../links/link.js';
import type { Block } from '../memory-plan.js';
import type { Trip } from './trip.js';

/** Floats that are copied before others get their turn: some milliseconds. */
const PIECE_FLOATS = 2 ** 20;

/** Floats from which on a row is copied by one call: it takes as long as so many turns of a loop. */
const LONG_ROW = 64;

/** Copies a tensor's rows to a block laid out as `rows`. */
export function writeRows(
  engine: Engine,
  { address }: Block,
  { width, stride }: Rows,
  data: Float32Array,
  trip: Trip,
): Pieces {
  const at = address / 4;
  return eachRun(trip, width, (packed, plain, count) => {
    const { f32 } = engine;
    const to = at + packed * stride;
    if (width < stride) clearPadding(f32, to, width, stride, count);
    copyTapeRows(f32, to, stride, data, plain * width, width, count, width);
  });
}

/** Copies rows of a block laid out as `rows` into a tensor's data; zeros past the end of a sequence. */
export function readRows(
  engine: Engine,
  { address }: Block,
  { width, stride }: Rows,
  data: Float32Array,
  trip: Trip,
): Pieces {
  const at = address / 4;
  if (trip.layout.order) data.fill(0);
  return eachRun(trip, width, (packed, plain, count) => {
    copyTapeRows(data, plain * width, width, engine.f32, at + packed * stride, stride, count, width);
  });
}

/** Visits the packed rows with the rows of the user's tensor they stand for: many at once where both come in the same order. */
function* eachRun(
  { layout: { order, batch, steps, rows, counts }, batchFirst }: Trip,
  width: number,
  visit: (packed: number, plain: number, count: number) => void,
): Pieces {
  const most = Math.max(1, Math.floor(PIECE_FLOATS / width));
  if (order === undefined && (!batchFirst || batch === 1 || steps === 1)) {
    for (let first = 0; first < rows; first += most) {
      visit(first, first, Math.min(most, rows - first));
      yield;
    }
    return;
  }
  let packed = 0;
  for (let t = 0; t < steps; t++) {
    for (let k = 0; k < counts[t]; k++) {
      const b = order ? order[k] : k;
      visit(packed++, batchFirst ? b * steps + t : t * batch + b, 1);
      if (packed % most === 0) yield;
    }
  }
}

/** `copyRows`, which must not make objects, for those who may. */
const copyTapeRows: typeof copyRows = (to, toStart, toStride, from, fromStart, fromStride, rows, width) => {
  const together = toStride === width && fromStride === width;
  if (together || width < LONG_ROW) {
    copyRows(to, toStart, toStride, from, fromStart, fromStride, rows, width);
    return;
  }
  for (let r = 0, at = fromStart; r < rows; r++, at += fromStride) {
    to.set(from.subarray(at, at + width), toStart + r * toStride);
  }
};

/** Zeros behind each row; where rows are short, throughout. */
function clearPadding(f32: Float32Array, at: number, width: number, stride: number, rows: number): void {
  if (width < LONG_ROW) {
    f32.fill(0, at, at + rows * stride);
    return;
  }
  for (let r = 0; r < rows; r++) f32.fill(0, at + r * stride + width, at + (r + 1) * stride);
}
