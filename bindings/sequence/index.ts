/** hiddenstate/sequence: the ladder of sequence models, from the last value to recurrent networks. */
export { seriesModelFromJSON, symbolModelFromJSON } from './from-json.js';
export type { LatentCell, LatentOptions } from './latent/latent-options.js';
export { type LatentHead, LatentSeries, type LatentSeriesOptions } from './latent/latent-series.js';
export { LatentSymbols, type LatentSymbolsOptions } from './latent/latent-symbols.js';
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
export { MarkovChain, type MarkovChainOptions } from './symbols/markov-chain.js';
export { NGram, type NGramOptions, type Smoothing } from './symbols/ngram.js';
export {
  type SymbolCursor,
  type SymbolForecast,
  type SymbolForecastOptions,
  SymbolModel,
  type SymbolPastOptions,
  type SymbolSampleOptions,
} from './symbols/symbol-model.js';
export type { SymbolOptions } from './symbols/symbol-table.js';
export { Unbounded, type UnboundedOptions } from './symbols/unbounded.js';
