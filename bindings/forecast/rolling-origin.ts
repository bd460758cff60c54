import type { Forecast } from '../sequence/index.js';
import type { Forecaster } from './forecaster.js';

/** How models are judged: learnt from what precedes `start`, then asked again and again as time goes on. */
export interface Protocol {
  /** The first origin: values before it are for fitting. */
  readonly start: number;
  /** Steps from one origin to the next. */
  readonly stride: number;
  readonly horizon: number;
  /** Of the intervals. */
  readonly level: number;
  /** Lag of the naive forecast that MASE compares with: the period, or 1. */
  readonly period: number;
}

/** What a model was worth. */
export interface Score {
  readonly mae: number;
  readonly rmse: number;
  /** MAE in units of the naive forecast's mean error one step ahead in the fitted part (Hyndman and Koehler 2006). */
  readonly mase: number;
  /** Share of values within their intervals. */
  readonly coverage: number;
  /** Mean absolute error 1 … horizon steps ahead. */
  readonly maeByStep: readonly number[];
  readonly origins: number;
  readonly fitSeconds: number;
  /** One forecast of all steps. */
  readonly forecastMilliseconds: number;
  /** The last forecast of values that are known, and the first of them. */
  readonly latest: { readonly origin: number; readonly forecast: Forecast };
}

/** Called before each origin: how many are done, and how many there are. What it gives is awaited. */
export type OnOrigin = (done: number, origins: number) => void | Promise<void>;

/**
 * Evaluates a model from rolling origins, without look-ahead: it is fitted once, to the values before the first origin, and
 * each forecast is made after it was told the values before its origin and no other.
 *
 * @param onForecast is given every forecast with its origin
 */
export async function evaluate(
  model: Forecaster,
  values: Float64Array,
  { start, stride, horizon, level, period }: Protocol,
  onOrigin: OnOrigin = () => {},
  onForecast: (origin: number, forecast: Forecast) => void = () => {},
): Promise<Score> {
  const begin = performance.now();
  await model.fit(values.subarray(0, start));
  const fitted = performance.now();
  const cursor = model.follow();
  const origins = Math.floor((values.length - horizon - start) / stride) + 1;
  const errors = new Float64Array(horizon);
  let [squares, within, forecasting] = [0, 0, 0];
  let latest: Score['latest'] | undefined;
  try {
    for (let n = 0; n < origins; n++) {
      const origin = start + n * stride;
      await onOrigin(n, origins);
      const asked = performance.now();
      const forecast = cursor.forecast(horizon, level);
      forecasting += performance.now() - asked;
      latest = { origin, forecast };
      onForecast(origin, forecast);
      for (let h = 0; h < horizon; h++) {
        const value = values[origin + h];
        errors[h] += Math.abs(value - forecast.mean[h]) / origins;
        squares += (value - forecast.mean[h]) ** 2;
        if (value >= forecast.lower[h] && value <= forecast.upper[h]) within++;
      }
      for (let t = origin; t < Math.min(origin + stride, values.length); t++) cursor.observe(values[t]);
    }
  } finally {
    cursor.dispose?.();
  }
  const count = origins * horizon;
  const mae = errors.reduce((sum, error) => sum + error, 0) / horizon;
  return {
    mae,
    rmse: Math.sqrt(squares / count),
    mase: mae / naiveError(values.subarray(0, start), period),
    coverage: within / count,
    maeByStep: Array.from(errors),
    origins,
    fitSeconds: (fitted - begin) / 1000,
    forecastMilliseconds: forecasting / origins,
    latest: latest as Score['latest'],
  };
}

/** Mean absolute error of repeating the value of a period ago. */
function naiveError(values: Float64Array, period: number): number {
  let sum = 0;
  for (let t = period; t < values.length; t++) sum += Math.abs(values[t] - values[t - period]);
  return sum / (values.length - period);
}
