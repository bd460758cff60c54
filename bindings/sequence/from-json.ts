import { typeError } from '../errors.js';
import { describeValue } from '../tensor.js';
import { Autoregression } from './numbers/autoregression.js';
import { Naive } from './numbers/naive.js';
import type { SeriesModel } from './numbers/series-model.js';
import { WholePast } from './numbers/whole-past.js';
import { MarkovChain } from './symbols/markov-chain.js';
import { NGram } from './symbols/ngram.js';
import type { SymbolModel } from './symbols/symbol-model.js';
import { Unbounded } from './symbols/unbounded.js';

const SERIES: Readonly<Record<string, (json: unknown) => SeriesModel>> = {
  Naive: Naive.fromJSON,
  WholePast: WholePast.fromJSON,
  Autoregression: Autoregression.fromJSON,
};

const SYMBOLS: Readonly<Record<string, (json: unknown) => SymbolModel>> = {
  MarkovChain: MarkovChain.fromJSON,
  NGram: NGram.fromJSON,
  Unbounded: Unbounded.fromJSON,
};

/**
 * Rebuilds a classical model of numbers from what its `toJSON` wrote. The JSON may come from anywhere: every field is
 * checked. `LatentSeries.fromJSON` reads its own, so that a classical model needs no network.
 *
 * @param json as JSON.parse gives it
 * @throws {TypeError | RangeError} if it is no such model
 *
 * @example
 * ```ts
 * import { Autoregression, seriesModelFromJSON } from 'hiddenstate/sequence';
 *
 * const series = Array.from({ length: 100 }, (_, t) => Math.sin(t) + Math.sin(t * t) / 5);
 * const text = JSON.stringify(new Autoregression({ order: 2 }).fit(series));
 * const model = seriesModelFromJSON(JSON.parse(text));
 * console.log(model.type, model.forecast(3, { past: series }).mean.length); // Autoregression 3
 * ```
 */
export function seriesModelFromJSON(json: unknown): SeriesModel {
  return readerOf(json, SERIES, 'seriesModelFromJSON')(json);
}

/**
 * Rebuilds a classical model of symbols. As `seriesModelFromJSON`; `LatentSymbols.fromJSON` reads its own.
 *
 * @example
 * ```ts
 * import { NGram, symbolModelFromJSON } from 'hiddenstate/sequence';
 *
 * const text = JSON.stringify(new NGram({ order: 3 }).fit('the cat sat on the mat'));
 * const model = symbolModelFromJSON(JSON.parse(text));
 * console.log(model.forecast(1, { past: 'th' })[0].symbol); // e
 * ```
 */
export function symbolModelFromJSON(json: unknown): SymbolModel {
  return readerOf(json, SYMBOLS, 'symbolModelFromJSON')(json);
}

function readerOf<Model>(json: unknown, readers: Readonly<Record<string, (json: unknown) => Model>>, who: string) {
  const { type } = (json ?? {}) as { type?: unknown };
  if (typeof type === 'string' && Object.hasOwn(readers, type)) return readers[type];
  const expected = Object.keys(readers).map(describeValue).join(', ');
  throw typeError(
    `${who}: type: got ${describeValue(type)}, expected one of ${expected}; LatentSeries and LatentSymbols have a fromJSON of their own`,
  );
}
