import { stepScratch } from '../cells/layout.js';
import { gateRowsAtOnce, stepBlock } from '../cells/run.js';
import { padToLanes } from '../engine/abi.js';
import { FLOAT32_ROWS, type QuantizedRows, quantizedAt } from '../weights/quantized.js';
import { type CellStack, stackQuantized } from './cell-stack.js';
import type { StageBlock } from './stage.js';

/** Where the states of the first layer of a stack lie, and how many bytes further those of the next. */
export interface StackStates {
  readonly h: number;
  readonly c: number;
  readonly hBytes: number;
  readonly cBytes: number;
}

/** Several steps of a recurrent stack in one call: layer after layer, each over all steps. Works in the layer's workspace. */
export class RecurrentBlock implements StageBlock {
  /** Steps that there is room for. */
  private steps = 0;
  /** Where the arrays begin, in bytes of the workspace; the gates are the first. */
  private readonly offsets = { scratch: 0, q: 0, counts: 0, x: 0, even: 0, odd: 0 };
  private i32 = new Int32Array(0);
  private readonly place = { gates: 0, scratch: 0, q: FLOAT32_ROWS as QuantizedRows, counts: 0 };

  constructor(
    private readonly layer: CellStack,
    private readonly states: StackStates,
    private readonly batch: number,
  ) {}

  get x(): number {
    return this.layer.workspace.address + this.offsets.x;
  }

  reserve(steps: number): number {
    const { layer, batch, offsets } = this;
    if (layer.disposed) layer.assertAlive('stream.steps');
    const [{ layout }] = layer.cells;
    const { gateRows, inputStride, outputSize } = layout;
    const taken = Math.floor(gateRowsAtOnce(steps * batch, batch, gateRows) / batch);
    if (taken > this.steps) {
      const rows = taken * batch;
      const outputs = rows * padToLanes(outputSize);
      offsets.scratch = rows * gateRows * 4;
      offsets.q = offsets.scratch + stepScratch(layout, batch) * 4;
      offsets.counts = offsets.q + stackQuantized(layer, rows, batch) * 4;
      offsets.x = offsets.counts + padToLanes(taken) * 4;
      offsets.even = offsets.x + rows * inputStride * 4;
      offsets.odd = offsets.even + outputs * 4;
      layer.workspace.reserve(offsets.odd / 4 + outputs);
      this.steps = taken;
    }
    return taken;
  }

  advance(steps: number): number {
    const { layer, batch, offsets, place } = this;
    const { cells, engine, workspace } = layer;
    const { address } = workspace;
    place.gates = address;
    place.scratch = address + offsets.scratch;
    place.q = quantizedAt(engine, layer.weights, address + offsets.q);
    place.counts = address + offsets.counts;
    if (this.i32.buffer !== engine.f32.buffer) this.i32 = new Int32Array(engine.f32.buffer);
    this.i32.fill(batch, place.counts / 4, place.counts / 4 + steps);
    let { h, c } = this.states;
    let x = address + offsets.x;
    for (let i = 0; i < cells.length; i++) {
      const out = address + (i % 2 === 0 ? offsets.even : offsets.odd);
      stepBlock(cells[i], place, h, c, x, out, steps, batch);
      x = out;
      h += this.states.hBytes;
      c += this.states.cBytes;
    }
    return x;
  }
}
