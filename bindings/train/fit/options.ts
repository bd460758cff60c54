import { rangeError, typeError } from '../../errors.js';
import type { Module } from '../../index.js';
import { assertBoolean, assertOptions, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { assertFinite, assertFraction } from '../assert-finite.js';
import type { Batches } from '../data/batches.js';
import type { Loss } from '../losses/loss.js';
import { checkMetrics, type Metric, type MetricName } from '../metrics.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Parameters, WeightChoice } from '../parameters.js';
import type { Schedule } from '../schedules/schedule.js';

/** How far a fit has come. */
export interface FitProgress {
  /** Epoch that is running, from 0, and how many there will be at most. */
  readonly epoch: number;
  readonly epochs: number;
  /** Batches of this epoch that are done, and how many it has. */
  readonly batch: number;
  readonly batches: number;
  /** Mean training loss of this epoch so far. */
  readonly loss: number;
  /** The rate and the gradient's norm, before clipping, of the step just done. */
  readonly learningRate: number;
  readonly gradientNorm: number;
  /** Seconds since the call began, and an estimate of those that are left. */
  readonly seconds: number;
  readonly secondsLeft: number;
}

/** What is called while a fit runs; any of these. */
export interface FitCallback {
  /** Before the first step. */
  onBegin?(): void;
  /** After every step. */
  onStep?(progress: FitProgress): void;
  /** The fit waits for it. */
  onEpoch?(report: EpochReport): void | Promise<void>;
  /** After the last epoch, an abort or an error: `result` is there only after the first. */
  onEnd?(result: FitResult | undefined): void;
}

/** One epoch that is done. */
export interface EpochReport {
  /** From 0. */
  readonly epoch: number;
  /** Mean training loss, each batch with the weights it was met with. */
  readonly loss: number;
  /** Mean loss on the validation batches after the epoch. */
  readonly validationLoss?: number;
  /** What `metrics` measured while training, and on the validation batches. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly validationMetrics?: Readonly<Record<string, number>>;
  /** The rate of its last step. */
  readonly learningRate: number;
}

/** What keeps checkpoints. */
export interface CheckpointOptions {
  /** Steps from one checkpoint to the next; at the end of each epoch unless given. Always one before an abort. */
  every?: number;
  /**
   * Takes a checkpoint over: a safetensors file, an array of its own. An error it throws ends the fit. In Node,
   * `checkpointFile` of hiddenstate/train/node writes it aside and renames it, so that the one before survives a full disk.
   */
  save(bytes: Uint8Array): void | Promise<void>;
}

/** Options of `fit`. */
export interface FitOptions {
  /** What is made small: `crossEntropy()`, `mse()` … */
  loss: Loss;
  /** Passes over the data, at most. */
  epochs: number;
  /** Makes the optimiser. Default: `(parameters) => new Adam(parameters)`. */
  optimizer?: (parameters: Parameters) => Optimizer;
  /** Sets the learning rate, from the optimiser's own as the base. What it remembers is afterwards as it was before. */
  schedule?: Schedule;
  /** The largest norm of all gradients together. */
  clipNorm?: number;
  /** The largest magnitude of an element of a gradient. */
  clipValue?: number;
  /** Probability that an element between two recurrent layers is dropped, from 0 to 1. Default 0. */
  dropout?: number;
  /** Seed of the dropout. Default 0, or of `manualSeed`. */
  seed?: number;
  /**
   * Threads that share the work of each batch: 1 is the calling one, more are workers, which leave it free but for the optimiser,
   * the validation and a loss of your own. Default 1.
   */
  threads?: number;
  /**
   * Parts that every batch is divided into, each with its sequences. Their gradients are added in their order: the same number of
   * shards gives the same bits on any number of threads, another number others in the last digits. Default: `threads`.
   */
  shards?: number;
  /** Where the threads' file `train-shard-worker.js` is, for bundlers that do not find it by themselves (esbuild). */
  worker?: string | URL;
  /** Weights that stay as they are: names, beginnings of names that end in a point (`0.`), or a function of the name. */
  frozen?: WeightChoice;
  /** What the model is judged by after every epoch. Take it from later times than the data: `splitByTime`. */
  validation?: Batches;
  /** Epochs without improvement before the fit stops. Default: all. */
  patience?: number;
  /**
   * How far the loss must fall below that of the last epoch which improved to be an improvement for `patience`; the best
   * epoch is the one of the lowest loss all the same. Default 0.
   */
  minDelta?: number;
  /** Measured beside the loss, in training and on the validation batches: `'accuracy'`, `'f1'`, `'mae'` …, or your own. */
  metrics?: readonly (MetricName | Metric)[];
  /** Called in their order at the beginning, after each step and epoch, and at the end. */
  callbacks?: readonly FitCallback[];
  /** Whether to write a line of progress to stderr, where there is one (Node). Default false. */
  progress?: boolean;
  /** Called after every step. */
  onProgress?(progress: FitProgress): void;
  /** Called after every epoch; the fit waits for it. */
  onEpoch?(report: EpochReport): void | Promise<void>;
  /** Stops the fit after the step or the callback that is running; the promise rejects with its reason. */
  signal?: AbortSignal;
  checkpoint?: CheckpointOptions;
  /** A checkpoint: the fit goes on from it, bit for bit as if it had never stopped. Undefined: it begins. */
  resume?: Uint8Array | undefined;
}

/** What a fit gives. */
export interface FitResult {
  /** Every epoch, those before a resumption included. */
  readonly history: readonly EpochReport[];
  /** The epoch whose weights the model has: the one with the lowest validation loss, or the last without validation. */
  readonly epoch: number;
  /** Its loss: on the validation batches if there are any. */
  readonly loss: number;
  /** Optimiser steps in all. */
  readonly steps: number;
  /** Whether patience ended it. */
  readonly stoppedEarly: boolean;
}

const MOST_THREADS = 256;

const NAMES = [
  'loss',
  'epochs',
  'optimizer',
  'schedule',
  'clipNorm',
  'clipValue',
  'dropout',
  'seed',
  'threads',
  'shards',
  'worker',
  'frozen',
  'metrics',
  'callbacks',
  'progress',
  'validation',
  'patience',
  'minDelta',
  'onProgress',
  'onEpoch',
  'signal',
  'checkpoint',
  'resume',
];

/**
 * Checks what `fit` is given, before anything is allocated.
 *
 * @throws {TypeError | RangeError} if something has the wrong kind or value
 */
export function checkFit(model: Module, data: Batches, options: FitOptions): void {
  const who = 'fit';
  if (typeof model?.stateDict !== 'function') {
    throw typeError(`${who}: model: got ${describeValue(model)}, expected a layer or a Sequential`);
  }
  checkBatches(data, `${who}: data`);
  assertOptions(options, NAMES, who);
  const { loss, epochs, validation, clipNorm, clipValue, dropout = 0, seed = 0, patience, minDelta = 0 } = options;
  assertFunction(loss, `${who}: loss`);
  assertSize(epochs, `${who}: epochs`);
  if (validation !== undefined) checkBatches(validation, `${who}: validation`);
  if (clipNorm !== undefined) assertFinite(clipNorm, `${who}: clipNorm`, Number.MIN_VALUE);
  if (clipValue !== undefined) assertFinite(clipValue, `${who}: clipValue`, Number.MIN_VALUE);
  assertFraction(dropout, `${who}: dropout`);
  assertFinite(seed, `${who}: seed`);
  if (patience !== undefined) assertSize(patience, `${who}: patience`, 0);
  assertFinite(minDelta, `${who}: minDelta`, 0);
  checkDivision(data, options, who);
  const { optimizer, schedule, onProgress, onEpoch, checkpoint, metrics, progress = false } = options;
  assertBoolean(progress, `${who}: progress`);
  if (metrics !== undefined) checkMetrics(metrics, `${who}: metrics`);
  for (const [name, value] of Object.entries({ optimizer, onProgress, onEpoch })) {
    if (value !== undefined) assertFunction(value, `${who}: ${name}`);
  }
  if (schedule !== undefined) assertFunction(schedule?.rate, `${who}: schedule.rate`);
  if (checkpoint !== undefined) {
    // A file of hiddenstate/train/node, which loads as well, fits as it is.
    assertOptions(checkpoint, ['every', 'save', 'load'], `${who}: checkpoint`);
    assertFunction(checkpoint.save, `${who}: checkpoint.save`);
    if (checkpoint.every !== undefined) assertSize(checkpoint.every, `${who}: checkpoint.every`);
  }
}

function checkDivision({ batch }: Batches, { threads = 1, shards = threads }: FitOptions, who: string): void {
  assertSize(threads, `${who}: threads`, 1, MOST_THREADS);
  assertSize(shards, `${who}: shards`);
  if (shards > batch) {
    const way = 'make batches larger, or divide them less';
    throw rangeError(`${who}: shards: got ${shards} for batches of ${batch}, expected at most ${batch}: ${way}`);
  }
  if (threads > shards) {
    throw rangeError(`${who}: threads: got ${threads} for ${shards} shards, expected at most as many as shards`);
  }
}

function checkBatches(data: Batches, who: string): void {
  if (typeof data?.at !== 'function') {
    throw typeError(`${who}: got ${describeValue(data)}, expected batches, as windows() and lanes() make them`);
  }
  assertSize(data.count, `${who}.count`);
  assertSize(data.steps, `${who}.steps`);
  assertSize(data.batch, `${who}.batch`);
}

function assertFunction(value: unknown, who: string): void {
  if (typeof value !== 'function') throw typeError(`${who}: got ${describeValue(value)}, expected a function`);
}
