import { disposeSymbol } from '../../dispose-symbol.js';
import type { Slabs } from '../../engine/engine.js';
import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import type { Module } from '../../index.js';
import { eachRow } from '../../layers/packed-sequence.js';
import { assertBoolean, assertOptions, assertSize } from '../../options.js';
import { type Random, seededRandom } from '../../random.js';
import { assertTensor, describeValue, type Tensor } from '../../tensor.js';
import { expectDims } from '../../weights/state-dict.js';
import { assertFinite, assertFraction } from '../assert-finite.js';
import { type Chain, flatten, isPool, isRecurrent, makeChain } from '../links/chain.js';
import type { Pass, Pieces, Rows } from '../links/link.js';
import { RecurrentLink } from '../links/recurrent-link.js';
import { type Block, MemoryPlan } from '../memory-plan.js';
import { Parameters } from '../parameters.js';
import { drain } from '../pieces.js';
import type { TapeForwardOptions, TapeGradients, TapeOptions, TapeResult } from './options.js';
import { readRows, writeRows } from './rows.js';
import { flattenStates, nestStates } from './states.js';
import { type Course, planTrip, pooledTrip, type Trip } from './trip.js';

/**
 * Runs a model forward, remembers what backpropagation through time needs, and takes a gradient back. All memory is
 * planned and taken when the tape is made: a training step takes none.
 *
 * Weights are trained in `parameters`, a flat copy; optimisers change it and hand the new weights to the model, whose
 * `forward`, streams and `stateDict` see them. After `loadStateDict` on the model call `parameters.pull()`.
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { Adam, mse, Tape } from 'hiddenstate/train';
 *
 * const tape = new Tape(new GRU({ inputSize: 1, hiddenSize: 1, seed: 1 }), { batch: 1, steps: 5 });
 * const optimizer = new Adam(tape.parameters, { learningRate: 0.01 });
 * const { output } = tape.forward({ data: Float32Array.of(1, 2, 3, 4, 5), dims: [5, 1] });
 * const { value, gradient } = mse()(output, { data: new Float32Array(5), dims: [5, 1] });
 * tape.backward(gradient);
 * optimizer.step();
 * console.log(value > 0); // true
 * ```
 */
export class Tape {
  /** The model's weights and their gradients. */
  readonly parameters: Parameters;
  /** The most sequences of a batch. */
  readonly batch: number;
  /** The most time steps. */
  readonly steps: number;
  private readonly slabs: Slabs;
  private readonly course: Course;
  private readonly modules: readonly Module[];
  private readonly chain: Chain;
  private readonly counts: Block;
  private readonly drops: boolean;
  /** Place of the pool among the modules; beyond the last one where there is none. */
  private readonly pool: number;
  private random: Random;
  private output = new Float32Array(0);
  private trip: (Trip & Pass) | undefined;
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
      throw typeError(`Tape: got model ${describeValue(model)}, expected a module`);
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
    this.random = seededRandom(seed);
    this.modules = flatten(model, 'Tape');
    checkDropout(dropout, this.modules);
    this.drops = dropout > 0 || this.modules.some(({ type }) => type === 'Dropout');
    this.pool = this.modules.findIndex(isPool);
    this.slabs = model.engine.slabsFor(this, 'Tape');
    try {
      this.parameters = new Parameters(this, model.engine, this.slabs, model);
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
    const { indices, input } = this.chain;
    const features = indices ? undefined : input.width;
    this.course = { batch, steps, features, batchFirst: timeOf(this.modules)?.batchFirst };
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
    return drain(this.forwardPieces(input, options));
  }

  /** `forward`, which stops now and then, so that others get their turn. @internal */
  *forwardPieces(input: Tensor, options: TapeForwardOptions = {}): Generator<undefined, TapeResult> {
    const who = 'Tape.forward';
    this.assertAlive('forward');
    assertTensor(input, `${who}: input`);
    assertOptions(options, ['state', 'lengths', 'training'], who);
    const { state, lengths, training = true } = options;
    assertBoolean(training, `${who}: training`);
    const seed = training && this.drops ? Math.floor(this.random() * 2 ** 32) | 0 : undefined;
    const trip = { ...planTrip(input, lengths, this.course, who), seed };
    const states = flattenStates(this.model, state, trip, `${who}: state`);
    this.trip = undefined;
    yield* this.livePieces(this.writeInput(input, trip, who), 'forward');
    this.trip = trip;
    new Int32Array(this.model.engine.memory.buffer, this.counts.address, trip.layout.steps).set(trip.layout.counts);
    this.recurrentLinks().forEach((link, i) => {
      link.writeState(trip.layout, states[i]);
    });
    const after = this.pool < 0 ? trip : { ...pooledTrip(trip), seed };
    for (const [i, link] of this.chain.links.entries()) {
      yield* this.livePieces(link.forward(this.pool >= 0 && i > this.pool ? after : trip), 'forward');
    }
    const last = this.last();
    const size = after.lead.reduce((a, b) => a * b, 1) * last.width;
    if (this.output.length !== size) this.output = new Float32Array(size);
    yield* this.livePieces(readRows(this.model.engine, last.values, last, this.output, after), 'forward');
    return {
      output: { data: this.output, dims: [...after.lead, last.width] },
      state: this.readStates(trip, 'readState'),
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
    return drain(this.backwardPieces(outputGradient, options));
  }

  /** `backward`, which stops now and then. @internal */
  *backwardPieces(
    outputGradient: Tensor,
    options: { stateGradient?: unknown } = {},
  ): Generator<undefined, TapeGradients> {
    const who = 'Tape.backward';
    this.assertAlive('backward');
    const { trip } = this;
    if (!trip) throw new HiddenstateError('ORDER', `${who}: got no forward since the last backward, expected one`);
    assertOptions(options, ['stateGradient'], who);
    const last = this.last();
    const after = this.pool < 0 ? trip : { ...pooledTrip(trip), seed: trip.seed };
    expectDims(outputGradient, [...after.lead, last.width], `${who}: outputGradient`);
    const states = flattenStates(this.model, options.stateGradient, trip, `${who}: stateGradient`);
    const { engine } = this.model;
    const written = writeRows(engine, last.gradients as Block, last, outputGradient.data, after);
    yield* this.livePieces(written, 'backward');
    this.recurrentLinks().forEach((link, i) => {
      link.writeStateGradient(trip.layout, states[i]);
    });
    this.trip = undefined;
    for (let i = this.chain.links.length - 1; i >= 0; i--) {
      const pass = this.pool >= 0 && i > this.pool ? after : trip;
      yield* this.livePieces(this.chain.links[i].backward(pass), 'backward');
    }
    return {
      input: yield* this.readInputGradient(trip),
      state: this.readStates(trip, 'readStateGradient'),
    };
  }

  /** Sets the gradients of all weights to zero: `parameters.zeroGradients()`. */
  zeroGradients(): void {
    this.assertAlive('zeroGradients');
    this.parameters.zeroGradients();
  }

  /**
   * Begins the sequence of what is dropped anew, for a run that goes on from a checkpoint.
   *
   * @throws {TypeError | RangeError} if the seed is no finite number
   */
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
    if (!this.alive) throw new HiddenstateError('DISPOSED', `Tape.${method}: got a disposed Tape, expected a live one`);
    this.model.assertAlive(method);
  }

  /** Whoever had a turn may have disposed the tape or the model: its memory is another's then. */
  // biome-ignore lint/suspicious/noConfusingVoidType: what a link that is done at once gives
  private *livePieces(pieces: Pieces | void, method: string): Generator<undefined, void> {
    if (!pieces) return;
    for (const piece of pieces) {
      yield piece;
      this.assertAlive(method);
    }
  }

  private last(): Rows {
    return this.chain.links[this.chain.links.length - 1].output;
  }

  private recurrentLinks(): RecurrentLink[] {
    return this.chain.links.filter((link) => link instanceof RecurrentLink);
  }

  private *writeInput(input: Tensor, trip: Trip, who: string): Pieces {
    const { chain, model } = this;
    if (!chain.indices) {
      yield* writeRows(model.engine, chain.input.values, chain.input, input.data, trip);
      return;
    }
    const { numEmbeddings } = this.modules[0] as Module & { numEmbeddings: number };
    for (const index of input.data) {
      if (!Number.isInteger(index) || index < 0 || index >= numEmbeddings) {
        throw rangeError(
          `${who}: input: got index ${describeValue(index)}, expected an integer from 0 to ${numEmbeddings - 1}`,
        );
      }
    }
    const out = new Int32Array(model.engine.memory.buffer, chain.indices.address, trip.layout.rows);
    eachRow(trip.layout, trip.batchFirst, (packed, plain) => {
      out[packed] = input.data[plain];
    });
  }

  private *readInputGradient(trip: Trip): Generator<undefined, Tensor | undefined> {
    const { input, indices } = this.chain;
    if (!input.gradients || indices) return undefined;
    const data = new Float32Array(trip.lead.reduce((a, b) => a * b, 1) * input.width);
    yield* this.livePieces(readRows(this.model.engine, input.gradients, input, data, trip), 'backward');
    return { data, dims: [...trip.lead, input.width] };
  }

  private readStates({ layout, stateDims }: Trip, read: 'readState' | 'readStateGradient'): unknown {
    const parts = this.recurrentLinks().map((link) => link[read](layout, [link.layer.cells.length, ...stateDims]));
    return nestStates(this.model, parts);
  }
}

/** The first module that knows which dimension is time. */
function timeOf(modules: readonly Module[]): { readonly batchFirst: boolean } | undefined {
  return modules.find(isRecurrent) ?? modules.find(isPool);
}

/** PyTorch warns of a dropout that drops nothing; whoever asked for it should not train without it unknowingly. */
function checkDropout(dropout: number, modules: readonly Module[]): void {
  const layers = modules.filter(isRecurrent).reduce((sum, { numLayers }) => sum + numLayers, 0);
  if (dropout === 0 || layers > 1) return;
  throw rangeError(
    `Tape: dropout: got ${dropout} for a model of ${layers} recurrent layer${layers === 1 ? '' : 's'}, expected at least 2: it drops what one recurrent layer gives to the next; where something else is to be dropped, put a Dropout among the modules`,
  );
}
