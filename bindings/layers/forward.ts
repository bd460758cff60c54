import { padToLanes } from '../engine/abi.js';
import { recurrentScratch } from '../weights/cell-kind.js';
import { copyRows } from '../weights/packing.js';
import { quantizedAt } from '../weights/quantized.js';
import { eachRow, type PackedLayout } from './packed-sequence.js';
import type { Recurrent } from './recurrent.js';
import type { RecurrentWeights } from './recurrent-weights.js';
import { type HiddenState, type LSTMState, readState, type StateShape, stateSizes, writeState } from './state.js';

/** One checked call of `forward`. */
export interface SequenceCall {
  /** Rows of the user's tensor. */
  readonly input: Float32Array;
  readonly layout: PackedLayout;
  readonly batchFirst: boolean;
  readonly shape: StateShape;
  readonly state: Partial<LSTMState> | undefined;
  readonly stateDims: readonly number[];
}

/**
 * Floats of input products kept at a time, half a megabyte: all steps of a short sequence in one product, but never more
 * than stays in a second-level cache, however long the sequence.
 */
const GATE_FLOATS = 1 << 17;

/** The workspace of one cell's run over a sequence. */
export interface CellWorkspace {
  /** i32[T], the rows of each step. */
  readonly counts: number;
  readonly gates: number;
  readonly scratch: number;
  /** Quantised rows; 0 for float32 weights. */
  readonly q: number;
  /** Rows whose gates fit. */
  readonly gateCapacity: number;
}

/** Where a call's arrays are. */
interface Plan extends CellWorkspace {
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
export function runLayers<S extends HiddenState>(
  layer: Recurrent<S>,
  call: SequenceCall,
): { output: Float32Array; state: HiddenState } {
  const { cells, engine, directions, numLayers, inputSize } = layer;
  const { layout, shape, batchFirst } = call;
  const plan = makePlan(layer, call);
  const [{ inputStride }] = cells;
  const cell = padToLanes(shape.outputSize);
  const outStride = directions * cell;

  engine.f32.fill(0, plan.x / 4, plan.x / 4 + layout.rows * inputStride);
  if (isPlain(call)) copyRows(engine.f32, plan.x / 4, inputStride, call.input, 0, inputSize, layout.rows, inputSize);
  else {
    eachRow(layout, batchFirst, (packed, plain) => {
      copyRows(
        engine.f32,
        plan.x / 4 + packed * inputStride,
        inputStride,
        call.input,
        plain * inputSize,
        inputSize,
        1,
        inputSize,
      );
    });
  }
  new Int32Array(engine.memory.buffer, plan.counts, layout.steps).set(layout.counts);
  writeState(engine.f32, plan.h, plan.c, shape, call.state, layout.order);

  for (let i = 0; i < cells.length; i++) {
    const l = Math.floor(i / directions);
    const direction = i % directions;
    const x = l === 0 ? plan.x : plan.y[(l - 1) % 2];
    const h = plan.h + i * layout.batch * cell * 4;
    const c = shape.cellSize ? plan.c + i * layout.batch * padToLanes(shape.cellSize) * 4 : 0;
    runCell(cells[i], plan, layout, {
      x,
      out: plan.y[l % 2] + direction * cell * 4,
      h,
      c,
      outStride,
      reverse: direction === 1,
    });
  }
  const output = readOutput(layer, call, plan.y[(numLayers - 1) % 2]);
  return { output, state: readState(engine.f32, plan.h, plan.c, shape, call.stateDims, layout.order) };
}

/** One layer in one direction over all steps, as many at a time as the gates' memory holds. */
export function runCell(
  weights: RecurrentWeights,
  plan: CellWorkspace,
  { counts, steps, rows }: Pick<PackedLayout, 'counts' | 'steps' | 'rows'>,
  at: { x: number; out: number; h: number; c: number; outStride: number; reverse: boolean },
): void {
  const { kernels } = weights.engine;
  const { kind, hiddenSize, projSize } = weights.shape;
  const { gateRows, inputStride } = weights;
  let row = at.reverse ? rows : 0;
  for (let done = 0; done < steps; ) {
    const begin = done;
    let taken = 0;
    for (; done < steps; done++) {
      const count = counts[at.reverse ? steps - 1 - done : done];
      if (taken > 0 && taken + count > plan.gateCapacity) break;
      taken += count;
    }
    const first = at.reverse ? row - taken : row;
    const step = at.reverse ? steps - done : begin;
    kernels.storedAffine(
      plan.gates,
      weights.wx,
      at.x + first * inputStride * 4,
      plan.q,
      taken,
      gateRows,
      inputStride,
      gateRows,
      inputStride,
    );
    kernels.cellSequence(
      at.out + first * at.outStride * 4,
      at.h,
      at.c,
      plan.gates,
      weights.wh,
      weights.wr,
      plan.scratch,
      plan.q,
      plan.counts + step * 4,
      kind.cell,
      done - begin,
      hiddenSize,
      projSize,
      at.outStride,
      at.reverse ? 1 : 0,
    );
    row = at.reverse ? first : first + taken;
  }
}

/**
 * How many rows of input products a run keeps at a time.
 *
 * @param rows of the whole sequence
 * @param batch the most rows of one step
 */
export function gateRowsAtOnce(rows: number, batch: number, gateRows: number): number {
  return Math.min(rows, Math.max(batch, Math.floor(GATE_FLOATS / gateRows)));
}

function makePlan<S extends HiddenState>(layer: Recurrent<S>, { layout, shape }: SequenceCall): Plan {
  const { rows, batch, steps } = layout;
  const [{ inputStride, gateRows, shape: cellShape }] = layer.cells;
  const { kind, hiddenSize, projSize } = cellShape;
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
    recurrentScratch(kind, batch, gateRows, hiddenSize, projSize),
    layer.quantizedSize(gateCapacity, batch),
  ]);
  const at = { x, h: hAt, c: cAt, counts, gates, scratch, q: quantizedAt(layer.engine, layer.weights, q) };
  return { ...at, y: [even, odd], gateCapacity };
}

/** Whether packed rows come in the order of the user's tensor. */
function isPlain({ layout, batchFirst }: SequenceCall): boolean {
  return layout.order === undefined && (!batchFirst || layout.batch === 1 || layout.steps === 1);
}

function readOutput<S extends HiddenState>(layer: Recurrent<S>, call: SequenceCall, y: number): Float32Array {
  const { engine, directions, outputSize } = layer;
  const { layout, shape, batchFirst } = call;
  const part = shape.outputSize;
  const stride = directions * padToLanes(part);
  const output = new Float32Array(layout.steps * layout.batch * outputSize);
  for (let d = 0; d < directions; d++) {
    const from = y / 4 + d * padToLanes(part);
    if (isPlain(call) && directions === 1) {
      copyRows(output, 0, outputSize, engine.f32, from, stride, layout.rows, part);
    } else {
      eachRow(layout, batchFirst, (packed, plain) => {
        copyRows(
          output,
          plain * outputSize + d * part,
          outputSize,
          engine.f32,
          from + packed * stride,
          stride,
          1,
          part,
        );
      });
    }
  }
  return output;
}
