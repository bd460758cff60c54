import { disposeSymbol } from '../dispose-symbol.js';
import type { Slabs } from '../engine/engine.js';
import { type Module, Sequential } from '../index.js';
import { eachRow, type PackedLayout, packSteps } from '../layers/packed-sequence.js';
import { checkState, type LSTMState } from '../layers/state.js';
import { assertBoolean, assertOptions, assertSize } from '../options.js';
import { type Random, seededRandom } from '../random.js';
import { assertTensor, describeValue, formatDims, type Tensor } from '../tensor.js';
import { copyRows } from '../weights/packing.js';
import { expectDims } from '../weights/state-dict.js';
import { assertFinite, assertFraction } from './assert-finite.js';
import { type Chain, flatten, isRecurrent, makeChain } from './links/chain.js';
import type { Rows } from './links/link.js';
import { RecurrentLink } from './links/recurrent-link.js';
import { type Block, MemoryPlan } from './memory-plan.js';
import { Parameters } from './parameters.js';

/** Options of `Tape`. */
export interface TapeOptions {
  /** The most sequences of a batch. Default 1. */
  batch?: number;
  /** The most time steps. Default 1. */
  steps?: number;
  /** Whether `backward` gives the gradient of the input. Default false: a first layer then has a third less to do. */
  inputGradient?: boolean;
  /**
   * Probability with which an output of a recurrent layer that another recurrent layer reads is dropped while training.
   * Default 0.
   */
  dropout?: number;
  /** Seed of what is dropped. Default 0. */
  seed?: number;
}

/** Options of `Tape.forward`. */
export interface TapeForwardOptions {
  /** Where the recurrence begins, as the model's `forward` takes it; zeros unless given. Copied: no gradient leaves it. */
  state?: unknown;
  /** Valid steps of each sequence of a batch, in any order. */
  lengths?: ArrayLike<number>;
  /** Whether to drop out. Default true. */
  training?: boolean;
}

/** What `Tape.forward` gives. */
export interface TapeResult {
  /** The tape's own tensor: the next `forward` of the same size writes over it. Zero past the end of a sequence. */
  readonly output: Tensor;
  /** The final state, as the model's `forward` gives it; tensors of their own. */
  readonly state: unknown;
}

/** What `Tape.backward` gives. */
export interface TapeGradients {
  /** Of the input, if the tape was asked for it; a tensor of its own. */
  readonly input: Tensor | undefined;
  /** Of the initial state, shaped like the state; tensors of their own. */
  readonly state: unknown;
}

/** The last way forward, which `backward` returns by. */
interface Trip {
  readonly layout: PackedLayout;
  readonly batchFirst: boolean;
  readonly lead: readonly number[];
  /** What comes before the features of a state, behind the layers. */
  readonly stateDims: readonly number[];
  readonly seed: number | undefined;
}

/**
 * Runs a model forward, remembers what backpropagation through time needs, and takes a gradient back. All memory is
 * planned and taken when the tape is made: a training step takes none.
 *
 * Weights are trained in `parameters`, a flat copy; optimisers change it and hand the new weights to the model, whose
 * `forward`, streams and `stateDict` see them. After `loadStateDict` on the model call `parameters.pull()`.
 */
export class Tape {
  /** The model's weights and their gradients. */
  readonly parameters: Parameters;
  readonly batch: number;
  readonly steps: number;
  private readonly slabs: Slabs;
  private readonly modules: readonly Module[];
  private readonly chain: Chain;
  private readonly counts: Block;
  private readonly dropout: number;
  private random: Random;
  private output = new Float32Array(0);
  private trip: Trip | undefined;
  private alive = true;

  /**
   * @param model RNN, LSTM, GRU, Linear, Embedding, activations, or a Sequential of them; stays the caller's
   * @throws {TypeError | RangeError} if an option has the wrong kind or value, the model has a module that cannot be
   *         trained, or memory cannot hold the tape
   * @throws {Error} if the model was disposed
   */
  constructor(
    readonly model: Module,
    options: TapeOptions = {},
  ) {
    if (typeof model?.assertAlive !== 'function' || !('config' in model)) {
      throw new TypeError(`Tape: got model ${describeValue(model)}, expected a module`);
    }
    model.assertAlive('tape');
    assertOptions(options, ['batch', 'steps', 'inputGradient', 'dropout', 'seed'], 'Tape');
    const { batch = 1, steps = 1, inputGradient = false, dropout = 0, seed = 0 } = options;
    assertSize(batch, 'Tape: batch');
    assertSize(steps, 'Tape: steps');
    assertSize(batch * steps, 'Tape: batch × steps');
    assertBoolean(inputGradient, 'Tape: inputGradient');
    assertFraction(dropout, 'Tape: dropout');
    assertFinite(seed, 'Tape: seed');
    this.batch = batch;
    this.steps = steps;
    this.dropout = dropout;
    this.random = seededRandom(seed);
    this.modules = flatten(model, 'Tape');
    this.slabs = model.engine.slabsFor(this, 'Tape');
    try {
      this.parameters = new Parameters(this, model.engine, this.slabs, model.parameters);
      const plan = new MemoryPlan();
      this.counts = plan.reserve(steps);
      const limits = { batch, steps, rows: batch * steps };
      this.chain = makeChain(this.modules, this.parameters, plan, {
        limits,
        counts: this.counts,
        inputGradient,
        dropout,
      });
      plan.carryOut(this.slabs);
    } catch (error) {
      this.slabs.release();
      throw error;
    }
  }

  /**
   * Runs the model and remembers the way.
   *
   * @param input as the model's `forward` takes it, of at most `batch` sequences and `steps` steps; indices, [T, B], for a
   *        model that begins with an Embedding; stays the caller's
   * @throws {TypeError | RangeError} if an argument does not fit the model or the tape
   * @throws {Error} after `dispose()` of the tape or the model
   */
  forward(input: Tensor, options: TapeForwardOptions = {}): TapeResult {
    const who = 'Tape.forward';
    this.assertAlive('forward');
    assertTensor(input, `${who}: input`);
    assertOptions(options, ['state', 'lengths', 'training'], who);
    const { state, lengths, training = true } = options;
    assertBoolean(training, `${who}: training`);
    const trip = this.plan(input, lengths, training && this.dropout > 0, who);
    const states = this.checkStates(state, trip, `${who}: state`);
    this.writeInput(input, trip, who);
    this.trip = trip;
    new Int32Array(this.model.engine.memory.buffer, this.counts.address, trip.layout.steps).set(trip.layout.counts);
    this.recurrentLinks().forEach((link, i) => {
      link.writeState(trip.layout, states[i]);
    });
    for (const link of this.chain.links) link.forward(trip);
    const last = this.last();
    const size = trip.lead.reduce((a, b) => a * b, 1) * last.width;
    if (this.output.length !== size) this.output = new Float32Array(size);
    this.readRows(this.output, last, last.values, trip);
    return {
      output: { data: this.output, dims: [...trip.lead, last.width] },
      state: this.states((link) => link.readState(trip.layout, [link.layer.cells.length, ...trip.stateDims])),
    };
  }

  /**
   * Takes a gradient back along the way of the last `forward`, once: adds to the gradients of `parameters`.
   *
   * @param outputGradient gradient of the loss with respect to the output, of its dims; what stands past the end of a
   *        sequence does not count; stays the caller's
   * @param options.stateGradient gradient with respect to the final state, shaped like it; zeros unless given
   * @throws {TypeError | RangeError} if an argument does not fit the last `forward`
   * @throws {Error} if there was no `forward` since the last `backward`; after `dispose()` of the tape or the model
   */
  backward(outputGradient: Tensor, options: { stateGradient?: unknown } = {}): TapeGradients {
    const who = 'Tape.backward';
    this.assertAlive('backward');
    const { trip } = this;
    if (!trip) throw new Error(`${who}: got no forward since the last backward, expected one`);
    assertOptions(options, ['stateGradient'], who);
    const last = this.last();
    expectDims(outputGradient, [...trip.lead, last.width], `${who}: outputGradient`);
    const states = this.checkStates(options.stateGradient, trip, `${who}: stateGradient`);
    this.writeRows(outputGradient.data, last, last.gradients as Block, trip);
    this.recurrentLinks().forEach((link, i) => {
      link.writeStateGradient(trip.layout, states[i]);
    });
    this.trip = undefined;
    for (let i = this.chain.links.length - 1; i >= 0; i--) this.chain.links[i].backward(trip);
    return {
      input: this.readInputGradient(trip),
      state: this.states((link) => link.readStateGradient(trip.layout, [link.layer.cells.length, ...trip.stateDims])),
    };
  }

  /** Sets the gradients of all weights to zero: `parameters.zeroGradients()`. */
  zeroGradients(): void {
    this.assertAlive('zeroGradients');
    this.parameters.zeroGradients();
  }

  /** Begins the sequence of what is dropped anew, for a run that goes on from a checkpoint. */
  reseed(seed: number): void {
    assertFinite(seed, 'Tape.reseed: seed');
    this.random = seededRandom(seed);
  }

  /** Gives the tape's memory back; the model stays as it was trained. */
  dispose(): void {
    this.alive = false;
    this.parameters.release();
    this.slabs.release();
  }

  /** `dispose()`, for `using`. */
  [disposeSymbol](): void {
    this.dispose();
  }

  private assertAlive(method: string): void {
    if (!this.alive) throw new Error(`Tape.${method}: got a disposed Tape, expected a live one`);
    this.model.assertAlive(method);
  }

  private last(): Rows {
    return this.chain.links[this.chain.links.length - 1].output;
  }

  private recurrentLinks(): RecurrentLink[] {
    return this.chain.links.filter((link) => link instanceof RecurrentLink);
  }

  /** Reads the dims of an input: how its rows are laid out in time. */
  private plan(input: Tensor, lengths: ArrayLike<number> | undefined, drops: boolean, who: string): Trip {
    const { chain, modules } = this;
    const width = chain.indices ? 0 : chain.input.width || (input.dims.at(-1) ?? 0);
    const lead = chain.indices ? input.dims : input.dims.slice(0, -1);
    if (!chain.indices && input.dims.at(-1) !== width) this.refuse(input, who);
    const recurrent = modules.find(isRecurrent);
    const seed = drops ? Math.floor(this.random() * 2 ** 32) | 0 : undefined;
    if (!recurrent) {
      const rows = lead.reduce((a, b) => a * b, 1);
      if (rows < 1 || rows > this.batch * this.steps || lengths !== undefined) this.refuse(input, who);
      const layout = { steps: 1, batch: rows, counts: Int32Array.of(rows), rows, order: undefined };
      return { layout, batchFirst: false, lead, stateDims: [], seed };
    }
    const batched = lead.length === 2;
    const batchFirst = batched && recurrent.batchFirst;
    const [steps, batch] = batched ? (batchFirst ? [lead[1], lead[0]] : lead) : [lead[0], 1];
    const fits = steps >= 1 && steps <= this.steps && batch >= 1 && batch <= this.batch;
    if (!fits || lead.length < 1 || lead.length > 2) this.refuse(input, who);
    if (lengths !== undefined && !batched) {
      throw new RangeError(
        `${who}: lengths: got lengths for an unbatched input, expected an input with a batch dimension`,
      );
    }
    const layout = packSteps(steps, batch, lengths, who);
    return { layout, batchFirst, lead, stateDims: batched ? [batch] : [], seed };
  }

  private refuse({ dims }: Tensor, who: string): never {
    const { chain, batch, steps } = this;
    const features = chain.indices ? '' : `, ${chain.input.width || 'features'}`;
    throw new RangeError(
      `${who}: input: got dims ${formatDims(dims)}, expected [T, B${features}] or [T${features}] in the model's order, with T from 1 to ${steps} and B from 1 to ${batch}`,
    );
  }

  private writeInput(input: Tensor, trip: Trip, who: string): void {
    const { chain, model } = this;
    if (!chain.indices) {
      this.writeRows(input.data, chain.input, chain.input.values, trip);
      return;
    }
    const { numEmbeddings } = this.modules[0] as Module & { numEmbeddings: number };
    for (const index of input.data) {
      if (!Number.isInteger(index) || index < 0 || index >= numEmbeddings) {
        throw new RangeError(
          `${who}: input: got index ${describeValue(index)}, expected an integer from 0 to ${numEmbeddings - 1}`,
        );
      }
    }
    const out = new Int32Array(model.engine.memory.buffer, chain.indices.address, trip.layout.rows);
    eachRow(trip.layout, trip.batchFirst, (packed, plain) => {
      out[packed] = input.data[plain];
    });
  }

  /** Copies a tensor's rows to a block. */
  private writeRows(
    data: Float32Array,
    { width, stride }: Rows,
    { address }: Block,
    { layout, batchFirst }: Trip,
  ): void {
    const { f32 } = this.model.engine;
    const at = address / 4;
    if (width < stride) f32.fill(0, at, at + layout.rows * stride);
    if (isPlain(layout, batchFirst)) copyRows(f32, at, stride, data, 0, width, layout.rows, width);
    else {
      eachRow(layout, batchFirst, (packed, plain) => {
        copyRows(f32, at + packed * stride, stride, data, plain * width, width, 1, width);
      });
    }
  }

  /** Copies rows of a block into a tensor's data; zeros past the end of a sequence. */
  private readRows(
    data: Float32Array,
    { width, stride }: Rows,
    { address }: Block,
    { layout, batchFirst }: Trip,
  ): void {
    const { f32 } = this.model.engine;
    const at = address / 4;
    if (isPlain(layout, batchFirst)) copyRows(data, 0, width, f32, at, stride, layout.rows, width);
    else {
      data.fill(0);
      eachRow(layout, batchFirst, (packed, plain) => {
        copyRows(data, plain * width, width, f32, at + packed * stride, stride, 1, width);
      });
    }
  }

  private readInputGradient(trip: Trip): Tensor | undefined {
    const { input, indices } = this.chain;
    if (!input.gradients || indices) return undefined;
    const data = new Float32Array(trip.lead.reduce((a, b) => a * b, 1) * input.width);
    this.readRows(data, input, input.gradients, trip);
    return { data, dims: [...trip.lead, input.width] };
  }

  /** What the recurrent links have, in the shape of the model's state. */
  private states(read: (link: RecurrentLink) => unknown): unknown {
    const links = this.recurrentLinks();
    const shape = (module: Module): unknown => {
      if (module instanceof Sequential) return module.modules.map(shape);
      return isRecurrent(module) ? read(links.shift() as RecurrentLink) : undefined;
    };
    return shape(this.model);
  }

  /** Checks a state in the shape of the model's. */
  private checkStates(state: unknown, { layout, stateDims }: Trip, who: string): (Partial<LSTMState> | undefined)[] {
    const found: (Partial<LSTMState> | undefined)[] = [];
    const visit = (module: Module, given: unknown): void => {
      if (module instanceof Sequential) {
        if (given !== undefined && (!Array.isArray(given) || given.length !== module.modules.length)) {
          throw new TypeError(
            `${who}: got ${describeValue(given)}, expected an array of ${module.modules.length} states`,
          );
        }
        module.modules.forEach((part, i) => {
          visit(part, (given as unknown[] | undefined)?.[i]);
        });
      } else if (isRecurrent(module)) {
        const shape = module.stateShape(layout.batch);
        found.push(given === undefined ? undefined : checkState(given, shape, [shape.cells, ...stateDims], who));
      } else if (given !== undefined) {
        throw new TypeError(`${who}: got ${describeValue(given)}, expected none: a ${module.type} keeps no state`);
      }
    };
    visit(this.model, state);
    return found;
  }
}

/** Whether packed rows come in the order of the user's tensor. */
function isPlain({ order, batch, steps }: PackedLayout, batchFirst: boolean): boolean {
  return order === undefined && (!batchFirst || batch === 1 || steps === 1);
}
