import { padToLanes, padToTile } from '../engine/abi.js';
import type { Slabs } from '../engine/engine.js';
import { typeError } from '../errors.js';
import { describeValue, type Tensor } from '../tensor.js';
import { expectDims } from '../weights/state-dict.js';
import type { Weighted } from './module.js';
import type { Stage } from './stage.js';

/** What a pool keeps in a stream: what is pooled so far, and what it stands for. */
export interface PoolState {
  /** [B, F] */
  readonly values: Tensor;
  /** [B, 2] */
  readonly weights: Tensor;
}

/** What pools row by row. */
export interface RowPooling extends Weighted {
  /** @internal As `Pool.advanceRow`. */
  advanceRow(
    x: Float32Array,
    from: number,
    width: number,
    value: Float32Array,
    at: number,
    weights: Float32Array,
    lane: number,
  ): void;
}

/** A pool as a link of a stream: gives the pool of all steps so far. */
export class PoolStage implements Stage {
  readonly outputSize: number;
  private readonly slabs: Slabs;
  private out: number;
  /** Steps that `out` has room for. */
  private steps = 1;
  private readonly values: Float32Array;
  private readonly weights: Float32Array;

  constructor(
    private readonly module: RowPooling,
    private readonly batch: number,
    readonly inputSize: number,
  ) {
    this.outputSize = inputSize;
    this.slabs = module.engine.slabsFor(this, `${module.type}.stream`);
    this.out = this.slabs.allocate(batch * padToTile(inputSize));
    this.values = new Float32Array(batch * inputSize);
    this.weights = new Float32Array(batch * 2);
  }

  reserve(steps: number): void {
    if (steps <= this.steps) return;
    this.out = this.slabs.replace(this.out, steps * this.batch * padToTile(this.inputSize));
    this.steps = steps;
  }

  advance(x: number, steps: number, lanes?: ArrayLike<number>): number {
    const { module, inputSize: width, values, out } = this;
    if (module.disposed) module.assertAlive('stream.step');
    const { f32 } = module.engine;
    const stride = padToLanes(width);
    const rows = lanes ? lanes.length : this.batch;
    for (let row = 0; row < steps * rows; row++) {
      const lane = lanes ? lanes[row % rows] : row % rows;
      module.advanceRow(f32, x / 4 + row * stride, width, values, lane * width, this.weights, lane);
      const to = out / 4 + row * stride;
      for (let i = 0; i < width; i++) f32[to + i] = values[lane * width + i];
      f32.fill(0, to + width, to + stride);
    }
    return out;
  }

  reset(state: unknown, who: string, lane?: number): void {
    this.module.assertAlive('stream.reset');
    const [from, count] = lane === undefined ? [0, this.batch] : [lane, 1];
    const { inputSize: width } = this;
    if (state === undefined) {
      this.values.fill(0, from * width, (from + count) * width);
      this.weights.fill(0, from * 2, (from + count) * 2);
      return;
    }
    const { values, weights } = state as Partial<PoolState>;
    if (!values || !weights) {
      throw typeError(
        `${who}: state: got ${describeValue(state)}, expected { values, weights } of a ${this.module.type}`,
      );
    }
    expectDims(values, [count, width], `${who}: state.values`);
    expectDims(weights, [count, 2], `${who}: state.weights`);
    this.values.set(values.data, from * width);
    this.weights.set(weights.data, from * 2);
  }

  readState(lane?: number): PoolState {
    this.module.assertAlive('stream.state');
    const [from, count] = lane === undefined ? [0, this.batch] : [lane, 1];
    const part = (data: Float32Array, width: number) => ({
      data: data.slice(from * width, (from + count) * width),
      dims: [count, width],
    });
    return { values: part(this.values, this.inputSize), weights: part(this.weights, 2) };
  }

  copyLane(lane: number, source: PoolStage, sourceLane: number): void {
    this.module.assertAlive('stream.copyLane');
    const { inputSize: width } = this;
    this.values.set(source.values.slice(sourceLane * width, (sourceLane + 1) * width), lane * width);
    this.weights.set(source.weights.slice(sourceLane * 2, (sourceLane + 1) * 2), lane * 2);
  }

  release(): void {
    this.slabs.release();
  }
}
