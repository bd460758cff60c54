import type { Bounds, Judged } from './messages.js';

/** How a rung is called and drawn. */
export interface Look {
  readonly label: string;
  readonly colour: string;
  readonly dash?: string;
}

export const LOOKS: Readonly<Record<string, Look>> = {
  last: { label: 'last value', colour: 'last' },
  drift: { label: 'drift', colour: 'drift', dash: '6 3' },
  mean: { label: 'mean', colour: 'mean', dash: '2 3' },
  seasonal: { label: 'last season', colour: 'last', dash: '6 3' },
  'whole-past': { label: 'whole past', colour: 'last', dash: '2 3' },
  markov: { label: 'Markov', colour: 'markov', dash: '8 3 2 3' },
  ar: { label: 'AR', colour: 'ar' },
  rnn: { label: 'RNN', colour: 'rnn' },
  gru: { label: 'GRU', colour: 'gru' },
  lstm: { label: 'LSTM', colour: 'lstm' },
};

export const RUNG_NAMES = Object.keys(LOOKS);
const NETWORKS = ['rnn', 'gru', 'lstm'];

/** A rung with all of its seeds. */
export interface Model {
  readonly rung: string;
  readonly seeds: readonly Judged[];
}

export function isNetwork(rung: string): boolean {
  return NETWORKS.includes(rung);
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The standard deviation of the sample; 0 of one value. */
export function spreadOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1));
}

export function maeOf({ seeds }: Model): number {
  return meanOf(seeds.map(({ mae }) => mae));
}

/** Means over the seeds, of the forecast and of the bounds of its intervals. */
export function togetherOf({ seeds }: Model, which: 'latest' | 'next'): Bounds {
  const mean = (part: keyof Bounds) =>
    seeds[0][which][part].map((_, h) => meanOf(seeds.map((judged) => judged[which][part][h])));
  return { mean: mean('mean'), lower: mean('lower'), upper: mean('upper') };
}
