import { HiddenstateError } from '../errors.js';
import type { Forecast } from '../sequence/index.js';
import { counted } from '../text.js';
import type { Forecaster } from './forecaster.js';
import { programWording, type Wording } from './wording.js';

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

/** Of `rollingProtocol`. */
export interface ProtocolOptions {
  /** Steps ahead (default: 10). */
  readonly horizon?: number | undefined;
  /** Share of the values, their end, that is forecast (default: 0.2). */
  readonly test?: number | undefined;
  /** Of the intervals (default: 0.95). */
  readonly level?: number | undefined;
  /** Steps of a season (default: none). */
  readonly period?: number | undefined;
}

const HORIZON = 10;
const TEST = 0.2;
const LEVEL = 0.95;
/** More origins than this say little more and take longer. */
const MOST_ORIGINS = 200;
const LEAST_KNOWN = 10;

/**
 * A protocol for so many values: the first part to learn from, and at most 200 origins in the rest.
 *
 * @param count how many values there are
 * @param wording how messages name the options
 * @throws {HiddenstateError} with code `HIDDENSTATE_DATA` if too little is left to learn from
 *
 * @example
 * ```ts
 * import { rollingProtocol } from 'hiddenstate/forecast';
 *
 * const { start, stride, horizon } = rollingProtocol(1000, { horizon: 12, test: 0.25 });
 * console.log(start, stride, horizon); // 750 2 12
 * ```
 */
export function rollingProtocol(
  count: number,
  options: ProtocolOptions = {},
  wording: Wording = programWording,
): Protocol {
  const { horizon = HORIZON, test = TEST, level = LEVEL, period = 1 } = options;
  const start = Math.min(count - horizon, Math.floor(count * (1 - test)));
  const least = Math.max(LEAST_KNOWN, 2 * period);
  if (start < least) {
    const given = [['horizon', horizon], ['test', test], ...(period > 1 ? [['period', period]] : [])] as const;
    const asked = given.map(([name, value]) => wording(name as string, String(value))).join(' and ');
    throw new HiddenstateError(
      'DATA',
      `got ${counted(count, 'value')} for ${asked}, expected at least ${least} to learn from before the first origin; shorten the horizon or give more data`,
    );
  }
  const stride = Math.max(1, Math.ceil((count - horizon - start + 1) / MOST_ORIGINS));
  return { start, stride, horizon, level, period };
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
 *
 * @example
 * ```ts
 * import { evaluate, forecasterOf, rollingProtocol } from 'hiddenstate/forecast';
 * import { Naive } from 'hiddenstate/sequence';
 *
 * const values = Float64Array.from({ length: 100 }, (_, t) => t + Math.sin(t));
 * const model = forecasterOf(new Naive({ kind: 'drift' }), 'none');
 * const { mae, origins } = await evaluate(model, values, rollingProtocol(values.length, { horizon: 5 }));
 * console.log(mae.toFixed(2), origins); // 0.97 16
 * ```
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
