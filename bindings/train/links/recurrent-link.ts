import { padToLanes, padToTile } from '../../engine/abi.js';
import type { PackedLayout } from '../../layers/packed-sequence.js';
import type { Recurrent } from '../../layers/recurrent.js';
import {
  type HiddenState,
  type LSTMState,
  readState,
  type StateShape,
  stateSizes,
  writeState,
} from '../../layers/state.js';
import { copyRows } from '../../weights/packing.js';
import { trainKernels } from '../kernels.js';
import type { Block, MemoryPlan } from '../memory-plan.js';
import type { Parameters } from '../parameters.js';
import { CellRecord } from './cell-record.js';
import type { Limits, Link, Pass, Pieces, Rows } from './link.js';

/** A stack of recurrent cells on a tape. */
export class RecurrentLink implements Link {
  readonly output: Rows;
  /** State of all cells, as `StateShape` lays it out: before `forward` the initial one, then the final. */
  private readonly h: Block;
  private readonly c: Block;
  /** Gradients of the final state, then of the initial one; rows of h padded to whole tiles. */
  private readonly dh: Block;
  private readonly dc: Block;
  private readonly staging: Block;
  private readonly records: readonly CellRecord[];
  /** Input of each layer, and last the output of all, blocks of directions side by side. */
  private readonly rows: readonly Rows[];

  /**
   * @param counts i32, rows of each step
   * @param first place of its first weight among the parameters
   * @param dropped which elements `dropout` drops: its threshold, its scale, how many layers of other links come before,
   *   and whether after the last layer too
   */
  constructor(
    readonly layer: Recurrent<HiddenState>,
    input: Rows,
    plan: MemoryPlan,
    parameters: Parameters,
    first: number,
    limits: Limits,
    counts: Block,
    private readonly dropped: {
      readonly threshold: number;
      readonly scale: number;
      readonly level: number;
      readonly last: boolean;
    },
  ) {
    const { directions, numLayers, cells } = layer;
    const shape = layer.stateShape(limits.batch);
    const sizes = stateSizes(shape);
    this.h = plan.reserve(sizes.h);
    this.c = plan.reserve(sizes.c);
    this.dh = plan.reserve(shape.cells * limits.batch * padToTile(shape.outputSize));
    this.dc = plan.reserve(sizes.c);
    this.staging = plan.share('state', sizes.h);
    this.rows = stackedRows(layer, input, plan, limits);
    const perCell = parametersPerCell(layer);
    this.records = cells.map((cell, i) => {
      const level = Math.floor(i / directions);
      const place = { parameters, first: first + i * perCell, counts, reverse: i % directions === 1 };
      return new CellRecord(layer.engine, cell, this.rows[level], this.rows[level + 1], plan, limits, place);
    });
    this.output = this.isTight() ? this.rows[numLayers] : tightRows(layer, plan, limits);
  }

  *forward(pass: Pass): Pieces {
    const { layer, rows, records } = this;
    const { directions, numLayers } = layer;
    const { layout } = pass;
    for (let i = 0; i < records.length; i++) {
      const level = Math.floor(i / directions);
      yield* records[i].forward(layout, this.hPlace(i, layout), this.cPlace(this.c, i, layout));
      if (i % directions === directions - 1) this.drop(rows[level + 1].values, level, pass);
    }
    if (this.output !== rows[numLayers]) this.copyParts(rows[numLayers], this.output, layout.rows, 'values');
  }

  *backward(pass: Pass): Pieces {
    const { layer, rows, records } = this;
    const { directions, numLayers } = layer;
    const { layout } = pass;
    if (this.output !== rows[numLayers]) this.copyParts(rows[numLayers], this.output, layout.rows, 'gradients');
    for (let i = records.length - 1; i >= 0; i--) {
      const level = Math.floor(i / directions);
      if (i % directions === directions - 1) this.drop(rows[level + 1].gradients as Block, level, pass);
      // The last direction comes first, and is the one that need not add to what is there.
      yield* records[i].backward(layout, this.dhPlace(i, layout), this.cPlace(this.dc, i, layout), {
        adds: i % directions !== directions - 1,
      });
    }
  }

  /** The dims of its state without the features. */
  stateShape({ batch }: PackedLayout): StateShape {
    return this.layer.stateShape(batch);
  }

  writeState(layout: PackedLayout, state: Partial<LSTMState> | undefined): void {
    const { f32 } = this.layer.engine;
    writeState(f32, this.h.address, this.c.address, this.stateShape(layout), state, layout.order);
  }

  readState(layout: PackedLayout, dims: readonly number[]): HiddenState {
    const { f32 } = this.layer.engine;
    return readState(f32, this.h.address, this.c.address, this.stateShape(layout), dims, layout.order);
  }

  writeStateGradient(layout: PackedLayout, state: Partial<LSTMState> | undefined): void {
    const { f32 } = this.layer.engine;
    writeState(f32, this.staging.address, this.dc.address, this.stateShape(layout), state, layout.order);
    this.copyStaging(layout, true);
  }

  readStateGradient(layout: PackedLayout, dims: readonly number[]): HiddenState {
    const { f32 } = this.layer.engine;
    this.copyStaging(layout, false);
    return readState(f32, this.staging.address, this.dc.address, this.stateShape(layout), dims, layout.order);
  }

  /** Between the gradient of h, whose rows fill whole tiles, and the layout of a state. */
  private copyStaging(layout: PackedLayout, into: boolean): void {
    const { f32 } = this.layer.engine;
    const { cells, batch, outputSize } = this.stateShape(layout);
    const [wide, tight] = [padToTile(outputSize), padToLanes(outputSize)];
    const [dh, staging] = [this.dh.address / 4, this.staging.address / 4];
    if (into) {
      f32.fill(0, dh, dh + cells * batch * wide);
      copyRows(f32, dh, wide, f32, staging, tight, cells * batch, outputSize);
    } else {
      f32.fill(0, staging, staging + cells * batch * tight);
      copyRows(f32, staging, tight, f32, dh, wide, cells * batch, outputSize);
    }
  }

  private hPlace(cell: number, layout: PackedLayout): number {
    const { batch, outputSize } = this.stateShape(layout);
    return this.h.address + cell * batch * padToLanes(outputSize) * 4;
  }

  private dhPlace(cell: number, layout: PackedLayout): number {
    const { batch, outputSize } = this.stateShape(layout);
    return this.dh.address + cell * batch * padToTile(outputSize) * 4;
  }

  private cPlace({ address }: Block, cell: number, layout: PackedLayout): number {
    const { batch, cellSize } = this.stateShape(layout);
    return address + cell * batch * padToLanes(cellSize) * 4;
  }

  private drop({ address }: Block, level: number, { layout, seed }: Pass): void {
    const { layer, rows, dropped } = this;
    if (seed === undefined || (level === layer.numLayers - 1 && !dropped.last)) return;
    const size = layout.rows * rows[level + 1].stride;
    // Each layer of the tape its own part of the seeds: 0x9e3779b9 is 2³² over the golden ratio.
    const own = (seed + Math.imul(dropped.level + level, 0x9e3779b9)) | 0;
    trainKernels(layer.engine).dropout(address, address, size, own, dropped.threshold, dropped.scale);
  }

  /** Whether the outputs of two directions lie side by side without a gap. */
  private isTight(): boolean {
    const { outputSize } = this.layer.cells[0].layout;
    return this.layer.directions === 1 || padToLanes(outputSize) === outputSize;
  }

  /** Closes the gap between the outputs of two directions, or opens it for their gradients. */
  private copyParts(wide: Rows, tight: Rows, count: number, part: 'values' | 'gradients'): void {
    const { f32 } = this.layer.engine;
    const { outputSize } = this.layer.cells[0].layout;
    const padded = padToLanes(outputSize);
    const wideAt = (wide[part] as Block).address / 4;
    const tightAt = (tight[part] as Block).address / 4;
    for (let d = 0; d < 2; d++) {
      const [a, b] = [wideAt + d * padded, tightAt + d * outputSize];
      if (part === 'values') copyRows(f32, b, tight.stride, f32, a, wide.stride, count, outputSize);
      else copyRows(f32, a, wide.stride, f32, b, tight.stride, count, outputSize);
    }
  }
}

/** How many weights each cell of a layer has. */
function parametersPerCell({ cells, parameters }: Recurrent<HiddenState>): number {
  return parameters.length / cells.length;
}

/** Rows between the layers of a stack: values of their own, gradients by turns in two blocks. */
function stackedRows(layer: Recurrent<HiddenState>, input: Rows, plan: MemoryPlan, { rows }: Limits): Rows[] {
  const { outputSize } = layer.cells[0].layout;
  // A tile that writes the last direction's gradient must end within the row.
  const stride = padToTile((layer.directions - 1) * padToLanes(outputSize) + padToTile(outputSize));
  const turns = layer.numLayers > 1 ? [plan.reserve(rows * stride), plan.reserve(rows * stride)] : [];
  const levels = Array.from({ length: layer.numLayers }, (_, i): Rows => {
    const last = i === layer.numLayers - 1;
    return {
      values: plan.reserve(rows * stride),
      gradients: last ? plan.reserve(rows * stride) : turns[i % 2],
      width: layer.outputSize,
      stride,
    };
  });
  return [input, ...levels];
}

function tightRows(layer: Recurrent<HiddenState>, plan: MemoryPlan, { rows }: Limits): Rows {
  const stride = padToTile(layer.outputSize);
  const [values, gradients] = [plan.reserve(rows * stride), plan.reserve(rows * stride)];
  return { values, gradients, width: layer.outputSize, stride };
}
