import { stepScratch } from '../cells/layout.js';
import { stepCell, stepLanes } from '../cells/run.js';
import { padToLanes } from '../engine/abi.js';
import type { Slabs } from '../engine/engine.js';
import { quantizedAt } from '../weights/quantized.js';
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
  private readonly shape: StateShape;
  private readonly c: number;
  private readonly hBytes: number;
  private readonly cBytes: number;
  /** Gates of a row of each sequence, and the cell's own workspace. */
  private readonly scratchSize: number;
  /** Floats before the two places in which rows of lanes are gathered. */
  private readonly gatheredAt: number;

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
    this.gatheredAt = this.scratchSize + stackQuantized(layer, batch, batch);
  }

  reserve(): void {
    this.layer.workspace.reserve(this.gatheredAt + (this.hBytes + this.cBytes) / 2);
  }

  advance(x: number, lanes?: ArrayLike<number>): number {
    const { layer, batch } = this;
    if (layer.disposed) layer.assertAlive('stream.step');
    const { cells, workspace } = layer;
    const scratch = workspace.address;
    const q = quantizedAt(layer.engine, layer.weights, scratch + this.scratchSize * 4);
    let { h, c } = this;
    for (let i = 0; i < cells.length; i++) {
      if (lanes) {
        // By turns in two places: each layer reads its input where the one before it gathered its rows.
        const gathered = scratch + this.gatheredAt * 4 + (i % 2) * (this.hBytes + this.cBytes);
        x = stepLanes(cells[i], h, c, x, scratch, q, lanes, gathered);
      } else {
        stepCell(cells[i], h, c, x, scratch, q, batch);
        x = h;
      }
      h += this.hBytes;
      c += this.cBytes;
    }
    return x;
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
  return (state as Partial<HiddenState> | null)?.h?.dims?.length === 2;
}
