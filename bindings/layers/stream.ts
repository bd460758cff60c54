import { disposeSymbol } from '../dispose-symbol.js';
import { padToLanes } from '../engine/abi.js';
import type { Engine, Slabs } from '../engine/engine.js';
import { HiddenstateError, rangeError, typeError } from '../errors.js';
import { assertOptions, assertSize } from '../options.js';
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
export class Stream<State = unknown> {
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
   * @returns `out`
   * @throws {TypeError} if x or out is not a Float32Array
   * @throws {RangeError} if x or out has another length; the state is unchanged
   * @throws {Error} after `dispose()` of the stream or its layer
   */
  step(x: Float32Array, out: Float32Array = new Float32Array(this.batch * this.outputSize)): Float32Array {
    const { batch, inputSize, outputSize } = this;
    if (!this.alive) this.throwDisposed('step');
    if (!isFloat32Array(x) || x.length !== batch * inputSize) this.throwMisfit('x', x, inputSize);
    if (!isFloat32Array(out) || out.length !== batch * outputSize) this.throwMisfit('out', out, outputSize);
    this.copyIn(x);
    this.copyOut(this.stage.advance(this.x), out);
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

  private copyIn(x: Float32Array): void {
    const { batch, inputSize } = this;
    const { f32 } = this.engine;
    const at = this.x / 4;
    if (!this.inputTight) copyRows(f32, at, padToLanes(inputSize), x, 0, inputSize, batch, inputSize);
    else if (x.length > FEW) f32.set(x, at);
    else for (let i = 0; i < x.length; i++) f32[at + i] = x[i];
  }

  private copyOut(address: number, out: Float32Array): void {
    const { batch, outputSize } = this;
    const { f32 } = this.engine;
    const at = address / 4;
    if (!this.outputTight) copyRows(out, 0, outputSize, f32, at, padToLanes(outputSize), batch, outputSize);
    else if (out.length > FEW) out.set(this.viewOf(f32, at, out.length));
    else for (let i = 0; i < out.length; i++) out[i] = f32[at + i];
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

  private throwMisfit(name: string, value: unknown, size: number): never {
    const error = isFloat32Array(value) ? rangeError : typeError;
    const shape = this.batch === 1 ? '' : ` (${this.batch} × ${size})`;
    throw error(
      `${this.owner.type}.stream.step: ${name}: got ${describeValue(value)}, expected Float32Array(${this.batch * size})${shape}`,
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
