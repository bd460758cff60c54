import type { Engine } from '../index.js';
import {
  Autoregression,
  type LatentCell,
  LatentSeries,
  Naive,
  type SeriesModel,
  selectOrder,
  WholePast,
} from '../sequence/index.js';
import { programWording, type Wording } from './wording.js';

/** What the makers of models are told. */
export interface LadderOptions {
  /** Steps of a season; none without it. */
  readonly period?: number | undefined;
  /** Order of the autoregression; chosen by BIC unless given. */
  readonly order?: number | undefined;
  /** Of the networks. */
  readonly hiddenSize?: number | undefined;
  readonly epochs?: number | undefined;
  readonly seed: number;
  /** Default: the engine that all layers share. One with `simd: 'baseline'` gives the same networks on every machine. */
  readonly engine?: Engine | undefined;
}

/** Is told how far a training has come, from 0 to 1. */
export type OnTraining = (share: number) => void;

/** A rung of the ladder. */
export interface Rung {
  readonly name: string;
  /** Which rung of the lecture's ladder it stands on. */
  readonly kind: 'naive' | 'Markov' | 'autoregressive' | 'latent';
  /** What it needs and does not have with these options and so many values; `all` leaves it out then. */
  need(options: LadderOptions, count: number, wording?: Wording): string | undefined;
  /** An unfitted model; the values are those it will be fitted to. */
  make(values: Float64Array, options: LadderOptions, onTraining?: OnTraining): SeriesModel;
}

/** Orders tried for the autoregression, as long as each coefficient has this many values. */
const MOST_ORDER = 30;
const VALUES_A_COEFFICIENT = 10;

/** What `LatentSeries` refuses to learn from less of. */
const LEAST_OF_NETWORKS = 24;

const nothing = () => undefined;

export const RUNGS: readonly Rung[] = [
  { name: 'last', kind: 'naive', need: nothing, make: () => new Naive({ kind: 'last' }) },
  { name: 'drift', kind: 'naive', need: nothing, make: () => new Naive({ kind: 'drift' }) },
  { name: 'mean', kind: 'naive', need: nothing, make: () => new Naive({ kind: 'mean' }) },
  {
    name: 'seasonal',
    kind: 'naive',
    need: ({ period }, _, wording = programWording) => (period === undefined ? wording('period') : undefined),
    make: (_, { period }) => new Naive({ kind: 'seasonal', period }),
  },
  { name: 'whole-past', kind: 'naive', need: nothing, make: () => new WholePast() },
  { name: 'markov', kind: 'Markov', need: nothing, make: () => new Autoregression({ order: 1 }) },
  {
    name: 'ar',
    kind: 'autoregressive',
    need: nothing,
    make: (values, { order }) => new Autoregression({ order: order ?? chooseOrder(values) }),
  },
  latent('rnn'),
  latent('gru'),
  latent('lstm'),
];

function latent(cell: LatentCell): Rung {
  return {
    name: cell,
    kind: 'latent',
    need: (_, count) =>
      count < LEAST_OF_NETWORKS
        ? `at least ${LEAST_OF_NETWORKS} values before the first origin, got ${count}`
        : undefined,
    make: (values, { hiddenSize, epochs, seed, engine }, onTraining) =>
      new LatentSeries({
        ...{ cell, hiddenSize, epochs, seed, difference: wanders(values), engine },
        onProgress: ({ epoch, batch, batches, epochs: all }) => onTraining?.((epoch + batch / batches) / all),
      }),
  };
}

/** Changes with less than this share of the variance of the values: a series without a level to come back to. */
const WANDERING = 0.05;

function wanders(values: Float64Array): boolean {
  return varianceOf(values.subarray(1).map((value, t) => value - values[t])) < WANDERING * varianceOf(values);
}

function varianceOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

function chooseOrder(values: Float64Array): number {
  const maxOrder = Math.max(1, Math.min(MOST_ORDER, Math.floor(values.length / VALUES_A_COEFFICIENT)));
  return selectOrder(values, { maxOrder }).order;
}
