import { HiddenstateError, rangeError } from '../../errors.js';
import { drawSeed } from '../../manual-seed.js';
import { assertOptions, assertSize } from '../../options.js';
import { seededRandom } from '../../random.js';
import { describeValue } from '../../tensor.js';
import { checkSeries, checkValue } from './check-series.js';
import { drawGaussian, type Forecast, type Gaussian, logDensity } from './gaussian.js';

/** Follows a series with a fitted model: says what comes next, and is told what came. */
export interface SeriesCursor {
  /** The distribution of the next value. */
  predict(): Gaussian;
  /** Takes the next value in. */
  observe(value: number): void;
  /**
   * The distributions of the next values, the model fed with what it expects; the cursor stays where it is.
   *
   * @param sums whether those of the sums of the first 1, 2 … of them are wanted: what a series of changes comes to
   */
  forecast(horizon: number, level: number, sums?: boolean): Forecast;
  /** Gives memory back at once, where a cursor holds some outside of JavaScript. */
  dispose?(): void;
}

/** Where a series is followed from. */
export interface PastOptions {
  /** All values so far, from the first (default: the series the model was fitted to). */
  readonly past?: ArrayLike<number>;
}

/** Options of `forecast`. */
export interface ForecastOptions extends PastOptions {
  /** The probability that an interval holds (default: 0.95). */
  readonly level?: number;
}

/** Options of `sample`. */
export interface SeriesSampleOptions extends PastOptions {
  /** The same seed gives the same values (default: a fresh one). */
  readonly seed?: number;
}

/**
 * A model of a series of numbers: every rung of the ladder has these methods.
 *
 * @example
 * ```ts
 * import { Autoregression, Naive, type SeriesModel } from 'hiddenstate/sequence';
 *
 * const series = Array.from({ length: 100 }, (_, t) => Math.sin(t / 5) + Math.sin(t * t) / 5);
 * const models: SeriesModel[] = [new Naive(), new Autoregression({ order: 2 })];
 * for (const model of models) {
 *   await model.fit(series);
 *   // The lower, the better.
 *   console.log(model.type, model.perplexity(series));
 * }
 * ```
 */
export abstract class SeriesModel {
  /** The name under which `toJSON` writes it. */
  abstract readonly type: string;
  /** How many values must have come before the first prediction. */
  abstract readonly memory: number;

  /**
   * Learns from a series.
   *
   * @param series values in order, all finite; not kept
   * @throws {TypeError | RangeError | Error} if it holds anything else, or too little to learn from
   */
  abstract fit(series: ArrayLike<number>): this | Promise<this>;

  /**
   * Begins to follow a series.
   *
   * @param past values so far, at least `memory`; by default those the model was fitted to
   * @throws {Error} before `fit`
   * @throws {RangeError} if the past is too short
   */
  cursor(past?: ArrayLike<number>): SeriesCursor {
    const who = `${this.type}.cursor`;
    this.assertFitted(who);
    return this.open(past && checkSeries(past, `${who}: past`, this.memory, `to predict from`));
  }

  /**
   * What `JSON.stringify` writes and `seriesModelFromJSON` reads, or `LatentSeries.fromJSON` that of a `LatentSeries`.
   *
   * @throws {Error} before `fit`
   */
  toJSON(): Record<string, unknown> {
    this.assertFitted(`${this.type}.toJSON`);
    return { type: this.type, ...this.fields() };
  }

  /** @internal */
  protected abstract readonly isFitted: boolean;
  /** @internal What `toJSON` writes besides the type. */
  protected abstract fields(): Record<string, unknown>;
  /** @internal A cursor after a past that was checked, or after the fitted series. */
  protected abstract open(past: Float64Array | undefined): SeriesCursor;

  /**
   * What comes next.
   *
   * @param past values so far; by default those the model was fitted to
   * @throws as `cursor`
   */
  predict(past?: ArrayLike<number>): Gaussian {
    return this.follow(past, (cursor) => cursor.predict());
  }

  /**
   * Forecasts the next values, feeding itself with what it expects.
   *
   * @param horizon how many
   * @throws {RangeError} if the horizon is no positive integer or the level not between 0 and 1
   */
  forecast(horizon: number, options: ForecastOptions = {}): Forecast {
    const who = `${this.type}.forecast`;
    assertSize(horizon, `${who}: horizon`);
    assertOptions(options, ['past', 'level'], who);
    const { past, level = 0.95 } = options;
    if (!(level > 0 && level < 1)) {
      throw rangeError(`${who}: level: got ${describeValue(level)}, expected a number between 0 and 1`);
    }
    return this.follow(past, (cursor) => cursor.forecast(horizon, level));
  }

  /**
   * The logarithm of the density of a series: the sum over one-step predictions. Without a past the first `memory` values
   * are given, not predicted.
   *
   * @throws {RangeError} if there is nothing left to predict
   * @throws {Error} if the model is certain (a variance of 0, after a series without noise)
   */
  logLikelihood(series: ArrayLike<number>, options: PastOptions = {}): number {
    return this.score(series, options).sum;
  }

  /**
   * exp of the negative mean log density: comparable between models of the same series.
   *
   * @throws as `logLikelihood`
   */
  perplexity(series: ArrayLike<number>, options: PastOptions = {}): number {
    const { sum, count } = this.score(series, options);
    return Math.exp(-sum / count);
  }

  /**
   * Draws values one after the other, each fed back.
   *
   * @param count how many
   * @throws as `cursor`; {RangeError} if the count is no positive integer
   */
  sample(count: number, options: SeriesSampleOptions = {}): Float64Array {
    const who = `${this.type}.sample`;
    assertSize(count, `${who}: count`);
    assertOptions(options, ['past', 'seed'], who);
    const random = seededRandom(options.seed ?? drawSeed());
    return this.follow(options.past, (cursor) =>
      Float64Array.from({ length: count }, () => {
        const value = drawGaussian(cursor.predict(), random);
        cursor.observe(value);
        return value;
      }),
    );
  }

  private follow<T>(past: ArrayLike<number> | undefined, use: (cursor: SeriesCursor) => T): T {
    const cursor = this.cursor(past);
    try {
      return use(cursor);
    } finally {
      cursor.dispose?.();
    }
  }

  private assertFitted(who: string): void {
    if (!this.isFitted)
      throw new HiddenstateError('ORDER', `${who}: got a model that was not fitted, expected fit() before`);
  }

  private score(series: ArrayLike<number>, options: PastOptions): { sum: number; count: number } {
    const who = `${this.type}.logLikelihood`;
    assertOptions(options, ['past'], who);
    const values = checkSeries(series, who);
    const given = options.past === undefined ? this.memory : 0;
    if (values.length <= given) {
      throw rangeError(`${who}: got ${values.length} values, expected at least ${given + 1}`);
    }
    const sum = this.follow(options.past ?? values.subarray(0, given), (cursor) =>
      values.subarray(given).reduce((total, value) => {
        const next = cursor.predict();
        if (!(next.variance > 0)) {
          throw new HiddenstateError(
            'DATA',
            `${who}: got a model that is certain of the next value, expected one fitted to a noisy series`,
          );
        }
        cursor.observe(value);
        return total + logDensity(next, value);
      }, 0),
    );
    return { sum, count: values.length - given };
  }
}

/** The last values of a series. */
export class RecentValues {
  private readonly values: Float64Array;
  private next = 0;

  /** @param capacity how many are kept */
  constructor(capacity: number, past: ArrayLike<number>) {
    this.values = new Float64Array(capacity);
    for (let i = Math.max(0, past.length - capacity); i < past.length; i++) this.push(past[i]);
  }

  /** @throws {TypeError | RangeError} if it is no finite number */
  push(value: number): void {
    checkValue(value, 'observe');
    if (this.values.length === 0) return;
    this.values[this.next] = value;
    this.next = (this.next + 1) % this.values.length;
  }

  /** @param lag 1 for the last one */
  at(lag: number): number {
    return this.values[(this.next - lag + this.values.length) % this.values.length];
  }

  /** Oldest first. */
  toArray(): Float64Array {
    return Float64Array.from(this.values, (_, i) => this.at(this.values.length - i));
  }
}
