import type { Random } from '../../random.js';
import { normalQuantile } from './normal-quantile.js';

/** A normal distribution: what a model of numbers says of the next one. */
export interface Gaussian {
  readonly mean: number;
  /** The square of the standard deviation. */
  readonly variance: number;
}

/** What a model says of the next values. */
export interface Forecast {
  readonly mean: Float64Array;
  /** Bounds that hold the value with probability `level`, each step for itself. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly level: number;
}

/** The logarithm of the density at a value. */
export function logDensity({ mean, variance }: Gaussian, value: number): number {
  return -0.5 * (Math.log(2 * Math.PI * variance) + (value - mean) ** 2 / variance);
}

/** A draw from the distribution. */
export function drawGaussian({ mean, variance }: Gaussian, random: Random): number {
  // Random gives multiples of 2^-32 from 0 on; half a step keeps both tails finite.
  return mean + Math.sqrt(variance) * normalQuantile(random() + 2 ** -33);
}

/** A forecast whose steps are normal. */
export function normalForecast(mean: Float64Array, variance: Float64Array, level: number): Forecast {
  const z = normalQuantile((1 + level) / 2);
  const width = variance.map((each) => z * Math.sqrt(each));
  return { mean, lower: mean.map((each, h) => each - width[h]), upper: mean.map((each, h) => each + width[h]), level };
}

/** 1, 1 + 2, 1 + 2 + 3 … */
export function runningSums(values: Float64Array): Float64Array {
  let sum = 0;
  return values.map((value) => (sum += value));
}
