import { typeError } from '../../errors.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import { JsonFields } from '../json-fields.js';
import { checkSeries } from './check-series.js';
import { type Forecast, type Gaussian, normalForecast, runningSums } from './gaussian.js';
import { RecentValues, type SeriesCursor, SeriesModel } from './series-model.js';

/** What a naive forecast repeats. */
export type NaiveKind = 'last' | 'seasonal' | 'drift' | 'mean';

/** Options of `Naive`. */
export interface NaiveOptions {
  /** The last value, that of a season ago, the last with the mean change added, or the mean (default: `last`). */
  kind?: NaiveKind;
  /** Steps of a season; for `seasonal` only. */
  period?: number;
}

/** What was learnt. */
interface Fitted {
  /** How many values were fitted. */
  readonly count: number;
  /** Mean change or mean. */
  readonly level: number;
  /** Of one-step residuals. */
  readonly variance: number;
  /** The last values of the fitted series. */
  readonly recent: Float64Array;
}

/** A kind: what it remembers, and its mean and variance h steps ahead. */
interface Rule {
  memory(period: number): number;
  /** Estimated from the series. */
  level(series: Float64Array): number;
  /** Numbers estimated, taken from the degrees of freedom. */
  readonly estimated: number;
  ahead(h: number, recent: RecentValues, fitted: Fitted, period: number): Gaussian;
  /** Whether the error of a step stays in the one that comes j steps later. */
  stays(j: number, period: number): boolean;
  /** Weight of the estimate's error in step h, and the variance of that error in units of the residuals'. */
  readonly estimate?: { weight(h: number): number; variance(count: number): number };
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

const RULES: Readonly<Record<NaiveKind, Rule>> = {
  last: {
    memory: () => 1,
    level: () => 0,
    estimated: 0,
    ahead: (h, recent, { variance }) => ({ mean: recent.at(1), variance: variance * h }),
    stays: () => true,
  },
  seasonal: {
    memory: (period) => period,
    level: () => 0,
    estimated: 0,
    ahead: (h, recent, { variance }, period) => ({
      mean: recent.at(period - ((h - 1) % period)),
      variance: variance * Math.ceil(h / period),
    }),
    stays: (j, period) => j % period === 0,
  },
  drift: {
    memory: () => 1,
    level: (series) => (series[series.length - 1] - series[0]) / (series.length - 1),
    estimated: 1,
    ahead: (h, recent, { count, level, variance }) => ({
      mean: recent.at(1) + h * level,
      variance: variance * h * (1 + h / (count - 1)),
    }),
    stays: () => true,
    estimate: { weight: (h) => h, variance: (count) => 1 / (count - 1) },
  },
  mean: {
    memory: () => 0,
    level: (series) => sum(series) / series.length,
    estimated: 1,
    ahead: (_h, _recent, { count, level, variance }) => ({ mean: level, variance: variance * (1 + 1 / count) }),
    stays: (j) => j === 0,
    estimate: { weight: () => 1, variance: (count) => 1 / count },
  },
};

/**
 * The forecasts that any other must beat: each repeats something it has seen. Variances of h steps as in Hyndman and
 * Athanasopoulos, Forecasting: Principles and Practice (3rd ed., §5.5), from the residuals of the fitted series.
 *
 * @example
 * ```ts
 * import { Naive } from 'hiddenstate/sequence';
 *
 * const model = new Naive({ kind: 'seasonal', period: 3 }).fit([1, 2, 3, 1, 2, 4, 1, 2, 5]);
 * console.log(model.forecast(3).mean.join(' ')); // 1 2 5
 * ```
 */
export class Naive extends SeriesModel {
  readonly type = 'Naive';
  /** What it repeats. */
  readonly kind: NaiveKind;
  /** Steps of a season. */
  readonly period: number;
  private fitted: Fitted | undefined;

  /** @throws {TypeError | RangeError} if an option does not fit */
  constructor(options: NaiveOptions = {}) {
    super();
    assertOptions(options, ['kind', 'period'], 'Naive');
    const { kind = 'last', period } = options;
    if (!Object.hasOwn(RULES, kind)) {
      throw typeError(
        `Naive: kind: got ${describeValue(kind)}, expected one of ${Object.keys(RULES).map(describeValue).join(', ')}`,
      );
    }
    if (kind === 'seasonal') assertSize(period, 'Naive: period');
    else if (period !== undefined) {
      throw typeError(
        `Naive: period: got ${describeValue(period)} for kind "${kind}", expected it with "seasonal" only`,
      );
    }
    this.kind = kind;
    this.period = period ?? 1;
  }

  get memory(): number {
    return RULES[this.kind].memory(this.period);
  }

  fit(series: ArrayLike<number>): this {
    const { memory, kind, period } = this;
    const { estimated, ...rule } = RULES[kind];
    const values = checkSeries(series, 'Naive.fit', memory + estimated + 1, `to learn from`);
    const count = values.length;
    const level = rule.level(values);
    const recent = new RecentValues(memory, []);
    const unscaled: Fitted = { count, level, variance: 0, recent: new Float64Array() };
    let squares = 0;
    for (let t = 0; t < count; t++) {
      if (t >= memory) squares += (values[t] - rule.ahead(1, recent, unscaled, period).mean) ** 2;
      recent.push(values[t]);
    }
    const variance = squares / (count - memory - estimated);
    this.fitted = { count, level, variance, recent: recent.toArray() };
    return this;
  }

  /** @throws {TypeError | RangeError} if it is not what `toJSON` wrote */
  static fromJSON(json: unknown): Naive {
    const who = 'Naive.fromJSON';
    const fields = new JsonFields(json, ['type', 'kind', 'period', 'count', 'level', 'variance', 'recent'], who);
    const kind = fields.choice('kind', Object.keys(RULES) as NaiveKind[]);
    const model = new Naive({ kind, ...(kind === 'seasonal' && { period: fields.integer('period', 1) }) });
    model.fitted = {
      count: fields.integer('count', 2),
      level: fields.number('level'),
      variance: fields.number('variance', 0),
      recent: fields.numbers('recent', model.memory),
    };
    return model;
  }

  protected get isFitted(): boolean {
    return this.fitted !== undefined;
  }

  protected fields(): Record<string, unknown> {
    const { kind, period } = this;
    const { recent, ...fitted } = this.fitted as Fitted;
    return { kind, ...(kind === 'seasonal' && { period }), ...fitted, recent: Array.from(recent) };
  }

  protected open(past: Float64Array | undefined): SeriesCursor {
    const fitted = this.fitted as Fitted;
    return new NaiveCursor(RULES[this.kind], fitted, this.period, new RecentValues(this.memory, past ?? fitted.recent));
  }
}

class NaiveCursor implements SeriesCursor {
  constructor(
    private readonly rule: Rule,
    private readonly fitted: Fitted,
    private readonly period: number,
    private readonly recent: RecentValues,
  ) {}

  predict(): Gaussian {
    return this.rule.ahead(1, this.recent, this.fitted, this.period);
  }

  observe(value: number): void {
    this.recent.push(value);
  }

  forecast(horizon: number, level: number, sums = false): Forecast {
    const ahead = Array.from({ length: horizon }, (_, i) =>
      this.rule.ahead(i + 1, this.recent, this.fitted, this.period),
    );
    const mean = Float64Array.from(ahead, (each) => each.mean);
    if (sums) return normalForecast(runningSums(mean), this.variancesOfSums(horizon), level);
    return normalForecast(
      mean,
      Float64Array.from(ahead, (each) => each.variance),
      level,
    );
  }

  private variancesOfSums(horizon: number): Float64Array {
    const { rule, period } = this;
    const { count, variance } = this.fitted;
    const one = new Float64Array(horizon);
    const weights = runningSums(one.map((_, j) => Number(rule.stays(j, period))));
    const ofEstimate = runningSums(one.map((_, h) => rule.estimate?.weight(h + 1) ?? 0));
    const estimated = rule.estimate?.variance(count) ?? 0;
    return runningSums(weights.map((w) => w * w)).map((sum, h) => variance * (sum + ofEstimate[h] ** 2 * estimated));
  }
}
