import { stepScratch } from '../cells/layout.js';
import { runCell, stepCell } from '../cells/run.js';
import { padToLanes } from '../engine/abi.js';
import type { Slabs } from '../engine/engine.js';
import { readable } from '../tensor.js';
import { FLOAT32_ROWS, quantizedAt } from '../weights/quantized.js';
import { type CellStack, stackQuantized } from './cell-stack.js';
import type { Stage } from './stage.js';
import {
  checkState,
  copyState,
  type HiddenState,
  readState,
  type StatePlace,
  type StateShape,
  stateSizes,
  writeState,
} from './state.js';

/** A recurrent layer as a link of a stream: its memory is the state alone. */
export class RecurrentStage implements Stage {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Floats of the state as it lies in memory from `h` on: rows of h of all layers, then rows of c. */
  readonly stateFloats: number;
  /** Address of the state. */
  readonly h: number;
  private readonly slabs: Slabs;
  readonly shape: StateShape;
  /** Address of the rows of c; 0 where there are none. */
  readonly c: number;
  private readonly hBytes: number;
  private readonly cBytes: number;
  /** Gates of a row of each sequence, and the cell's own workspace. */
  private readonly scratchSize: number;
  /** What a call of several steps, or of some lanes, runs over; `counts` is as long as there is room for steps. */
  private readonly block = { counts: new Int32Array(0), steps: 0, rows: 0 };
  /** Where it works: what `runCell` needs, then the lanes, their states and the outputs. */
  private readonly work = {
    gates: 0,
    scratch: 0,
    q: FLOAT32_ROWS,
    counts: 0,
    gateCapacity: 0,
    lanes: 0,
    h: 0,
    c: 0,
    out: 0,
  };
  private readonly place = { x: 0, out: 0, h: 0, c: 0, outStride: 0, reverse: false };

  constructor(
    private readonly layer: CellStack,
    private readonly batch: number,
  ) {
    const { engine, type } = layer;
    this.inputSize = layer.inputSize;
    this.outputSize = layer.outputSize;
    this.shape = layer.stateShape(batch);
    const { h, c } = stateSizes(this.shape);
    this.slabs = engine.slabsFor(this, `${type}.stream`);
    this.stateFloats = h + c;
    this.h = this.slabs.allocate(h + c);
    this.c = c ? this.h + h * 4 : 0;
    this.hBytes = batch * padToLanes(this.shape.outputSize) * 4;
    this.cBytes = batch * padToLanes(this.shape.cellSize) * 4;
    const [{ layout }] = layer.cells;
    this.scratchSize = batch * layout.gateRows + stepScratch(layout, batch);
  }

  reserve(steps: number): void {
    const { layer, batch, block } = this;
    layer.workspace.reserve(this.layOut(0, steps, batch) / 4);
    if (steps > block.counts.length) block.counts = new Int32Array(steps);
  }

  advance(x: number, steps: number, lanes?: ArrayLike<number>): number {
    const { layer, batch } = this;
    if (layer.disposed) layer.assertAlive('stream.step');
    if (lanes || steps > 1) return this.advanceBlock(x, steps, lanes);
    const { cells, workspace } = layer;
    const scratch = workspace.address;
    const q = quantizedAt(layer.engine, layer.weights, scratch + this.scratchSize * 4);
    let { h, c } = this;
    for (let i = 0; i < cells.length; i++) {
      stepCell(cells[i], h, c, x, scratch, q, batch);
      x = h;
      h += this.hBytes;
      c += this.cBytes;
    }
    return x;
  }

  /** Layer after layer, each over all steps: one product of all inputs, one call for the recurrence. */
  private advanceBlock(x: number, steps: number, lanes?: ArrayLike<number>): number {
    const { layer, block, work, place } = this;
    const { cells, engine, workspace } = layer;
    const batch = lanes ? lanes.length : this.batch;
    const end = this.layOut(workspace.address, steps, batch);
    engine.i32.fill(batch, work.counts / 4, work.counts / 4 + steps);
    if (lanes) engine.i32.set(lanes, work.lanes / 4);
    block.counts.fill(batch);
    block.steps = steps;
    block.rows = work.gateCapacity = steps * batch;
    let { h, c } = this;
    for (let i = 0; i < cells.length; i++) {
      place.x = x;
      x = place.out = i % 2 ? (work.out + end) / 2 : work.out;
      place.h = lanes ? work.h : h;
      place.c = lanes ? work.c : c;
      if (lanes) this.moveLanes(h, c, batch, 0);
      runCell(cells[i], work, block, place);
      if (lanes) this.moveLanes(h, c, batch, 1);
      h += this.hBytes;
      c += this.cBytes;
    }
    return x;
  }

  /** Finds the places of `work` from an address on; returns where they end. */
  private layOut(address: number, steps: number, batch: number): number {
    const { layer, shape, work, place } = this;
    const [{ layout }] = layer.cells;
    const rows = steps * batch;
    place.outStride = padToLanes(shape.outputSize);
    work.gates = address;
    work.scratch = address + rows * layout.gateRows * 4;
    const q = work.scratch + stepScratch(layout, batch) * 4;
    work.q = quantizedAt(layer.engine, layer.weights, q);
    work.counts = q + stackQuantized(layer, rows, batch) * 4;
    work.lanes = work.counts + padToLanes(steps) * 4;
    work.h = work.lanes + padToLanes(batch) * 4;
    work.c = work.h + batch * place.outStride * 4;
    work.out = work.c + batch * padToLanes(shape.cellSize) * 4;
    return work.out + 2 * rows * place.outStride * 4;
  }

  /** Gathers the states of the lanes, or puts them back. */
  private moveLanes(h: number, c: number, count: number, back: 0 | 1): void {
    const { shape, work, place } = this;
    const { kernels } = this.layer.engine;
    kernels.moveRows(work.h, h, work.lanes, count, place.outStride, back);
    kernels.moveRows(work.c, c, work.lanes, count, padToLanes(shape.cellSize), back);
  }

  reset(state: unknown, who: string, lane?: number): void {
    this.layer.assertAlive('stream.reset');
    const { shape, h, c } = this.rows(lane);
    const dims = shape.batch === 1 && isUnbatched(state) ? [shape.cells] : [shape.cells, shape.batch];
    const checked = state === undefined ? undefined : checkState(state, shape, dims, `${who}: state`);
    writeState(this.layer.engine.f32, h, c, shape, checked);
  }

  readState(lane?: number): HiddenState {
    this.layer.assertAlive('stream.state');
    const { shape, h, c } = this.rows(lane);
    return readState(this.layer.engine.f32, h, c, shape, [shape.cells, shape.batch]);
  }

  copyLane(lane: number, source: RecurrentStage, sourceLane: number): void {
    this.layer.assertAlive('stream.copyLane');
    copyState(this.layer.engine.f32, this.rows(lane), source.rows(sourceLane));
  }

  /** Where the states of all sequences lie, or those of one lane. */
  private rows(lane?: number): StatePlace {
    const { shape, h, c } = this;
    if (lane === undefined) return { shape, h, c };
    return {
      shape: { ...shape, batch: 1, pitch: shape.batch },
      h: h + lane * padToLanes(shape.outputSize) * 4,
      c: c && c + lane * padToLanes(shape.cellSize) * 4,
    };
  }

  release(): void {
    this.slabs.release();
  }
}

/** Whether a state looks like that of an unbatched `forward`, [L, H]; `checkState` judges the rest. */
function isUnbatched(state: unknown): boolean {
  return (readable(state) as Partial<HiddenState> | null)?.h?.dims?.length === 2;
}
