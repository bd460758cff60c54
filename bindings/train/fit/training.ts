import { HiddenstateError, rangeError } from '../../errors.js';
import type { Module } from '../../index.js';
import type { ModuleResult } from '../../layers/module.js';
import { clipGradientNorm, clipGradientValue, gradientNorm, weightNorm } from '../clip-gradients.js';
import type { Batch, Batches } from '../data/batches.js';
import type { LossMask } from '../losses/mask.js';
import { Measurements, type Metric, metricsOf } from '../metrics.js';
import { Adam } from '../optimizers/adam.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { PiecesOf } from '../pieces.js';
import type { Schedule } from '../schedules/schedule.js';
import { Tape } from '../tape/tape.js';
import {
  type Checkpoint,
  type FitPosition,
  flattenState,
  readCheckpoint,
  unflattenState,
  writeCheckpoint,
} from './checkpoint.js';
import { DivergedError } from './diverged-error.js';
import { type Comparison, comparison, maskOf } from './evaluate.js';
import { FlatWeights } from './flat-weights.js';
import { checkIdentity, type Identity, identify } from './identity.js';
import type { EpochReport, FitOptions } from './options.js';
import { Pace } from './pace.js';
import { OwnPasses, type Passes } from './passes.js';

/** A step's loss above this many times the usual one has taken off: the weights that gave it are not worth keeping. */
const TAKEN_OFF = 3;
/** Share of the usual loss that the next step leaves. */
const USUAL_KEPT = 0.9;

/** A fit under way: tape, optimiser, carried state, position. Owns wasm memory until `dispose()`. */
export class Training {
  readonly position: FitPosition = {
    epoch: 0,
    batch: 0,
    sum: 0,
    weight: 0,
    learningRate: 0,
    usual: null,
    best: null,
    stale: 0,
    history: [],
  };
  /** Of the step just done, before clipping. */
  gradientNorm = 0;
  readonly pace = new Pace();
  private readonly tape: Tape;
  private passes: Passes;
  private readonly optimizer: Optimizer;
  private readonly base: number;
  private readonly compare: Comparison;
  /** The weights of the best epoch, and before there is one those before the latest step that had not taken off. */
  private readonly kept: FlatWeights;
  /** What the schedule remembered before: a fit leaves it so, and the same call does the same again. */
  private readonly scheduleBefore: Schedule['state'];
  /** Where checkpoints are read or written: what they are compared by. */
  private readonly identity: Identity | undefined;
  private state: unknown;
  /** Of this epoch. */
  private measurements: Measurements | undefined;
  readonly metrics: readonly Metric[];
  private readonly maskOf: (batch: Batch) => LossMask;

  /** @throws {TypeError | RangeError | Error} if the model cannot be trained or the checkpoint does not fit; takes nothing then */
  constructor(
    readonly model: Module,
    readonly data: Batches,
    readonly options: FitOptions,
  ) {
    const { dropout = 0, resume, threads = 1, shards = threads } = options;
    const checkpoint = resume === undefined ? undefined : readCheckpoint(model, resume);
    this.compare = comparison(model, options.loss);
    this.maskOf = maskOf(model);
    this.metrics = metricsOf(options.metrics ?? []);
    this.beginMetrics();
    this.scheduleBefore = options.schedule?.state && { ...options.schedule.state };
    // Where shards do the work, its weights alone are needed.
    const { steps, batch } = shards === 1 ? data : { steps: 1, batch: 1 };
    this.tape = new Tape(model, { steps, batch, dropout });
    this.passes = new OwnPasses(this.tape, this.compare, this.pace);
    try {
      const { parameters } = this.tape;
      if (options.frozen) parameters.freeze(options.frozen);
      this.kept = new FlatWeights(parameters);
      this.optimizer = (options.optimizer ?? ((each) => new Adam(each)))(parameters);
      this.base = this.optimizer.learningRate;
    } catch (error) {
      this.tape.dispose();
      throw error;
    }
    try {
      if (options.checkpoint || checkpoint) this.identity = identify(this.tape, data, options, this.optimizer);
      if (checkpoint) this.goOn(checkpoint);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Steps done, those before a resumption included. */
  get steps(): number {
    return this.optimizer.steps;
  }

  /** Of the step just done. */
  get learningRate(): number {
    return this.position.learningRate;
  }

  /** Whether there have been more epochs without improvement than are to be borne. */
  get ranOutOfPatience(): boolean {
    return this.position.stale > (this.options.patience ?? Number.POSITIVE_INFINITY);
  }

  /** Starts the shards, if batches are divided among some. */
  async openShards(): Promise<void> {
    const { model, data, options, tape } = this;
    const { loss, dropout = 0, threads = 1, shards = threads, worker } = options;
    if (shards === 1) return;
    const { openShards } = await import('../shards/open-shards.js');
    const { steps, batch } = data;
    const division = { shards, threads, worker, steps, batch, dropout, loss };
    this.passes = await openShards(model, tape.parameters, division, this.compare, this.pace);
  }

  /**
   * One batch: forward, loss, backward, clipping, update.
   *
   * @throws {DivergedError} if the loss, the gradient or a weight after the step is no finite number
   */
  async step(): Promise<void> {
    const { tape, passes, position, data } = this;
    const batch = data.at(position.epoch, position.batch);
    // Every step drops by a seed of its own, so that none depends on those before it.
    const seed = (this.options.seed ?? 0) + Math.imul(this.steps, 0x9e3779b1);
    const { measurements } = this;
    tape.parameters.zeroGradients();
    const { value, weight, state, output } = await passes.learn(batch, this.state, seed, measurements !== undefined);
    if (!Number.isFinite(value)) this.diverge(`a loss of ${value}`);
    if (output) measurements?.add(output, batch.target, this.maskOf(batch));
    this.judge(value);
    this.update();
    if (data.stateful) this.state = state;
    position.sum += value * weight;
    position.weight += weight;
    position.batch++;
  }

  /** Takes a batch that judges the model through it; in pieces where the tape has room for it. */
  *judging({ input, lengths }: Batch, state: unknown): PiecesOf<ModuleResult> {
    const { tape, options } = this;
    const { steps = 0, batch = 0 } = options.validation ?? {};
    if (steps > tape.steps || batch > tape.batch) return this.model.run(input, { state, lengths });
    return yield* tape.forwardPieces(input, { state, lengths, training: false });
  }

  /** What the metrics say of the epoch so far; undefined without any. */
  measured(): Record<string, number> | undefined {
    return this.measurements?.values();
  }

  private beginMetrics(): void {
    if (this.metrics.length > 0) this.measurements = new Measurements(this.metrics);
  }

  /**
   * Closes an epoch.
   *
   * @throws {DivergedError} if the loss it is judged by is no finite number
   */
  endEpoch(report: EpochReport): void {
    const { position, options } = this;
    const judged = judgedLoss(report);
    if (!Number.isFinite(judged)) this.diverge(`a ${options.validation ? 'validation ' : ''}loss of ${judged}`);
    options.schedule?.observe?.(judged);
    if (position.best === null || judged < position.best.loss) {
      position.best = { epoch: report.epoch, loss: judged };
      this.kept.take();
    }
    // The last epoch that improved is the one that `stale` epochs have followed.
    const improved = position.history[position.epoch - 1 - position.stale];
    const enough = improved === undefined || judged < judgedLoss(improved) - (this.options.minDelta ?? 0);
    position.stale = enough ? 0 : position.stale + 1;
    position.history.push(report);
    Object.assign(position, { epoch: position.epoch + 1, batch: 0, sum: 0, weight: 0 });
    this.state = undefined;
    this.beginMetrics();
  }

  /** Gives the model the weights of its best epoch, if validation tells which that is. */
  readonly keepBest = (): void => {
    if (this.options.validation && this.position.best) this.kept.restore();
  };

  /**
   * Ends a fit that has exploded.
   *
   * @throws {DivergedError} always
   */
  diverge(got: string): never {
    const { epoch, batch, best } = this.position;
    this.kept.restore();
    const kept = best ? `of epoch ${best.epoch}, the best so far` : 'from before the loss took off';
    const { clipNorm } = this.options;
    const clip = clipNorm === undefined ? 'clipNorm: 1' : `a clipNorm below ${clipNorm}`;
    throw new DivergedError(
      `fit: got ${got} in epoch ${epoch}, batch ${batch}, expected a finite number: ` +
        `try ${clip} or a learning rate below ${this.optimizer.learningRate}; the model has the weights ${kept}`,
      epoch,
      batch,
    );
  }

  /** Hands a checkpoint of this moment to whoever keeps them. */
  async save(): Promise<void> {
    const { model, position, options, tape, optimizer } = this;
    const weights = Object.fromEntries(
      Array.from(tape.parameters, ({ name, dims, value }) => [name, { data: value, dims: [...dims] }]),
    );
    const bytes = writeCheckpoint(model, {
      identity: this.identity as Identity,
      position,
      schedule: options.schedule?.state ?? null,
      weights,
      kept: this.kept.stateDict(),
      optimizer: optimizer.stateDict(),
      state: flattenState(this.state),
    });
    await options.checkpoint?.save(bytes);
  }

  /** Ends the shards, then `dispose()`. */
  async close(): Promise<void> {
    try {
      await this.passes.close();
    } finally {
      this.dispose();
    }
  }

  /** Gives back the tape's and the optimiser's memory and leaves the schedule as it was; the model stays. */
  private dispose(): void {
    const { schedule } = this.options;
    if (schedule && this.scheduleBefore) schedule.state = this.scheduleBefore;
    this.optimizer.dispose();
    this.tape.dispose();
  }

  private update(): void {
    const { tape, optimizer, options, position } = this;
    const { clipNorm, clipValue, schedule } = options;
    const { parameters } = tape;
    this.gradientNorm = clipNorm === undefined ? gradientNorm(parameters) : clipGradientNorm(parameters, clipNorm);
    if (!Number.isFinite(this.gradientNorm)) this.diverge(`a gradient of norm ${this.gradientNorm}`);
    if (clipValue !== undefined) clipGradientValue(parameters, clipValue);
    if (schedule) {
      optimizer.learningRate = schedule.rate(this.base, schedule.each === 'step' ? this.steps : position.epoch);
    }
    position.learningRate = optimizer.learningRate;
    optimizer.step();
    // No later loss would tell of a step that overflowed if it is the last one, or a checkpoint is taken after it.
    const norm = weightNorm(parameters);
    if (!Number.isFinite(norm)) this.diverge(`weights of norm ${norm}`);
  }

  /** Keeps the weights that gave this loss, unless it has taken off or there are those of an epoch. */
  private judge(value: number): void {
    const { usual, best } = this.position;
    const tookOff = usual !== null && value > usual + (TAKEN_OFF - 1) * Math.abs(usual);
    if (best === null && !tookOff) this.kept.take();
    this.position.usual = usual === null ? value : USUAL_KEPT * usual + (1 - USUAL_KEPT) * value;
  }

  private goOn({ identity, position, schedule, weights, kept, optimizer, state }: Checkpoint): void {
    const who = 'fit: resume';
    const { parameters } = this.tape;
    if (position.batch > this.data.count) {
      throw rangeError(`${who}: got batch ${position.batch}, expected at most the ${this.data.count} of the data`);
    }
    checkIdentity(identity, this.identity as Identity, who);
    if (schedule && this.scheduleBefore) checkKeys(schedule, this.scheduleBefore, `${who}: schedule`);
    const now = new FlatWeights(parameters);
    now.loadStateDict(weights, `${who}: weights`);
    this.kept.loadStateDict(kept, `${who}: kept`);
    this.optimizer.loadStateDict(optimizer);
    now.restore();
    Object.assign(this.position, position);
    this.state = unflattenState(this.model, state);
    if (schedule && this.scheduleBefore && this.options.schedule) this.options.schedule.state = schedule;
  }
}

/** The loss that decides how good an epoch was. */
function judgedLoss({ loss, validationLoss }: EpochReport): number {
  return validationLoss ?? loss;
}

function checkKeys(got: object, expected: object, who: string): void {
  const [a, b] = [got, expected].map((each) => Object.keys(each).sort().join(', '));
  if (a !== b) throw new HiddenstateError('FILE', `${who}: got ${a || 'nothing'}, expected ${b}`);
}
