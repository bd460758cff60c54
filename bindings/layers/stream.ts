import { disposeSymbol } from '../dispose-symbol.js';
import { padToLanes } from '../engine/abi.js';
import type { Engine, Slabs } from '../engine/engine.js';
import { HiddenstateError, rangeError, typeError } from '../errors.js';
import { assertOptions, assertSize } from '../options.js';
import { checkLanes, countSteps, type LaneOptions, type Streaming } from '../streaming.js';
import { describeValue, isFloat32Array } from '../tensor.js';
import { copyRows } from '../weights/packing.js';
import type { Module } from './module.js';
import type { Stage } from './stage.js';

/** Options of `stream`. */
export interface StreamOptions<State> {
  /** How many independent sequences advance together. Default 1. */
  batch?: number;
  /** Where they begin; zeros unless given. Copied. */
  state?: State;
}

/**
 * A model that advances one time step a call and keeps its state in wasm memory between calls. Its memory is the state
 * and one input; weights and workspace are the layer's, so thousands of streams of one layer are cheap.
 */
export class Stream<State = unknown> implements Streaming<State> {
  /** Sequences that advance together. */
  readonly batch: number;
  /** Features of one input. */
  readonly inputSize: number;
  /** Features of one output. */
  readonly outputSize: number;
  private readonly engine: Engine;
  private readonly slabs: Slabs;
  private readonly x: number;
  /** Whether rows lie in wasm memory as they do in the caller's arrays, or there is only one. */
  private readonly inputTight: boolean;
  private readonly outputTight: boolean;
  private alive = true;
  private view: Float32Array | undefined;
  private viewed: Float32Array | undefined;
  private viewedAt = 0;
  private marks: Uint8Array | undefined;

  /** @internal */
  constructor(
    private readonly owner: Module,
    private readonly stage: Stage,
    { batch = 1, state }: StreamOptions<State>,
  ) {
    this.engine = owner.engine;
    this.batch = batch;
    this.inputSize = stage.inputSize;
    this.outputSize = stage.outputSize;
    this.inputTight = batch === 1 || padToLanes(this.inputSize) === this.inputSize;
    this.outputTight = batch === 1 || padToLanes(this.outputSize) === this.outputSize;
    this.slabs = this.engine.slabsFor(this, `${owner.type}.stream`);
    try {
      this.x = this.slabs.allocate(batch * padToLanes(this.inputSize));
      if (state !== undefined) stage.reset(state, `${owner.type}.stream`);
      stage.reserve();
    } catch (error) {
      stage.release();
      this.slabs.release();
      throw error;
    }
  }

  /**
   * Advances by one step.
   *
   * @param x batch × inputSize numbers, one row after the other; copied
   * @param out where the batch × outputSize outputs go; a new array unless given. With it the call allocates nothing.
   * @param options `lanes`: the sequences that advance; x and out then hold only their rows, in that order, and the others rest
   * @returns `out`
   * @throws {TypeError} if x or out is not a Float32Array, or lanes are no integers
   * @throws {RangeError} if x or out has another length, or there is no such lane, or it comes twice; the state is unchanged
   * @throws {Error} after `dispose()` of the stream or its layer
   */
  step(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array {
    const { batch, inputSize, outputSize } = this;
    if (!this.alive) this.throwDisposed('step');
    const lanes = options === undefined ? undefined : this.lanesOf(options, 'step');
    const rows = lanes ? lanes.length : batch;
    out ??= new Float32Array(rows * outputSize);
    if (!isFloat32Array(x) || x.length !== rows * inputSize) this.throwMisfit('step: x', x, rows, inputSize);
    if (!isFloat32Array(out) || out.length !== rows * outputSize) this.throwMisfit('step: out', out, rows, outputSize);
    if (rows === 0) return out;
    this.copyIn(x, 0, rows);
    this.copyOut(this.stage.advance(this.x, lanes), out, 0, rows);
    return out;
  }

  /**
   * Advances by as many steps as x holds, with the bits of as many calls of `step`.
   *
   * @param x T × batch × inputSize numbers, step after step; copied
   * @param out where the T × batch × outputSize outputs go; a new array unless given. With it the call allocates nothing.
   * @param options `lanes`: the sequences that advance, as in `step`
   * @returns `out`
   * @throws as `step`; a module that refuses an input, as an Embedding an index, leaves the steps before it taken
   */
  steps(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array {
    const { batch, inputSize, outputSize } = this;
    if (!this.alive) this.throwDisposed('steps');
    const lanes = options === undefined ? undefined : this.lanesOf(options, 'steps');
    const rows = lanes ? lanes.length : batch;
    const count = countSteps(x, rows * inputSize, `${this.owner.type}.stream.steps`);
    out ??= new Float32Array(count * rows * outputSize);
    if (!isFloat32Array(out) || out.length !== count * rows * outputSize)
      this.throwMisfit('steps: out', out, count * rows, outputSize);
    for (let t = 0; t < count; t++) {
      this.copyIn(x, t * rows * inputSize, rows);
      this.copyOut(this.stage.advance(this.x, lanes), out, t * rows * outputSize, rows);
    }
    return out;
  }

  /**
   * Begins anew: all sequences, or one while the others go on.
   *
   * @param state where to begin; zeros unless given. Copied. With `lane`, a state as of a stream of one.
   * @param options `lane`: which sequence of the batch; all unless given
   * @throws {TypeError | RangeError} if the state is not one of this layer and batch, or there is no such lane; the old
   *   state is kept
   * @throws {Error} after `dispose()`
   */
  reset(state?: State, options: { lane?: number } = {}): void {
    if (!this.alive) this.throwDisposed('reset');
    const who = `${this.owner.type}.stream.reset`;
    assertOptions(options, ['lane'], who);
    if (options.lane !== undefined) this.assertLane(options.lane, who);
    this.stage.reset(state, who, options.lane);
  }

  /** A copy of the state, as `forward` and `reset` take it. */
  get state(): State {
    if (!this.alive) this.throwDisposed('state');
    return this.stage.readState() as State;
  }

  /**
   * Reads the state of one sequence of the batch.
   *
   * @returns a copy, as a stream of one has it
   * @throws {TypeError | RangeError} if there is no such lane
   * @throws {Error} after `dispose()`
   */
  stateOf(lane: number): State {
    if (!this.alive) this.throwDisposed('stateOf');
    this.assertLane(lane, `${this.owner.type}.stream.stateOf`);
    return this.stage.readState(lane) as State;
  }

  /**
   * Gives one sequence the state of another, which keeps it: how a sequence joins a batch, leaves it, or moves within it.
   * Nothing passes through JavaScript objects.
   *
   * @param lane which sequence of this stream
   * @param source a stream of the same layer, this one included
   * @param sourceLane which sequence of that stream
   * @throws {TypeError | RangeError} if source is no stream of this layer, or there is no such lane
   * @throws {Error} after `dispose()` of either stream
   */
  copyLane(lane: number, source: Stream<State>, sourceLane = 0): void {
    const who = `${this.owner.type}.stream.copyLane`;
    if (!this.alive) this.throwDisposed('copyLane');
    this.assertLane(lane, who);
    if (!(source instanceof Stream)) {
      throw typeError(`${who}: source: got ${describeValue(source)}, expected a stream of this ${this.owner.type}`);
    }
    if (source.owner !== this.owner) {
      throw typeError(`${who}: source: got a stream of another module, expected one of this ${this.owner.type}`);
    }
    if (!source.alive) source.throwDisposed('copyLane: source');
    source.assertLane(sourceLane, `${who}: source`);
    this.stage.copyLane(lane, source.stage, sourceLane);
  }

  /** Gives the stream's memory back; the layer lives on. */
  dispose(): void {
    if (!this.alive) return;
    this.alive = false;
    this.stage.release();
    this.slabs.release();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  /** Rows that begin at `from` in x. */
  private copyIn(x: Float32Array, from: number, rows: number): void {
    const { inputSize } = this;
    const { f32 } = this.engine;
    const at = this.x / 4;
    const size = rows * inputSize;
    if (!this.inputTight) copyRows(f32, at, padToLanes(inputSize), x, from, inputSize, rows, inputSize);
    else if (x.length > FEW && x.length === size) f32.set(x, at);
    else for (let i = 0; i < size; i++) f32[at + i] = x[from + i];
  }

  private copyOut(address: number, out: Float32Array, to: number, rows: number): void {
    const { outputSize } = this;
    const { f32 } = this.engine;
    const at = address / 4;
    const size = rows * outputSize;
    if (!this.outputTight) copyRows(out, to, outputSize, f32, at, padToLanes(outputSize), rows, outputSize);
    else if (size > FEW && rows === this.batch) out.set(this.viewOf(f32, at, size), to);
    else for (let i = 0; i < size; i++) out[to + i] = f32[at + i];
  }

  /** The output as an array over wasm memory, made once for as long as memory does not grow. */
  private viewOf(f32: Float32Array, at: number, length: number): Float32Array {
    if (this.viewed !== f32 || this.viewedAt !== at) {
      this.view = f32.subarray(at, at + length);
      this.viewed = f32;
      this.viewedAt = at;
    }
    return this.view as Float32Array;
  }

  private assertLane(lane: number, who: string): void {
    assertSize(lane, `${who}: lane`, 0, this.batch - 1);
  }

  private throwDisposed(method: string): never {
    throw new HiddenstateError(
      'DISPOSED',
      `${this.owner.type}.stream.${method}: got a disposed stream, expected a live one`,
    );
  }

  private lanesOf(options: LaneOptions, method: string): ArrayLike<number> | undefined {
    const who = `${this.owner.type}.stream.${method}`;
    assertOptions(options, ['lanes'], who);
    this.marks ??= new Uint8Array(this.batch);
    return options.lanes && checkLanes(options.lanes, this.marks, who);
  }

  private throwMisfit(name: string, value: unknown, rows: number, size: number): never {
    const error = isFloat32Array(value) ? rangeError : typeError;
    const shape = rows === 1 ? '' : ` (${rows} × ${size})`;
    throw error(
      `${this.owner.type}.stream.${name}: got ${describeValue(value)}, expected Float32Array(${rows * size})${shape}`,
    );
  }
}

/** Up to this many floats a loop copies faster than a call of `TypedArray.set`. */
const FEW = 8;

/**
 * Opens a stream on any module.
 *
 * @internal
 */
export function openStream<State>(owner: Module, options: StreamOptions<State>): Stream<State> {
  const who = `${owner.type}.stream`;
  owner.assertAlive('stream');
  assertOptions(options, ['batch', 'state'], who);
  const { batch = 1 } = options;
  assertSize(batch, `${who}: batch`);
  return new Stream<State>(owner, owner.openStage(batch, owner.inputSize), options);
}
