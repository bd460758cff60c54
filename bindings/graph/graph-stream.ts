import { disposeSymbol } from '../dispose-symbol.js';
import { padToLanes } from '../engine/abi.js';
import { HiddenstateError, rangeError, typeError } from '../errors.js';
import { assertOptions, assertSize } from '../options.js';
import { checkLanes, countSteps, type LaneOptions, type Streaming } from '../streaming.js';
import { describeValue, isFloat32Array } from '../tensor.js';
import type { Values } from './dtype.js';
import type { Feeds, GraphTensor } from './graph-tensor.js';
import { MAX_ITERATIONS } from './iterations.js';
import type { Slot } from './plan.js';
import { copyLaneRows, type LaneTensor, laneTensor, RestingLanes } from './stream-lanes.js';
import { StreamMemory } from './stream-memory.js';
import { type GraphStreamParts, moveOf, type StateMove } from './stream-parts.js';

/**
 * A model that is one step of a recurrence, its states kept in wasm memory between calls. Has a plan of its own and shares the
 * model's weights.
 */
export class GraphStream implements Streaming<Record<string, GraphTensor>> {
  /** Sequences that advance together. */
  readonly batch: number;
  /** Elements of one input of one sequence. */
  readonly inputSize: number;
  /** Elements of one output of one sequence. */
  readonly outputSize: number;
  private readonly states: StreamMemory;
  /** The states that are float32. */
  private readonly floats: readonly Slot[];
  private readonly x: LaneTensor;
  private readonly lanes: RestingLanes;
  private readonly marks: Uint8Array;
  private alive = true;
  /** Where the last step left its outputs: always the same place, unless what is computed decides on the way. */
  private places: Places;
  private readonly known = new WeakMap<readonly Slot[], Places>();
  private output: Float32Array | undefined;
  private memoryOfOutput: Float32Array | undefined;

  /** @internal */
  constructor(private readonly parts: GraphStreamParts) {
    const { batch, who } = parts;
    this.batch = batch;
    this.inputSize = parts.x.size / batch;
    this.x = laneTensor(parts.x, parts, parts.declared.x, `${who}.stream: input`);
    this.states = new StreamMemory(parts);
    this.marks = new Uint8Array(batch);
    this.lanes = new RestingLanes(this.states.lanes, batch);
    // Where the way depends on what is computed, a step on zeros finds one.
    this.places = this.placesOf(parts.plan.outputs ?? this.run());
    this.outputSize = this.places.slot.size / batch;
    this.floats = this.states.floats;
    this.reset(parts.state);
  }

  /**
   * Advances by one step.
   *
   * @param x inputSize numbers, for an input of integers whole ones; copied
   * @param out where the outputSize outputs go, as numbers whatever their type; a new array unless given. With it the call allocates nothing.
   * @returns `out`
   * @throws {TypeError} if x or out is not a Float32Array
   * @throws {RangeError} if x or out has another length; the state is unchanged
   * @throws {Error} after `dispose()` of the stream or its model
   */
  step(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array {
    if (!this.alive) this.throwDisposed('step');
    this.parts.assertAlive('stream.step');
    const lanes = options === undefined ? undefined : this.lanesOf(options, 'step');
    const rows = lanes ? lanes.length : this.batch;
    out ??= new Float32Array(rows * this.outputSize);
    if (!isFloat32Array(x) || x.length !== rows * this.inputSize) this.throwMisfit('step: x', x, rows * this.inputSize);
    if (!isFloat32Array(out) || out.length !== rows * this.outputSize)
      this.throwMisfit('step: out', out, rows * this.outputSize);
    if (rows > 0) this.advance(x, 0, out, 0, lanes);
    return out;
  }

  /**
   * Advances by as many steps as x holds, with the bits of as many calls of `step`.
   *
   * @param x T × batch × inputSize numbers, step after step; copied
   * @param out where the T × batch × outputSize outputs go; a new array unless given. With it the call allocates nothing.
   * @param options `lanes`: the sequences that advance, as in `step`
   * @returns `out`
   * @throws as `step`
   */
  steps(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array {
    if (!this.alive) this.throwDisposed('steps');
    this.parts.assertAlive('stream.steps');
    const lanes = options === undefined ? undefined : this.lanesOf(options, 'steps');
    const rows = lanes ? lanes.length : this.batch;
    const [inputs, outputs] = [rows * this.inputSize, rows * this.outputSize];
    const count = countSteps(x, inputs, this.parts.who, '.stream.steps');
    out ??= new Float32Array(count * outputs);
    if (!isFloat32Array(out) || out.length !== count * outputs) this.throwMisfit('steps: out', out, count * outputs);
    for (let t = 0; t < count; t++) this.advance(x, t * inputs, out, t * outputs, lanes);
    return out;
  }

  private advance(x: Float32Array, xAt: number, out: Float32Array, outAt: number, lanes?: ArrayLike<number>): void {
    const { parts, floats } = this;
    const { memory, kernels } = parts;
    memory.refresh();
    const { x: from } = parts;
    if (lanes) {
      this.lanes.keep(parts.memory);
      this.copyLanes(x, xAt, lanes, true);
    } else if (from.view === 'f32' && x.length > FEW && x.length === from.size) memory.f32.set(x, from.index);
    else copy(memory[from.view], from.index, x, xAt, from.size);
    const outputs = this.run();
    if (outputs !== this.places.outputs) this.turnTo(outputs);
    const { slot: to, moves } = this.places;
    if (lanes) this.copyLanes(out, outAt, lanes, false);
    else if (to.view === 'f32' && to.size > FEW) out.set(this.outputOf(memory.f32), outAt);
    else copy(out, outAt, memory[to.view], to.index, to.size);
    for (let i = 0; i < moves.length; i++) {
      const { view, to, from, size } = moves[i];
      const values = memory[view];
      if (size > SOME) values.copyWithin(to, from, from + size);
      else copy(values, to, values, from, size);
    }
    // A state that decays would soon be a denormal number, which is slow to compute with.
    for (let i = 0; i < floats.length; i++) kernels.flushTiny(floats[i].index * 4, padToLanes(floats[i].size));
    if (lanes) this.lanes.restore(parts.memory, lanes);
  }

  /** Rows of x into the lanes that advance, or theirs out. */
  private copyLanes(rows: Float32Array, at: number, lanes: ArrayLike<number>, into: boolean): void {
    const place = into ? this.x : this.places.y;
    copyLaneRows(this.parts.memory[place.view], place, this.batch, rows, at, lanes, into);
  }

  /**
   * Begins anew.
   *
   * @param state tensors by the names of the state inputs; zeros unless given. Copied. With `lane`, those of a stream of one.
   * @param options `lane`: which sequence of the batch; all unless given
   * @throws {TypeError | RangeError} if a state is missing, unknown or misshapen; the old ones are kept
   * @throws {Error} after `dispose()`
   */
  reset(state?: Feeds, options: { lane?: number } = {}): void {
    const { parts } = this;
    if (!this.alive) this.throwDisposed('reset');
    parts.assertAlive('stream.reset');
    const who = `${parts.who}.stream.reset`;
    assertOptions(options, ['lane'], who);
    const { lane } = options;
    if (lane !== undefined) this.assertLane(lane, who);
    const given = state && this.states.check(state, lane, who);
    if (state) assertOptions(state, this.states.names, who);
    this.states.write(given, lane);
  }

  /** A copy of the states, by the names of their inputs, as `reset` takes them. */
  get state(): Record<string, GraphTensor> {
    const { parts } = this;
    if (!this.alive) this.throwDisposed('state');
    parts.assertAlive('stream.state');
    return this.states.read();
  }

  /**
   * Reads the states of one sequence of the batch.
   *
   * @returns copies by the names of their inputs, as a stream of one has them
   * @throws {TypeError | RangeError} if there is no such lane
   * @throws {Error} after `dispose()`
   */
  stateOf(lane: number): Record<string, GraphTensor> {
    const { parts } = this;
    if (!this.alive) this.throwDisposed('stateOf');
    parts.assertAlive('stream.stateOf');
    this.assertLane(lane, `${parts.who}.stream.stateOf`);
    return this.states.read(lane);
  }

  /**
   * Gives one sequence the states of another, which keeps them.
   *
   * @param lane which sequence of this stream
   * @param source a stream of the same model, this one included
   * @param sourceLane which sequence of that stream
   * @throws {TypeError | RangeError} if source is no stream of this model, or there is no such lane
   * @throws {Error} after `dispose()` of either stream
   */
  copyLane(lane: number, source: GraphStream, sourceLane = 0): void {
    const { parts } = this;
    const who = `${parts.who}.stream.copyLane`;
    if (!this.alive) this.throwDisposed('copyLane');
    parts.assertAlive('stream.copyLane');
    this.assertLane(lane, who);
    if (!(source instanceof GraphStream) || source.parts.inputs !== parts.inputs) {
      throw typeError(`${who}: source: got ${describeValue(source)}, expected a stream of this model`);
    }
    if (!source.alive) source.throwDisposed('copyLane: source');
    source.assertLane(sourceLane, `${who}: source`);
    this.states.copyLane(lane, source.states, sourceLane);
  }

  /**
   * Numbers of the states of one sequence, all of them float32.
   *
   * @internal
   */
  get laneSize(): number {
    return this.states.laneSize;
  }

  /**
   * Copies the states of one sequence in (`into`) or out: one state after the other. Allocates nothing.
   *
   * @internal
   */
  moveLane(lane: number, values: Float32Array, start: number, into: boolean): void {
    this.states.moveLane(lane, values, start, into);
  }

  /** Gives the stream's memory back; the model lives on. */
  dispose(): void {
    if (!this.alive) return;
    this.alive = false;
    this.parts.onDispose();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private run(): readonly Slot[] {
    const { plan, budget, memory } = this.parts;
    budget.iterations = MAX_ITERATIONS;
    const outputs = plan.run();
    if (!plan.outputs) memory.refresh();
    return outputs;
  }

  private turnTo(outputs: readonly Slot[]): void {
    const places = this.placesOf(outputs);
    if (places.slot.size !== this.places.slot.size) {
      throw rangeError(
        `${this.parts.who}.stream.step: got an output of ${places.slot.size} numbers, expected ${this.places.slot.size} as before`,
      );
    }
    this.places = places;
    this.memoryOfOutput = undefined;
  }

  private placesOf(outputs: readonly Slot[]): Places {
    const before = this.known.get(outputs);
    if (before) return before;
    const { parts } = this;
    const moves: StateMove[] = [];
    for (const pair of parts.pairs) {
      const move = moveOf(parts, pair, outputs);
      if (move.from !== move.to) moves.push(move);
    }
    const slot = outputs[parts.y];
    const y = laneTensor(slot, parts, parts.declared.y, `${parts.who}.stream: output`);
    const places = { outputs, slot, y, moves };
    this.known.set(outputs, places);
    return places;
  }

  /** The output as an array over wasm memory, made once for as long as memory does not grow. */
  private outputOf(f32: Float32Array): Float32Array {
    const { index, size } = this.places.slot;
    if (this.memoryOfOutput !== f32) {
      this.output = f32.subarray(index, index + size);
      this.memoryOfOutput = f32;
    }
    return this.output as Float32Array;
  }

  private assertLane(lane: number, who: string): void {
    assertSize(lane, `${who}: lane`, 0, this.batch - 1);
  }

  private lanesOf(options: LaneOptions, method: string): ArrayLike<number> | undefined {
    const who = `${this.parts.who}.stream.${method}`;
    assertOptions(options, ['lanes'], who);
    return options.lanes && checkLanes(options.lanes, this.marks, who);
  }

  private throwDisposed(method: string): never {
    throw new HiddenstateError(
      'DISPOSED',
      `${this.parts.who}.stream.${method}: got a disposed stream, expected a live one`,
    );
  }

  private throwMisfit(name: string, value: unknown, size: number): never {
    const error = isFloat32Array(value) ? rangeError : typeError;
    throw error(
      `${this.parts.who}.stream.${name}: got ${describeValue(value)}, expected a Float32Array of ${size} numbers`,
    );
  }
}

/** Where a step left its outputs, and which of them go back to where it reads its states. */
interface Places {
  readonly outputs: readonly Slot[];
  readonly slot: Slot;
  readonly y: LaneTensor;
  readonly moves: readonly StateMove[];
}

/** Up to so many elements a loop is faster than `set`. */
const FEW = 8;

/** Up to so many elements a loop is faster than `copyWithin`. */
const SOME = 64;

function copy(to: Values, toStart: number, from: Values, fromStart: number, size: number): void {
  for (let i = 0; i < size; i++) to[toStart + i] = from[fromStart + i];
}
