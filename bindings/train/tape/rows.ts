import { eachRow } from '../../layers/packed-sequence.js';
import { copyRows } from '../../weights/packing.js';
import type { Rows } from '../links/link.js';
import type { Block } from '../memory-plan.js';
import type { Trip } from './trip.js';

/** Copies a tensor's rows to a block laid out as `rows`. */
export function writeRows(
  f32: Float32Array,
  { address }: Block,
  { width, stride }: Rows,
  data: Float32Array,
  trip: Trip,
): void {
  const at = address / 4;
  if (width < stride) f32.fill(0, at, at + trip.layout.rows * stride);
  eachRun(trip, (packed, plain, count) => {
    copyRows(f32, at + packed * stride, stride, data, plain * width, width, count, width);
  });
}

/** Copies rows of a block laid out as `rows` into a tensor's data; zeros past the end of a sequence. */
export function readRows(
  f32: Float32Array,
  { address }: Block,
  { width, stride }: Rows,
  data: Float32Array,
  trip: Trip,
): void {
  const at = address / 4;
  if (trip.layout.order) data.fill(0);
  eachRun(trip, (packed, plain, count) => {
    copyRows(data, plain * width, width, f32, at + packed * stride, stride, count, width);
  });
}

/** Visits the packed rows with the rows of the user's tensor they stand for: at once where both come in the same order. */
function eachRun({ layout, batchFirst }: Trip, visit: (packed: number, plain: number, count: number) => void): void {
  const { order, batch, steps, rows } = layout;
  if (order === undefined && (!batchFirst || batch === 1 || steps === 1)) visit(0, 0, rows);
  else eachRow(layout, batchFirst, (packed, plain) => visit(packed, plain, 1));
}
