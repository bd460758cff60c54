import { HiddenstateError, typeError } from '../../errors.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { JsonFields } from '../json-fields.js';
import { type ArCoefficients, autocovariances, burg, meanOf, yuleWalker } from './autocovariance.js';
import { assertVaries, checkSeries } from './check-series.js';
import { type Criteria, criteriaOf, gaussianLogLikelihood } from './criteria.js';
import { type DeterministicOptions, DeterministicTerms, designColumns, designNames } from './design.js';
import { type Forecast, type Gaussian, normalForecast, runningSums } from './gaussian.js';
import { LeastSquares } from './least-squares.js';
import { arRoots, type Complex, psiWeights } from './roots.js';
import { RecentValues, type SeriesCursor, SeriesModel } from './series-model.js';

/** How an autoregression is estimated. */
export type ArMethod = 'ols' | 'yule-walker' | 'yule-walker-mle' | 'burg';

const METHODS: readonly ArMethod[] = ['ols', 'yule-walker', 'yule-walker-mle', 'burg'];

/** Options of `Autoregression`. */
export interface AutoregressionOptions extends DeterministicOptions {
  /** How many past values count; 0 leaves the deterministic terms. */
  order: number;
  /**
   * `ols`: least squares on the values after the first `order`. `yule-walker`: from autocovariances divided by the number
   * of their terms; `yule-walker-mle`: all divided by the length. `burg`: Burg 1968. Those three take the mean off where
   * the trend is `c`, know no other trend than `c` and `n`, and give no standard errors (default: `ols`).
   */
  method?: ArMethod;
}

/** What least squares say of a fit besides the parameters. */
export interface FitStatistics extends Criteria {
  /** Of each parameter; the noise's variance is the mean squared residual, as in statsmodels. */
  readonly standardErrors: Float64Array;
  readonly logLikelihood: number;
  /** Values that were predicted: all but the first `order`. */
  readonly observations: number;
}

interface Fitted {
  /** Of the deterministic terms, then of lags 1 … order. */
  readonly parameters: Float64Array;
  readonly variance: number;
  /** Length of the series. */
  readonly count: number;
  /** Its last `order` values. */
  readonly recent: Float64Array;
}

/**
 * AR(p): x_t = deterministic terms + φ₁x_{t−1} + … + φ_p x_{t−p} + noise. Order 1 is the Markov model of numbers. Estimates,
 * forecasts and their intervals are those of statsmodels' `AutoReg`, `yule_walker` and `burg`.
 *
 * @example
 * ```ts
 * import { Autoregression } from 'hiddenstate/sequence';
 *
 * const series = Array.from({ length: 300 }, (_, t) => Math.sin(t / 5) + Math.sin(t * t) / 5);
 * const model = new Autoregression({ order: 2 }).fit(series);
 * console.log(model.names); // [ 'const', 'L1', 'L2' ]
 * console.log(Array.from(model.coefficients, (c) => c.toFixed(2)).join(' ')); // 0.93 0.01
 * const { mean, variance } = model.predict(); // of the next value
 * console.log(mean.toFixed(2), variance.toFixed(2)); // -0.22 0.06
 * ```
 */
export class Autoregression extends SeriesModel {
  readonly type = 'Autoregression';
  /** How many past values count. */
  readonly order: number;
  /** How it is estimated. */
  readonly method: ArMethod;
  private readonly terms: DeterministicTerms;
  private fitted: Fitted | undefined;
  private fitStatistics: FitStatistics | undefined;

  /** @throws {TypeError | RangeError} if an option does not fit */
  constructor(options: AutoregressionOptions) {
    super();
    assertOptions(options, ['order', 'method', 'trend', 'seasonal', 'period'], 'Autoregression');
    const { order, method = 'ols', ...terms } = options;
    assertSize(order, 'Autoregression: order', 0, 10_000);
    if (!METHODS.includes(method)) {
      throw typeError(
        `Autoregression: method: got ${describeValue(method)}, expected one of ${METHODS.map(describeValue).join(', ')}`,
      );
    }
    this.order = order;
    this.method = method;
    this.terms = new DeterministicTerms(terms, 'Autoregression');
    if (method !== 'ols' && (this.terms.trend.includes('t') || this.terms.period > 0)) {
      throw typeError(
        `Autoregression: got trend "${this.terms.trend}"${this.terms.period ? ' with seasons' : ''} for method "${method}", expected "n" or "c" without seasons`,
      );
    }
  }

  get memory(): number {
    return this.order;
  }

  /** Names of the parameters: `const`, `trend`, `season 2` …, `L1` … */
  get names(): readonly string[] {
    return designNames(this.terms, this.order);
  }

  /** The parameters, in the order of `names`. @throws {Error} before `fit` */
  get parameters(): Float64Array {
    return Float64Array.from(this.estimates('parameters').parameters);
  }

  /** φ₁ … φ_p. @throws {Error} before `fit` */
  get coefficients(): Float64Array {
    return this.estimates('coefficients').parameters.slice(this.terms.names.length);
  }

  /** Of the noise. @throws {Error} before `fit` */
  get variance(): number {
    return this.estimates('variance').variance;
  }

  /** What least squares know besides; undefined after other methods and after `fromJSON`. */
  get statistics(): FitStatistics | undefined {
    return this.fitStatistics;
  }

  /** Roots of 1 − φ₁z − … − φ_p z^p. @throws {Error} before `fit` */
  get roots(): readonly Complex[] {
    return arRoots(this.coefficients);
  }

  /** Whether all roots lie outside the unit circle. @throws {Error} before `fit` */
  get isStationary(): boolean {
    return this.roots.every(({ re, im }) => Math.hypot(re, im) > 1);
  }

  /**
   * Estimates the parameters.
   *
   * @throws {TypeError | RangeError} if the series is too short or not all finite numbers
   * @throws {Error} if it leaves the parameters undetermined: a constant series, say
   */
  fit(series: ArrayLike<number>): this {
    const values = checkSeries(series, 'Autoregression.fit', this.order + 2, `for order ${this.order}`);
    const estimates = this.method === 'ols' ? this.leastSquares(values) : this.fromMoments(values);
    const recent = values.slice(values.length - this.order);
    this.fitted = { ...estimates, count: values.length, recent };
    return this;
  }

  /** @throws {TypeError | RangeError} if it is not what `toJSON` wrote */
  static fromJSON(json: unknown): Autoregression {
    const who = 'Autoregression.fromJSON';
    const known = ['type', 'order', 'method', 'trend', 'period', 'parameters', 'variance', 'count', 'recent'];
    const fields = new JsonFields(json, known, who);
    const { trend, period } = DeterministicTerms.fromFields(fields, who);
    const order = fields.integer('order', 0, 10_000);
    const method = fields.choice('method', METHODS);
    const model = new Autoregression({ order, method, trend, ...(period > 0 && { seasonal: true, period }) });
    model.fitted = {
      parameters: fields.numbers('parameters', model.names.length),
      variance: fields.number('variance', 0),
      count: fields.integer('count', order),
      recent: fields.numbers('recent', order),
    };
    return model;
  }

  protected get isFitted(): boolean {
    return this.fitted !== undefined;
  }

  protected fields(): Record<string, unknown> {
    const { parameters, variance, count, recent } = this.estimates('toJSON');
    const { order, method, terms } = this;
    return {
      order,
      method,
      ...terms.toFields(),
      parameters: Array.from(parameters),
      variance,
      count,
      recent: Array.from(recent),
    };
  }

  protected open(past: Float64Array | undefined): SeriesCursor {
    const { parameters, variance, count, recent } = this.estimates('cursor');
    const values = new RecentValues(this.order, past ?? recent);
    return new LinearCursor(this.terms, parameters, variance, values, past ? past.length : count);
  }

  private estimates(what: string): Fitted {
    if (this.fitted) return this.fitted;
    throw new HiddenstateError(
      'ORDER',
      `Autoregression.${what}: got a model that was not fitted, expected fit() before`,
    );
  }

  private leastSquares(values: Float64Array): Pick<Fitted, 'parameters' | 'variance'> {
    const who = 'Autoregression.fit';
    const { names } = this;
    const table = new LeastSquares(designColumns(values, this.terms, this.order), names, who);
    const { observations } = table;
    const { parameters, squares, unscaledVariances } = table.solve(names.length);
    const variance = squares / observations;
    const logLikelihood = gaussianLogLikelihood(squares, observations);
    this.fitStatistics = {
      ...criteriaOf(logLikelihood, observations, names.length + 1),
      standardErrors: unscaledVariances.map((each) => Math.sqrt(each * variance)),
      logLikelihood,
      observations,
    };
    return { parameters, variance };
  }

  private fromMoments(values: Float64Array): Pick<Fitted, 'parameters' | 'variance'> {
    const isCentred = this.terms.trend === 'c';
    if (isCentred) assertVaries(values, 'Autoregression.fit');
    const mean = isCentred ? meanOf(values) : 0;
    const { coefficients, variance } = this.momentCoefficients(values.map((value) => value - mean));
    const persistence = coefficients.reduce((sum, value) => sum + value, 0);
    const constant = isCentred ? [mean * (1 - persistence)] : [];
    return { parameters: Float64Array.from([...constant, ...coefficients]), variance };
  }

  private momentCoefficients(deviations: Float64Array): ArCoefficients {
    const who = 'Autoregression.fit';
    if (this.method === 'burg') return burg(deviations, this.order, who);
    return yuleWalker(autocovariances(deviations, this.order, this.method === 'yule-walker'), who);
  }
}

class LinearCursor implements SeriesCursor {
  private readonly coefficients: Float64Array;

  /** @param time of the next value, from 0 */
  constructor(
    private readonly terms: DeterministicTerms,
    private readonly parameters: Float64Array,
    private readonly variance: number,
    private readonly recent: RecentValues,
    private time: number,
  ) {
    this.coefficients = parameters.subarray(terms.names.length);
  }

  predict(): Gaussian {
    return { mean: this.meanAt(this.time, (lag) => this.recent.at(lag)), variance: this.variance };
  }

  observe(value: number): void {
    this.recent.push(value);
    this.time++;
  }

  forecast(horizon: number, level: number, sums = false): Forecast {
    const mean = new Float64Array(horizon);
    for (let h = 0; h < horizon; h++) {
      mean[h] = this.meanAt(this.time + h, (lag) => (lag <= h ? mean[h - lag] : this.recent.at(lag - h)));
    }
    const psi = psiWeights(this.coefficients, horizon);
    // What an innovation comes to in a sum is the sum of what it does to each value.
    const weights = sums ? runningSums(psi) : psi;
    const variance = runningSums(weights.map((weight) => this.variance * weight * weight));
    return normalForecast(sums ? runningSums(mean) : mean, variance, level);
  }

  private meanAt(time: number, past: (lag: number) => number): number {
    let mean = this.terms.sum(this.parameters, time);
    for (let k = 0; k < this.coefficients.length; k++) mean += this.coefficients[k] * past(k + 1);
    return mean;
  }
}
