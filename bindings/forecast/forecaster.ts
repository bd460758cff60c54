import type { Forecast, SeriesModel } from '../sequence/index.js';
import { recipeOf, type Transform, transformValues } from './transforms.js';

/** Follows a series: a cursor of a model, in the units of the table. */
export interface Follower {
  /** Forecasts `horizon` values; their intervals hold with the probability `level`. Stays where it is. */
  forecast(horizon: number, level: number): Forecast;
  /** Takes the next value in. */
  observe(value: number): void;
  /** Gives memory back at once, where it holds some outside of JavaScript. */
  dispose?(): void;
}

/** What is judged: a model, or several as one, in the units of the table. */
export interface Forecaster {
  /** Learns from the values, all finite; they are not kept. */
  fit(values: Float64Array): Promise<unknown>;
  /** After `fit`: from the end of what was fitted. */
  follow(): Follower;
}

/**
 * A model of a transformed series that reads and gives the values themselves. Where the transform is one of changes, the
 * forecast is that of their sums; where it cannot be undone, the model's own units are the table's.
 *
 * @example
 * ```ts
 * import { forecasterOf } from 'hiddenstate/forecast';
 * import { Autoregression } from 'hiddenstate/sequence';
 *
 * const prices = Float64Array.from({ length: 100 }, (_, t) => 50 + t + Math.sin(t));
 * const forecaster = forecasterOf(new Autoregression({ order: 2 }), 'differences'); // learns changes
 * await forecaster.fit(prices);
 * const { mean } = forecaster.follow().forecast(3, 0.95); // and gives prices
 * console.log(mean[0].toFixed(1)); // 149.5
 * ```
 */
export function forecasterOf(model: SeriesModel, transform: Transform): Forecaster {
  const { of, undo, usesBefore } = recipeOf(transform);
  if (!undo || transform === 'none') return { fit: async (values) => model.fit(values), follow: () => model.cursor() };
  let last = Number.NaN;
  return {
    async fit(values) {
      last = values[values.length - 1];
      await model.fit(transformValues(values, transform));
    },
    follow() {
      const cursor = model.cursor();
      let before = last;
      const back = (value: number) => undo(value, before);
      return {
        forecast(horizon, level) {
          const { mean, lower, upper } = cursor.forecast(horizon, level, usesBefore);
          return { mean: mean.map(back), lower: lower.map(back), upper: upper.map(back), level };
        },
        observe(value) {
          cursor.observe(of(value, before));
          before = value;
        },
        dispose: () => cursor.dispose?.(),
      };
    },
  };
}

/**
 * Several forecasters as one: means and bounds of the intervals are the means of theirs. Fitting fits none.
 *
 * @example
 * ```ts
 * import { ensembleOf, forecasterOf } from 'hiddenstate/forecast';
 * import { Autoregression, Naive } from 'hiddenstate/sequence';
 *
 * const values = Float64Array.from({ length: 100 }, (_, t) => Math.sin(t / 8));
 * const members = [new Naive(), new Autoregression({ order: 2 })].map((model) => forecasterOf(model, 'none'));
 * for (const member of members) await member.fit(values);
 * const { mean, lower, upper } = ensembleOf(members).follow().forecast(3, 0.95);
 * console.log(mean[0].toFixed(2), lower[0] < upper[0]); // -0.13 true
 * ```
 */
export function ensembleOf(members: readonly Forecaster[]): Forecaster {
  return {
    fit: async () => {},
    follow() {
      const followers = members.map((member) => member.follow());
      return {
        forecast(horizon, level) {
          const each = followers.map((follower) => follower.forecast(horizon, level));
          const mean = (part: 'mean' | 'lower' | 'upper') =>
            Float64Array.from({ length: horizon }, (_, h) => meanOf(each.map((forecast) => forecast[part][h])));
          return { mean: mean('mean'), lower: mean('lower'), upper: mean('upper'), level };
        },
        observe(value) {
          for (const follower of followers) follower.observe(value);
        },
        dispose() {
          for (const follower of followers) follower.dispose?.();
        },
      };
    },
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
