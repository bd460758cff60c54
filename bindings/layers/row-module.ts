import { padToLanes, padToTile } from '../engine/abi.js';
import type { Slabs } from '../engine/engine.js';
import { rangeError, typeError } from '../errors.js';
import { assertTensor, describeValue, formatDims, type Tensor } from '../tensor.js';
import { copyRows } from '../weights/packing.js';
import { type ForwardOptions, Module, type ModuleResult } from './module.js';
import type { Stage } from './stage.js';
import { Workspace } from './workspace.js';

/**
 * Rows are taken through wasm memory this many floats at a time, however long the input: few enough for the second-level
 * cache, enough rows to read the weights seldom.
 */
const CHUNK_FLOATS = 1 << 18;

/** A module without state that maps every row (the last dimension) by itself. */
export abstract class RowModule extends Module {
  /** @internal */
  readonly workspace = new Workspace(this.slabs);
  /** @internal Whether `mapRows` may refuse a row. */
  readonly refuses: boolean = false;

  /**
   * Maps rows that lie in wasm memory.
   *
   * @param x address of the rows, padded to whole vectors with zeros
   * @param out address of the results, to be left alike; has room for rows padded to whole tiles
   * @param width features of a row of x
   * @param scratch address of `scratchSize(rows)` floats
   * @internal
   */
  abstract mapRows(x: number, out: number, rows: number, width: number, scratch: number): void;

  /** @internal Floats of workspace that mapping so many rows takes. */
  scratchSize(_rows: number): number {
    return 0;
  }

  /** @internal */
  override run(input: Tensor, options: ForwardOptions<unknown> = {}): ModuleResult {
    refuseState(options.state, `${this.type}.forward`);
    return { output: this.mapTensor(input) };
  }

  /** @internal */
  override openStage(batch: number, width: number): Stage {
    return new RowStage(this, batch, width);
  }

  /** @internal Width of what comes out for rows of `width`. */
  outputWidth(width: number): number {
    return this.outputSize || width;
  }

  /** @internal Maps the last dimension of a tensor. */
  protected mapTensor(input: Tensor): Tensor {
    const who = `${this.type}.forward`;
    this.assertAlive('forward');
    assertTensor(input, `${who}: input`);
    const { dims } = input;
    const width = dims.at(-1) ?? 0;
    if (dims.length === 0 || (this.inputSize && width !== this.inputSize)) {
      const expected = this.inputSize ? `[…, ${this.inputSize}]` : 'at least one dimension';
      throw rangeError(`${who}: input: got dims ${formatDims(dims)}, expected ${expected}`);
    }
    const outWidth = this.outputWidth(width);
    const rows = width ? input.data.length / width : 0;
    const data = new Float32Array(rows * outWidth);
    this.eachChunk(rows, width, (x, out, scratch, first, count) => {
      const { f32 } = this.engine;
      const xStride = padToLanes(width);
      if (xStride !== width) f32.fill(0, x / 4, x / 4 + count * xStride);
      copyRows(f32, x / 4, xStride, input.data, first * width, width, count, width);
      this.mapRows(x, out, count, width, scratch);
      copyRows(data, first * outWidth, outWidth, f32, out / 4, padToLanes(outWidth), count, outWidth);
    });
    return { data, dims: [...dims.slice(0, -1), outWidth] };
  }

  private eachChunk(
    rows: number,
    width: number,
    visit: (x: number, out: number, scratch: number, first: number, count: number) => void,
  ): void {
    const xStride = padToLanes(width);
    const outStride = padToTile(this.outputWidth(width));
    const chunk = Math.min(rows, Math.max(1, Math.floor(CHUNK_FLOATS / Math.max(xStride, outStride))));
    const [x, out, scratch] = this.workspace.carve([chunk * xStride, chunk * outStride, this.scratchSize(chunk)]);
    for (let first = 0; first < rows; first += chunk) visit(x, out, scratch, first, Math.min(chunk, rows - first));
  }
}

/** A row module as a link of a stream: its memory is its output. */
class RowStage implements Stage {
  readonly outputSize: number;
  private readonly slabs: Slabs;
  private out = 0;
  /** Steps that there is room for. */
  private steps = 0;

  constructor(
    private readonly module: RowModule,
    private readonly batch: number,
    readonly inputSize: number,
  ) {
    this.outputSize = module.outputWidth(inputSize);
    this.slabs = module.engine.slabsFor(this, `${module.type}.stream`);
  }

  get refuses(): boolean {
    return this.module.refuses;
  }

  advance(x: number, steps: number, lanes?: ArrayLike<number>): number {
    const { module, out } = this;
    const rows = steps * (lanes ? lanes.length : this.batch);
    if (module.disposed) module.assertAlive('stream.step');
    module.mapRows(x, out, rows, this.inputSize, module.workspace.address);
    return out;
  }

  reserve(steps: number): void {
    const { module, batch } = this;
    module.workspace.reserve(module.scratchSize(steps * batch));
    if (steps <= this.steps) return;
    this.out = this.slabs.replace(this.out, steps * batch * padToTile(this.outputSize));
    this.steps = steps;
  }

  reset(state: unknown, who: string): void {
    this.module.assertAlive('stream.reset');
    refuseState(state, who);
  }

  readState(): undefined {
    this.module.assertAlive('stream.state');
    return undefined;
  }

  copyLane(): void {
    this.module.assertAlive('stream.copyLane');
  }

  release(): void {
    this.slabs.release();
  }
}

/**
 * Refuses a state where a module keeps none.
 *
 * @throws {TypeError} if there is one
 */
export function refuseState(state: unknown, who: string): void {
  if (state !== undefined) {
    throw typeError(`${who}: state: got ${describeValue(state)}, expected none: the module keeps no state`);
  }
}
