import { createEngine, type Sequential } from 'hiddenstate';
import {
  Autoregression,
  LatentSeries,
  LatentSymbols,
  MarkovChain,
  Naive,
  NGram,
  type SeriesModel,
  type SymbolModel,
  Unbounded,
} from 'hiddenstate/sequence';
import type { Cell, Matrix, Result, SeriesResult, Stock, TextResult } from './messages.js';
import { symbolsOf, textOf } from './symbols.js';

/** What is learnt and how: the same for everybody, and for the test of these numbers. */
export const HELD = { series: 0.2, text: 0.15 } as const;
export const SERIES_NETWORK = { hiddenSize: 16 } as const;
export const TEXT_NETWORK = {
  hiddenSize: 48,
  epochs: 60,
  learningRate: 0.01,
  steps: 48,
  batch: 8,
  patience: 12,
} as const;
const SAMPLE = 320;
/** Rows and columns of the matrix that is shown. */
const SHOWN = 30;
const LEVEL = 0.95;

/** The baseline build gives the same bits on every machine, so a seed is the same network everywhere. */
const engine = createEngine({ simd: 'baseline' });

/** One company of a table of symbol, date and price. */
export function readStock(csv: string, company: string): Stock {
  const rows = csv
    .split('\n')
    .map((line) => line.split(','))
    .filter(([symbol]) => symbol === company);
  const values = rows.map(([, , price]) => Number(price));
  const months = rows.map(([, date]) => new Date(`${date} UTC`).toISOString().slice(0, 7));
  return { values, months, cut: Math.floor(values.length * (1 - HELD.series)) };
}

/** A text in two parts: one to learn from, and one that is only scored. */
export interface Text {
  readonly known: readonly string[];
  readonly held: readonly string[];
  readonly symbols: readonly string[];
}

export function divideText(text: string): Text {
  const all = symbolsOf(text);
  const cut = Math.floor(all.length * (1 - HELD.text));
  return { known: all.slice(0, cut), held: all.slice(cut), symbols: [...new Set(all)].sort() };
}

/** Scores a fitted model of numbers. */
export function scoreSeries(model: SeriesModel, { values, cut }: Stock): SeriesResult {
  const held = values.slice(cut);
  const { mean, lower, upper } = model.forecast(held.length, { level: LEVEL });
  const cursor = model.cursor();
  let month = 0;
  for (const value of held) {
    month += Math.abs(value - cursor.predict().mean) / held.length;
    cursor.observe(value);
  }
  cursor.dispose?.();
  const ahead = held.reduce((sum, value, h) => sum + Math.abs(value - mean[h]), 0) / held.length;
  const within = held.filter((value, h) => value >= lower[h] && value <= upper[h]).length;
  return { mean: [...mean], lower: [...lower], upper: [...upper], month, ahead, held: within };
}

/** Scores a fitted model of symbols, and lets it write. */
export function scoreText(model: SymbolModel, { known, held }: Text): TextResult {
  return {
    bits: Math.log2(model.perplexity(held, { past: known })),
    sample: textOf(model.sample(SAMPLE, { past: known, seed: 1 })).trim(),
  };
}

/** The rungs without a network. `order` is how many symbols or values are looked back at. */
export function learnClassical(
  rung: 'naive' | 'autoregressive' | 'markov',
  stock: Stock,
  text: Text,
  order: number,
): { readonly result: Result; readonly symbols: SymbolModel } {
  const begin = performance.now();
  const { symbols } = text;
  const prices = stock.values.slice(0, stock.cut);
  const [series, letters] = {
    naive: () => [new Naive({ kind: 'last' }), new Unbounded({ symbols })] as const,
    autoregressive: () => [new Autoregression({ order }), new NGram({ order: order + 1, symbols })] as const,
    // A pair that never came is taken for a twentieth of one that came once.
    markov: () => [new Autoregression({ order: 1 }), new MarkovChain({ symbols, smoothing: 0.05 })] as const,
  }[rung]();
  series.fit(prices);
  letters.fit(text.known);
  const milliseconds = performance.now() - begin;
  const size = { naive: text.known.length, autoregressive: contexts(text, order), markov: symbols.length ** 2 }[rung];
  const result = { series: scoreSeries(series, stock), text: scoreText(letters, text), milliseconds, size };
  return { result, symbols: letters };
}

/** Different runs of so many symbols and one: the counts that an n-gram keeps. */
function contexts({ known }: Text, order: number): number {
  const seen = new Set<string>();
  for (let i = 0; i + order < known.length; i++) seen.add(known.slice(i, i + order + 1).join(''));
  return seen.size;
}

/** The rungs that are networks. The caller disposes of both. */
export async function learnNetwork(
  cell: Cell,
  seed: number,
  stock: Stock,
  text: Text,
): Promise<{ readonly result: Result; readonly series: LatentSeries; readonly symbols: LatentSymbols }> {
  const begin = performance.now();
  const series = new LatentSeries({ cell, seed, ...SERIES_NETWORK, engine });
  const symbols = new LatentSymbols({ cell, seed, symbols: text.symbols, ...TEXT_NETWORK, engine });
  await series.fit(stock.values.slice(0, stock.cut));
  await symbols.fit(text.known);
  const milliseconds = performance.now() - begin;
  const size = parametersOf(symbols.model);
  const result = { series: scoreSeries(series, stock), text: scoreText(symbols, text), milliseconds, size };
  return { result, series, symbols };
}

function parametersOf(model: Sequential): number {
  return Object.values(model.stateDict()).reduce((sum, { data }) => sum + data.length, 0);
}

/** The rows of the chain for the symbols that come most often, most frequent first. */
export function matrixOf(chain: SymbolModel, { known }: Text): Matrix {
  const counts = new Map<string, number>();
  for (const symbol of known) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  const symbols = [...counts.keys()]
    .sort((a, b) => (counts.get(b) as number) - (counts.get(a) as number))
    .slice(0, SHOWN);
  const places = symbols.map((symbol) => chain.symbols.indexOf(symbol));
  const rows = symbols.map((symbol) => {
    const probabilities = chain.predict([symbol]);
    return places.map((place) => probabilities[place]);
  });
  return { symbols, rows };
}
