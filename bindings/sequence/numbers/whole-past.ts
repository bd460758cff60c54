import { assertOptions, assertSize } from '../../options.js';
import { JsonFields } from '../json-fields.js';
import { autocovariances, extendCoefficients, meanOf } from './autocovariance.js';
import { assertVaries, checkSeries, checkValue } from './check-series.js';
import { type Forecast, type Gaussian, normalForecast, runningSums } from './gaussian.js';
import { type SeriesCursor, SeriesModel } from './series-model.js';

/** Options of `WholePast`. */
export interface WholePastOptions {
  /** Lags whose autocovariance is believed, less and less with distance (default: four times the root of the length). */
  bandwidth?: number;
}

/** The most values a prediction is made of. */
const LONGEST = 8192;

interface Fitted {
  readonly mean: number;
  /** At lags 0 … bandwidth, tapered; 0 beyond. */
  readonly gamma: Float64Array;
  readonly series: Float64Array;
}

/**
 * The naive sequential model of numbers: each value is predicted from all before it, x̂_t = μ + Σ_{k<t} φ_{t,k}(x_{t−k} − μ),
 * by the best linear predictor of that many values (Durbin and Levinson). The number of inputs varies from step to step,
 * and with it the cost: step t takes time and memory proportional to t, up to 8192. Beyond that many values the latest
 * 8192 are used, as if there were no others: what is older is far outside of the bandwidth. Autocovariances are tapered by Parzen's window,
 * which keeps them positive definite, so that long pasts do not fit noise (McMurry and Politis 2015, with another taper).
 *
 * @example
 * ```ts
 * import { WholePast } from 'hiddenstate/sequence';
 *
 * const series = Array.from({ length: 100 }, (_, t) => Math.sin(t / 5) + Math.sin(t * t) / 5);
 * const model = new WholePast().fit(series);
 * console.log(Array.from(model.forecast(3).mean, (x) => x.toFixed(2)).join(' ')); // 0.66 0.70 0.61
 * ```
 */
export class WholePast extends SeriesModel {
  readonly type = 'WholePast';
  readonly memory = 0;
  private readonly bandwidth: number | undefined;
  private fitted: Fitted | undefined;

  /** @throws {TypeError | RangeError} if an option does not fit */
  constructor(options: WholePastOptions = {}) {
    super();
    assertOptions(options, ['bandwidth'], 'WholePast');
    if (options.bandwidth !== undefined) assertSize(options.bandwidth, 'WholePast: bandwidth');
    this.bandwidth = options.bandwidth;
  }

  /**
   * Estimates the autocovariances, in time and memory proportional to length × bandwidth.
   *
   * @throws {TypeError | RangeError | HiddenstateError} if the series is too short, constant or not all finite numbers
   */
  fit(series: ArrayLike<number>): this {
    const values = checkSeries(series, 'WholePast.fit', 3, `to learn from`);
    assertVaries(values, 'WholePast.fit');
    const mean = meanOf(values);
    const wanted = this.bandwidth ?? Math.ceil(4 * Math.sqrt(values.length));
    const bandwidth = Math.min(values.length - 1, wanted);
    const raw = autocovariances(
      values.map((value) => value - mean),
      bandwidth,
      false,
    );
    this.fitted = { mean, gamma: raw.map((value, lag) => value * parzen(lag / (bandwidth + 1))), series: values };
    return this;
  }

  /** @throws {TypeError | RangeError} if it is not what `toJSON` wrote */
  static fromJSON(json: unknown): WholePast {
    const fields = new JsonFields(json, ['type', 'bandwidth', 'series'], 'WholePast.fromJSON');
    return new WholePast({ bandwidth: fields.integer('bandwidth', 1, 0x7fffffff) }).fit(fields.numbers('series'));
  }

  protected get isFitted(): boolean {
    return this.fitted !== undefined;
  }

  protected fields(): Record<string, unknown> {
    const { gamma, series } = this.fitted as Fitted;
    return { bandwidth: gamma.length - 1, series: Array.from(series) };
  }

  protected open(past: Float64Array | undefined): SeriesCursor {
    const { mean, gamma, series } = this.fitted as Fitted;
    const cursor = new WholePastCursor(mean, gamma);
    for (const value of past ?? series) cursor.observe(value);
    return cursor;
  }
}

/** Parzen's window (1961) at u ≥ 0. */
function parzen(u: number): number {
  if (u >= 1) return 0;
  return u <= 0.5 ? 1 - 6 * u * u * (1 - u) : 2 * (1 - u) ** 3;
}

/** The best linear predictor of the next value from n values. */
interface Predictor {
  /** φ_{n,1} … φ_{n,n} */
  readonly coefficients: Float64Array;
  readonly variance: number;
}

class WholePastCursor implements SeriesCursor {
  private readonly deviations: number[] = [];
  private predictor: Predictor;

  constructor(
    private readonly mean: number,
    private readonly gamma: Float64Array,
  ) {
    this.predictor = { coefficients: new Float64Array(), variance: gamma[0] };
  }

  predict(): Gaussian {
    const { coefficients, variance } = this.predictor;
    return { mean: this.mean + apply(coefficients, this.deviations), variance };
  }

  observe(value: number): void {
    this.deviations.push(checkValue(value, 'observe') - this.mean);
    this.predictor = this.next(this.predictor);
  }

  /** The error of step h is the innovation of h and, through the predictions it was fed with, those before it. */
  forecast(horizon: number, level: number, sums = false): Forecast {
    const deviations = this.deviations.slice(-LONGEST);
    const mean = new Float64Array(horizon);
    const variance = new Float64Array(horizon);
    const innovations: number[] = [];
    const errors: Float64Array[] = [];
    const totals = new Float64Array(horizon);
    let { predictor } = this;
    for (let h = 0; h < horizon; h++) {
      const { coefficients } = predictor;
      innovations.push(predictor.variance);
      const error = new Float64Array(h + 1);
      error[h] = 1;
      for (let i = 1; i <= Math.min(h, coefficients.length); i++) {
        errors[h - i].forEach((weight, j) => {
          error[j] += coefficients[i - 1] * weight;
        });
      }
      errors.push(error);
      for (let j = 0; j <= h; j++) totals[j] = sums ? totals[j] + error[j] : error[j];
      for (let j = 0; j <= h; j++) variance[h] += totals[j] ** 2 * innovations[j];
      deviations.push(apply(coefficients, deviations));
      mean[h] = this.mean + deviations[deviations.length - 1];
      predictor = this.next(predictor);
    }
    return normalForecast(sums ? runningSums(mean) : mean, variance, level);
  }

  /** The predictor from one value more: Durbin (1960), Levinson (1946). */
  private next(predictor: Predictor): Predictor {
    const { coefficients, variance } = predictor;
    if (coefficients.length === LONGEST) return predictor;
    const { gamma } = this;
    const n = coefficients.length;
    let product = n + 1 < gamma.length ? gamma[n + 1] : 0;
    for (let k = Math.max(0, n + 1 - gamma.length); k < n; k++) product -= coefficients[k] * gamma[n - k];
    const reflection = product / variance;
    return {
      coefficients: extendCoefficients(coefficients, reflection),
      variance: variance * (1 - reflection ** 2),
    };
  }
}

function apply(coefficients: Float64Array, deviations: readonly number[]): number {
  const n = deviations.length;
  let sum = 0;
  for (let k = 0; k < coefficients.length; k++) sum += coefficients[k] * deviations[n - 1 - k];
  return sum;
}
