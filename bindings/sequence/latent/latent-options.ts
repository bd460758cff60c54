import { rangeError, typeError } from '../../errors.js';
import { type Engine, GRU, LSTM, type Module, RNN } from '../../index.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import type { FitProgress } from '../../train/index.js';

/** A recurrent cell. */
export type LatentCell = 'rnn' | 'lstm' | 'gru';

/** What every latent model takes. */
export interface LatentOptions {
  /** Default `lstm`. */
  cell?: LatentCell;
  /** H. Default 32 for numbers, 128 for symbols. */
  hiddenSize?: number;
  /** Default 1. */
  numLayers?: number;
  /** Share of what goes from layer to layer that is dropped while training. Default 0. */
  dropout?: number;
  /** Passes over the data, at most. Default 200 for numbers, 4 for symbols. */
  epochs?: number;
  /** Adam's. Default 0.003. */
  learningRate?: number;
  /** Time steps a gradient goes back. Default 64, or fewer for a short series. */
  steps?: number;
  /** Sequences of a batch. Default 16 for numbers, 32 for symbols. */
  batch?: number;
  /** The largest norm of a gradient. Default 1. */
  clipNorm?: number;
  /** Share of the data, its end, by which the best epoch is chosen. Default 0.1. */
  validation?: number;
  /** Epochs without improvement that end the training. Default 20 for numbers; all for symbols. */
  patience?: number;
  /** Of initial weights, order, dropout and simulated paths. Default 0. */
  seed?: number;
  /** Called after every training step. */
  onProgress?: (progress: FitProgress) => void;
  /** Ends the training: `fit` rejects with its reason. */
  signal?: AbortSignal;
  /** Default: the engine that all layers share. */
  engine?: Engine;
}

/** Options with what a kind of model takes unless told. */
export type LatentSettings = Required<Omit<LatentOptions, 'onProgress' | 'signal' | 'engine' | 'patience'>> &
  Pick<LatentOptions, 'onProgress' | 'signal' | 'engine' | 'patience'>;

const NAMES = [
  ...['cell', 'hiddenSize', 'numLayers', 'dropout', 'epochs', 'learningRate', 'steps', 'batch', 'clipNorm'],
  ...['validation', 'patience', 'seed', 'onProgress', 'signal', 'engine'],
];
export const CELLS: readonly LatentCell[] = ['rnn', 'lstm', 'gru'];

/**
 * Checks the options of a latent model.
 *
 * @param own names of options the model has besides
 * @throws {TypeError | RangeError} if one does not fit
 */
export function latentSettings(
  options: LatentOptions,
  defaults: Pick<LatentSettings, 'hiddenSize' | 'epochs' | 'batch' | 'patience'>,
  own: readonly string[],
  who: string,
): LatentSettings {
  assertOptions(options, [...NAMES, ...own], who);
  const settings: LatentSettings = {
    ...{ cell: 'lstm', numLayers: 1, dropout: 0, learningRate: 0.003, steps: 64 },
    ...{ clipNorm: 1, validation: 0.1, seed: 0, ...defaults },
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  };
  if (!CELLS.includes(settings.cell)) {
    throw typeError(`${who}: cell: got ${describeValue(settings.cell)}, expected "rnn", "lstm" or "gru"`);
  }
  for (const name of ['hiddenSize', 'numLayers', 'epochs', 'steps', 'batch'] as const) {
    assertSize(settings[name], `${who}: ${name}`);
  }
  assertWithin(settings.dropout, 0, 1, `${who}: dropout`);
  assertWithin(settings.clipNorm, Number.MIN_VALUE, Number.MAX_VALUE, `${who}: clipNorm`);
  if (settings.patience !== undefined) assertSize(settings.patience, `${who}: patience`, 0);
  assertWithin(settings.validation, 0, 0.9, `${who}: validation`);
  assertWithin(settings.learningRate, Number.MIN_VALUE, 1e3, `${who}: learningRate`);
  assertWithin(settings.seed, -(2 ** 53), 2 ** 53, `${who}: seed`);
  return settings;
}

/** Windows a series is cut into at least, where it can be. */
const LEAST_WINDOWS = 8;

/** How data are divided for training. */
export interface Division {
  /** Values that are learnt from; the rest, the end, chooses the epoch. */
  readonly cut: number;
  /** Time steps a gradient goes back. */
  readonly steps: number;
  /** Whether there is such an end: too short a one would choose by chance. */
  readonly validates: boolean;
}

/** Divides so many values. */
export function divide(count: number, settings: Pick<LatentSettings, 'steps' | 'validation'>): Division {
  const held = Math.floor(count * settings.validation);
  const stepsOf = (known: number) => Math.max(1, Math.min(settings.steps, Math.floor(known / LEAST_WINDOWS)));
  const steps = stepsOf(count - held);
  if (held > steps) return { cut: count - held, steps, validates: true };
  return { cut: count, steps: stepsOf(count), validates: false };
}

/** A recurrent module of fresh weights. */
export function makeCell(inputSize: number, { cell, hiddenSize, numLayers, seed, engine }: LatentSettings): Module {
  const options = { inputSize, hiddenSize, numLayers, seed, engine };
  if (cell === 'gru') return new GRU(options);
  return cell === 'rnn' ? new RNN(options) : new LSTM(options);
}

function assertWithin(value: unknown, least: number, most: number, who: string): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  const error = typeof value === 'number' ? rangeError : typeError;
  throw error(`${who}: got ${describeValue(value)}, expected a number from ${least} to ${most}`);
}
