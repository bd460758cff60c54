import { disposeSymbol } from '../dispose-symbol.js';
import { padToLanes } from '../engine/abi.js';
import type { Engine, Slabs } from '../engine/engine.js';
import { disposedError, typeError } from '../errors.js';
import { assertOptions, assertSize } from '../options.js';
import { checkLanes, countSteps, type LaneOptions, refuseRows, type Streaming } from '../streaming.js';
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
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 *
 * const gru = new GRU({ inputSize: 3, hiddenSize: 8 });
 * const stream = gru.stream({ batch: 2 }); // two sequences that advance together
 * const out = new Float32Array(2 * 8);
 * stream.step(Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), out);
 * stream.reset(undefined, { lane: 1 }); // the second one begins anew
 * console.log(stream.stateOf(0).h.dims); // [ 1, 1, 8 ]
 * ```
 */
export class Stream<State = unknown> implements Streaming<State> {
  /** Sequences that advance together. */
  readonly batch: number;
  /** Features of one input. */
  readonly inputSize: number;
  /** Features of one output. */
  readonly outputSize: number;
  /** Numbers of one step of all sequences. */
  private readonly inputs: number;
  private readonly outputs: number;
  /** @internal */
  readonly engine: Engine;
  private readonly slabs: Slabs;
  private x: number;
  /** Steps that there is room for. */
  private room = 1;
  /** Whether rows lie in wasm memory as they do in the caller's arrays. */
  private readonly inputTight: boolean;
  private readonly outputTight: boolean;
  /** Whether the input of a step is copied by one call. */
  private readonly inputSets: boolean;
  private alive = true;
  /** Outputs as arrays over wasm memory, by how many rows they are: made once for as long as they stay where they are. */
  private readonly views: { f32: Float32Array; address: number; view: Float32Array }[] = [];
  private marks: Uint8Array | undefined;
  private readonly names: Record<string, string> = {};

  /** @internal */
  constructor(
    private readonly owner: Module,
    /** @internal */
    readonly stage: Stage,
    { batch = 1, state }: StreamOptions<State>,
  ) {
    this.engine = owner.engine;
    this.batch = batch;
    this.inputSize = stage.inputSize;
    this.outputSize = stage.outputSize;
    this.inputs = batch * stage.inputSize;
    this.outputs = batch * stage.outputSize;
    const isTight = (size: number) => padToLanes(size) === size;
    this.inputTight = isTight(this.inputSize);
    this.outputTight = isTight(this.outputSize);
    this.inputSets = this.inputs > FEW && (batch === 1 || this.inputTight);
    const who = `${owner.type}.stream`;
    this.slabs = this.engine.slabsFor(this, who);
    try {
      this.x = this.slabs.allocate(batch * padToLanes(this.inputSize));
      if (state !== undefined) stage.reset(state, who);
      stage.reserve(1);
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
    // What nearly every call is, with nothing else to ask; whatever is amiss, `advance` says it.
    if (
      options === undefined &&
      this.alive &&
      isFloat32Array(x) &&
      x.length === this.inputs &&
      isFloat32Array(out) &&
      out.length === this.outputs
    ) {
      if (this.inputSets) this.engine.f32.set(x, this.x / 4);
      else this.copyIn(x, 0, this.batch);
      const address = this.stage.advance(this.x, 1);
      const known = this.views[this.batch];
      if (known && known.address === address && known.f32 === this.engine.f32) out.set(known.view);
      else this.copyOut(address, out, 0, this.batch);
      return out;
    }
    return this.advance('step', x, out, options, 1);
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
    return this.advance('steps', x, out, options);
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
    const who = this.enter('reset');
    assertOptions(options, ['lane'], who);
    if (options.lane !== undefined) this.assertLane(options.lane, who);
    this.stage.reset(state, who, options.lane);
  }

  /** A copy of the state, as `forward` and `reset` take it. */
  get state(): State {
    this.enter('state');
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
    this.assertLane(lane, this.enter('stateOf'));
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
    const who = this.enter('copyLane');
    this.assertLane(lane, who);
    if (!(source instanceof Stream) || source.owner !== this.owner) {
      const got = source instanceof Stream ? 'a stream of another module' : describeValue(source);
      throw typeError(`${who}: source: got ${got}, expected a stream of this ${this.owner.type}`);
    }
    source.enter('copyLane: source');
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

  /** @param count how many steps; as many as x holds unless given */
  private advance(
    method: string,
    x: Float32Array,
    out: Float32Array | undefined,
    options: LaneOptions | undefined,
    count?: number,
  ): Float32Array {
    const who = this.enter(method);
    const lanes = options && this.lanesOf(options, who);
    const rows = lanes ? lanes.length : this.batch;
    const inputs = rows * this.inputSize;
    const outputs = rows * this.outputSize;
    count ??= countSteps(x, inputs, this.owner.type, '.stream.steps');
    if (out === undefined) out = new Float32Array(count * outputs);
    if (!isFloat32Array(x) || x.length !== count * inputs) refuseRows(`${who}: x`, x, count * rows, this.inputSize);
    if (!isFloat32Array(out) || out.length !== count * outputs)
      refuseRows(`${who}: out`, out, count * rows, this.outputSize);
    if (rows === 0) return out;
    const most = count > 1 ? this.makeRoom(count) : 1;
    for (let t = 0; t < count; t += most) {
      const taken = Math.min(most, count - t);
      this.copyIn(x, t * inputs, taken * rows);
      this.copyOut(this.stage.advance(this.x, taken, lanes), out, t * outputs, taken * rows);
    }
    return out;
  }

  /** Makes room for as many of some steps as a call may take; returns how many that is. */
  private makeRoom(steps: number): number {
    const { batch, stage, inputSize } = this;
    const most = stage.refuses ? 1 : Math.min(steps, Math.ceil(BLOCK_ROWS / batch));
    if (most > this.room) {
      stage.reserve(most);
      this.x = this.slabs.replace(this.x, most * batch * padToLanes(inputSize));
      this.room = most;
    }
    return most;
  }

  /** Rows that begin at `from` in x. */
  private copyIn(x: Float32Array, from: number, rows: number): void {
    const { inputSize } = this;
    const { f32 } = this.engine;
    const at = this.x / 4;
    const size = rows * inputSize;
    if (rows > 1 && !this.inputTight) copyRows(f32, at, padToLanes(inputSize), x, from, inputSize, rows, inputSize);
    else if (x.length > FEW && x.length === size) f32.set(x, at);
    else for (let i = 0; i < size; i++) f32[at + i] = x[from + i];
  }

  private copyOut(address: number, out: Float32Array, to: number, rows: number): void {
    const { outputSize } = this;
    const { f32 } = this.engine;
    const at = address / 4;
    const size = rows * outputSize;
    if (rows > 1 && !this.outputTight) copyRows(out, to, outputSize, f32, at, padToLanes(outputSize), rows, outputSize);
    else if (size > FEW) out.set(this.viewOf(f32, address, rows, size), to);
    else for (let i = 0; i < size; i++) out[to + i] = f32[at + i];
  }

  private viewOf(f32: Float32Array, address: number, rows: number, size: number): Float32Array {
    const known = this.views[rows];
    if (known?.f32 === f32 && known.address === address) return known.view;
    const view = f32.subarray(address / 4, address / 4 + size);
    this.views[rows] = { f32, address, view };
    return view;
  }

  private assertLane(lane: number, who: string): void {
    assertSize(lane, `${who}: lane`, 0, this.batch - 1);
  }

  /** The name of a method for messages, if the stream is alive. Made once: a step allocates nothing. */
  private enter(method: string): string {
    this.names[method] ??= `${this.owner.type}.stream.${method}`;
    const who = this.names[method];
    if (!this.alive) throw disposedError(who, 'stream');
    return who;
  }

  private lanesOf(options: LaneOptions, who: string): ArrayLike<number> | undefined {
    assertOptions(options, LANE_OPTIONS, who);
    this.marks ??= new Uint8Array(this.batch);
    return options.lanes && checkLanes(options.lanes, this.marks, who);
  }
}

const LANE_OPTIONS = ['lanes'];

/** Rows that a call of `steps` takes through the layers at a time: few enough that what they become stays in the cache. */
const BLOCK_ROWS = 128;

/** Up to this many floats a loop copies faster than a call of `TypedArray.set`. */
const FEW = 8;
