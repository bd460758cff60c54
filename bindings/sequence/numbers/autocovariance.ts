import { solve } from 'ml-matrix';
import { HiddenstateError } from '../../errors.js';
import { attempt } from '../attempt.js';

/** Coefficients of an autoregression of a series without mean, and the variance of its noise. */
export interface ArCoefficients {
  /** Of lags 1 … p. */
  readonly coefficients: Float64Array;
  readonly variance: number;
}

/** The mean of a series. */
export function meanOf(series: Float64Array): number {
  return series.reduce((sum, value) => sum + value, 0) / series.length;
}

/**
 * Autocovariances of a series without mean at lags 0 … maxLag.
 *
 * @param adjusted whether sums are divided by the number of their terms; else all by the length, which keeps them positive definite
 */
export function autocovariances(deviations: Float64Array, maxLag: number, adjusted: boolean): Float64Array {
  const n = deviations.length;
  return Float64Array.from({ length: maxLag + 1 }, (_, lag) => {
    let sum = 0;
    for (let t = lag; t < n; t++) sum += deviations[t] * deviations[t - lag];
    return sum / (adjusted ? n - lag : n);
  });
}

/**
 * Solves the Yule-Walker equations R·φ = r, R_ij = γ(|i − j|), as statsmodels' `yule_walker`.
 *
 * @param gamma autocovariances at lags 0 … p
 * @throws {Error} if they are singular or leave no noise
 */
export function yuleWalker(gamma: Float64Array, who: string): ArCoefficients {
  const order = gamma.length - 1;
  if (!(gamma[0] > 0)) throw new HiddenstateError('DATA', `${who}: got a constant series, expected one that varies`);
  if (order === 0) return { coefficients: new Float64Array(), variance: gamma[0] };
  const matrix = Array.from({ length: order }, (_, i) =>
    Array.from({ length: order }, (_unused, j) => gamma[Math.abs(i - j)]),
  );
  const coefficients = attempt(() =>
    solve(
      matrix,
      Array.from(gamma.subarray(1), (value) => [value]),
    ).to1DArray(),
  );
  const variance = coefficients?.reduce((left, value, k) => left - value * gamma[k + 1], gamma[0]);
  if (!coefficients || variance === undefined || !(variance > 0)) {
    throw new HiddenstateError(
      'DATA',
      `${who}: got a singular system: the autocovariances leave no noise, expected a noisy series; lower the order or use another method`,
    );
  }
  return { coefficients: Float64Array.from(coefficients), variance };
}

/**
 * Burg's method (1968): each reflection coefficient minimises the forward and backward errors together, so the result is
 * always stationary. As statsmodels' `burg`.
 *
 * @param deviations the series without its mean
 * @throws {Error} if the errors vanish
 */
export function burg(deviations: Float64Array, order: number, who: string): ArCoefficients {
  const n = deviations.length;
  const forward = Float64Array.from(deviations);
  const backward = Float64Array.from(deviations);
  let coefficients = new Float64Array();
  let variance = deviations.reduce((sum, value) => sum + value * value, 0) / n;
  if (!(variance > 0)) throw new HiddenstateError('DATA', `${who}: got a constant series, expected one that varies`);
  for (let p = 1; p <= order; p++) {
    let product = 0;
    let energy = 0;
    for (let t = p; t < n; t++) {
      product += forward[t] * backward[t - 1];
      energy += forward[t] ** 2 + backward[t - 1] ** 2;
    }
    const reflection = (2 * product) / energy;
    variance = ((1 - reflection ** 2) * energy) / (2 * (n - p));
    if (!(variance > 0)) {
      throw new HiddenstateError(
        'DATA',
        `${who}: got a series without noise at order ${p}, expected a noisy one; lower the order`,
      );
    }
    for (let t = n - 1; t >= p; t--) {
      const error = forward[t];
      forward[t] -= reflection * backward[t - 1];
      backward[t] = backward[t - 1] - reflection * error;
    }
    coefficients = extendCoefficients(coefficients, reflection);
  }
  return { coefficients, variance };
}

/** Levinson's step: the coefficients of order p + 1 from those of order p and the next reflection coefficient. */
export function extendCoefficients(coefficients: Float64Array, reflection: number): Float64Array<ArrayBuffer> {
  const p = coefficients.length;
  const next = new Float64Array(p + 1);
  for (let k = 0; k < p; k++) next[k] = coefficients[k] - reflection * coefficients[p - 1 - k];
  next[p] = reflection;
  return next;
}
