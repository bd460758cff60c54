import {
  Autoregression,
  type AutoregressionOptions,
  type Forecast,
  MarkovChain,
  Naive,
  NGram,
  type SelectedOrder,
  type SeriesModel,
  type SymbolModel,
  selectOrder,
  seriesModelFromJSON,
  symbolModelFromJSON,
  Unbounded,
  WholePast,
} from 'hiddenstate/sequence';

const series = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5];
const options: AutoregressionOptions = { order: 2, trend: 'c' };
const autoregression = new Autoregression(options).fit(series);
const selected: SelectedOrder = selectOrder(series, { maxOrder: 4, criterion: 'aic' });
const models: SeriesModel[] = [new Naive({ kind: 'drift' }), new WholePast().fit(series), autoregression];
const last: Forecast = seriesModelFromJSON(JSON.parse(JSON.stringify(new Naive().fit(series)))).forecast(3);
const chain = new MarkovChain().fit('ababab');
const ngram: SymbolModel = symbolModelFromJSON(JSON.parse(JSON.stringify(new NGram({ order: 2 }).fit('ababab'))));
const unbounded = new Unbounded().fit(['to', 'be', 'or', 'not', 'to', 'be']);
const next = ngram.forecast(1, { past: 'aba' })[0]?.symbol;
const used = [selected.order, chain.hittingTimes('a')[0], unbounded.perplexity(['to']), models.length];
console.log(JSON.stringify([[...last.mean], chain.symbols.length, next, used.length - 1]));
