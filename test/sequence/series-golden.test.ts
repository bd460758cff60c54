/** The models of numbers against statsmodels, numpy and scipy: golden/generate-series.py. */
import { afterAll, describe, expect, test } from 'vitest';
import {
  type ArMethod,
  Autoregression,
  type Forecast,
  Naive,
  type NaiveKind,
  selectOrder,
  type Trend,
  WholePast,
} from '../../bindings/sequence/index.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import golden from './golden/series.json' with { type: 'json' };
import { realSeries } from './real-series.js';

const SERIES: Readonly<Record<string, readonly number[]>> = {
  ...golden.series,
  co2: realSeries('co2-concentration.csv', 'CO2'),
  temperature: realSeries('seattle-weather.csv', 'temp_max').slice(0, 700),
  sp500: realSeries('sp500-2000.csv', 'close').slice(0, 500),
};
const TOLERANCE = 1e-9;
const ledger = new ErrorLedger('models of numbers against statsmodels');
afterAll(() => ledger.print());

function expectEqual(name: string, got: ArrayLike<number>, expected: readonly number[]): void {
  const error = relativeError(got, expected);
  ledger.add(name, error);
  expect(error, name).toBeLessThanOrEqual(TOLERANCE);
}

function expectForecast(name: string, got: Forecast, expected: { mean: number[]; lower: number[]; upper: number[] }) {
  for (const part of ['mean', 'lower', 'upper'] as const) expectEqual(`${name} ${part}`, got[part], expected[part]);
}

interface Terms {
  readonly trend: string;
  readonly seasonal: boolean;
  readonly period: number | null;
}

function termsOf({ trend, seasonal, period }: Terms) {
  return { trend: trend as Trend, ...(seasonal && { seasonal, period: period as number }) };
}

describe('Autoregression by least squares is AutoReg', () => {
  test.each(golden.ols)('$series, order $order, trend $trend, seasonal $seasonal', (vector) => {
    const { order } = vector;
    const series = SERIES[vector.series];
    const model = new Autoregression({ order, ...termsOf(vector) }).fit(series);
    const name = `${vector.series} AR(${order}) ${vector.trend}`;
    const statistics = model.statistics!;
    expectEqual(`${name} parameters`, model.parameters, vector.parameters);
    expectEqual(`${name} standard errors`, statistics.standardErrors, vector.standardErrors);
    for (const key of ['logLikelihood', 'aic', 'aicc', 'bic', 'hqic'] as const) {
      expectEqual(`${name} ${key}`, [statistics[key]], [vector[key]]);
    }
    expectEqual(`${name} variance`, [model.variance], [vector.variance]);
    expectForecast(name, model.forecast(15, { level: 0.9 }), vector);
    expectEqual(`${name} logLikelihood()`, [model.logLikelihood(series)], [vector.logLikelihood]);
    const predicted = vector.predictions.map((_, i) => model.predict(series.slice(0, order + i)).mean);
    expectEqual(`${name} predictions`, predicted, vector.predictions);
  });

  test.each(golden.ols.filter(({ order }) => order < 30))('$series, order $order: roots', (vector) => {
    const model = new Autoregression({ order: vector.order, ...termsOf(vector) }).fit(SERIES[vector.series]);
    // Each to its nearest: how equal moduli are ordered is chance.
    const errors = vector.roots.map(([re, im]) =>
      Math.min(...model.roots.map((root) => Math.hypot(root.re - re, root.im - im) / Math.hypot(re, im))),
    );
    expect(model.roots).toHaveLength(vector.roots.length);
    expectEqual(
      'roots',
      errors,
      errors.map(() => 0),
    );
    expect(model.isStationary).toBe(vector.roots.every(([re, im]) => Math.hypot(re, im) > 1));
  });
});

describe('Autoregression from moments is yule_walker and burg', () => {
  test.each(golden.moments)('$method, $series, order $order', ({ series, order, method, ...vector }) => {
    const model = new Autoregression({ order, method: method as ArMethod }).fit(SERIES[series]);
    const name = `${method} ${series} AR(${order})`;
    expectEqual(`${name} coefficients`, model.coefficients, vector.coefficients);
    expectEqual(`${name} variance`, [model.variance], [vector.variance]);
    const deviations = SERIES[series].slice(-order).map((value) => value - vector.mean);
    const next = vector.coefficients.reduce((sum, value, k) => sum + value * deviations[order - 1 - k], vector.mean);
    expectEqual(`${name} prediction`, [model.predict().mean], [next]);
  });
});

describe('selectOrder is ar_select_order', () => {
  test.each(golden.selection)('$series to order $maxOrder, trend $trend', (vector) => {
    for (const criterion of ['aic', 'aicc', 'bic', 'hqic'] as const) {
      const options = { maxOrder: vector.maxOrder, criterion, ...termsOf(vector) };
      const { order, criteria } = selectOrder(SERIES[vector.series], options);
      expect(order).toBe(vector.chosen[criterion]);
      expectEqual(
        `${vector.series} ${criterion}`,
        criteria.map((each) => each[criterion]),
        vector.criteria[criterion],
      );
    }
  });
});

describe('Naive is what Hyndman and Athanasopoulos write', () => {
  test.each(golden.naive)('$kind of $series', ({ series, kind, period, ...vector }) => {
    const model = new Naive({ kind: kind as NaiveKind, ...(kind === 'seasonal' && { period }) }).fit(SERIES[series]);
    expectForecast(`${kind} ${series}`, model.forecast(vector.mean.length, { level: 0.8 }), vector);
  });
});

describe('WholePast is the best linear predictor from all values', () => {
  test.each(golden.wholePast)('$series, bandwidth $bandwidth', ({ series, bandwidth, oneStep, ahead }) => {
    const model = new WholePast({ bandwidth }).fit(SERIES[series]);
    const cursor = model.cursor([]);
    const got = oneStep.map((_, t) => {
      const { mean, variance } = cursor.predict();
      cursor.observe(SERIES[series][t]);
      return [mean, variance];
    });
    expectEqual(`${series} one step`, got.flat(), oneStep.flat());
    const { mean, upper } = model.forecast(ahead.length, { level: 0.5 });
    expectEqual(
      `${series} ahead`,
      mean,
      ahead.map(([each]) => each),
    );
    const z = 0.6744897501960817;
    expectEqual(
      `${series} spread`,
      upper.map((each, h) => ((each - mean[h]) / z) ** 2),
      ahead.map(([, each]) => each),
    );
  });
});
