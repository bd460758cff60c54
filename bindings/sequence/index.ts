/** hiddenstate/sequence: the ladder of sequence models, from the last value to recurrent networks. */
export {
  type ArMethod,
  Autoregression,
  type AutoregressionOptions,
  type FitStatistics,
} from './numbers/autoregression.js';
export type { Criteria, Criterion } from './numbers/criteria.js';
export type { DeterministicOptions, Trend } from './numbers/design.js';
export type { Forecast, Gaussian } from './numbers/gaussian.js';
export { Naive, type NaiveKind, type NaiveOptions } from './numbers/naive.js';
export type { Complex } from './numbers/roots.js';
export {
  type OrderCriteria,
  type SelectedOrder,
  type SelectOrderOptions,
  selectOrder,
} from './numbers/select-order.js';
export {
  type ForecastOptions,
  type PastOptions,
  type SeriesCursor,
  SeriesModel,
  type SeriesSampleOptions,
} from './numbers/series-model.js';
export { WholePast, type WholePastOptions } from './numbers/whole-past.js';
