import { stepScratch } from '../cells/layout.js';
import { gateRowsAtOnce, runCell, type SequenceWorkspace } from '../cells/run.js';
import { padToLanes } from '../engine/abi.js';
import { copyRows } from '../weights/packing.js';
import { quantizedAt } from '../weights/quantized.js';
import { type CellStack, stackQuantized } from './cell-stack.js';
import { eachRow, type PackedLayout } from './packed-sequence.js';
import { type HiddenState, type LSTMState, readState, type StateShape, stateSizes, writeState } from './state.js';

/** One checked call of `forward`. */
export interface ForwardCall {
  /** Rows of the user's tensor. */
  readonly input: Float32Array;
  readonly layout: PackedLayout;
  readonly batchFirst: boolean;
  readonly shape: StateShape;
  readonly state: Partial<LSTMState> | undefined;
  readonly stateDims: readonly number[];
}

/** Where a call's arrays are. */
interface CallMemory extends SequenceWorkspace {
  readonly x: number;
  /** Outputs of even and odd layers. */
  readonly y: readonly [number, number];
  readonly h: number;
  readonly c: number;
}

/**
 * Runs all layers of a recurrent module over a batch of sequences: input into wasm memory, each layer and direction over
 * all steps, outputs and states back out.
 *
 * @returns the output rows in the user's layout, zeros past each sequence's end, and the final state
 */
export function runLayers(layer: CellStack, call: ForwardCall): { output: Float32Array; state: HiddenState } {
  const { cells, engine, directions, numLayers, inputSize } = layer;
  const { layout, shape } = call;
  const memory = takeMemory(layer, call);
  const { inputStride } = cells[0].layout;
  const cell = padToLanes(shape.outputSize);
  const outStride = directions * cell;

  engine.f32.fill(0, memory.x / 4, memory.x / 4 + layout.rows * inputStride);
  moveRows(call, engine.f32, memory.x / 4, inputStride, call.input, 0, inputSize, inputSize, false);
  engine.i32.set(layout.counts, memory.counts / 4);
  writeState(engine.f32, memory.h, memory.c, shape, call.state, layout.order);

  for (let i = 0; i < cells.length; i++) {
    const l = Math.floor(i / directions);
    const direction = i % directions;
    const x = l === 0 ? memory.x : memory.y[(l - 1) % 2];
    const h = memory.h + i * layout.batch * cell * 4;
    const c = shape.cellSize ? memory.c + i * layout.batch * padToLanes(shape.cellSize) * 4 : 0;
    runCell(cells[i], memory, layout, {
      x,
      out: memory.y[l % 2] + direction * cell * 4,
      h,
      c,
      outStride,
      reverse: direction === 1,
    });
  }
  const output = readOutput(layer, call, memory.y[(numLayers - 1) % 2]);
  return { output, state: readState(engine.f32, memory.h, memory.c, shape, call.stateDims, layout.order) };
}

function takeMemory(layer: CellStack, { layout, shape }: ForwardCall): CallMemory {
  const { rows, batch, steps } = layout;
  const [{ layout: cell }] = layer.cells;
  const { inputStride, gateRows } = cell;
  const outputs = rows * layer.directions * padToLanes(shape.outputSize);
  const gateCapacity = gateRowsAtOnce(rows, batch, gateRows);
  const { h, c } = stateSizes(shape);
  const [x, even, odd, hAt, cAt, counts, gates, scratch, q] = layer.workspace.carve([
    rows * inputStride,
    outputs,
    layer.numLayers > 1 ? outputs : 0,
    h,
    c,
    padToLanes(steps),
    gateCapacity * gateRows,
    stepScratch(cell, batch),
    stackQuantized(layer, gateCapacity, batch),
  ]);
  const at = { x, h: hAt, c: cAt, counts, gates, scratch, q: quantizedAt(layer.engine, layer.weights, q) };
  return { ...at, y: [even, odd], gateCapacity };
}

/**
 * Copies the rows of a sequence between wasm memory, where they are packed, and the user's tensor: into memory, or back.
 *
 * @param packedStart index of the first row in wasm memory, and `plainStart` in the tensor; strides from one row to the next
 * @param width floats of a row
 */
function moveRows(
  { layout, batchFirst }: ForwardCall,
  packed: Float32Array,
  packedStart: number,
  packedStride: number,
  plain: Float32Array,
  plainStart: number,
  plainStride: number,
  width: number,
  isRead: boolean,
): void {
  const copy = (row: number, plainRow: number, rows: number) => {
    const a = packedStart + row * packedStride;
    const b = plainStart + plainRow * plainStride;
    if (isRead) copyRows(plain, b, plainStride, packed, a, packedStride, rows, width);
    else copyRows(packed, a, packedStride, plain, b, plainStride, rows, width);
  };
  // Packed rows come in the order of the user's tensor.
  if (layout.order === undefined && (!batchFirst || layout.batch === 1 || layout.steps === 1)) copy(0, 0, layout.rows);
  else eachRow(layout, batchFirst, (row, plainRow) => copy(row, plainRow, 1));
}

function readOutput(layer: CellStack, call: ForwardCall, y: number): Float32Array {
  const { engine, directions, outputSize } = layer;
  const { layout, shape } = call;
  const part = shape.outputSize;
  const stride = directions * padToLanes(part);
  const output = new Float32Array(layout.steps * layout.batch * outputSize);
  for (let d = 0; d < directions; d++) {
    const from = y / 4 + d * padToLanes(part);
    moveRows(call, engine.f32, from, stride, output, d * part, outputSize, part, true);
  }
  return output;
}
