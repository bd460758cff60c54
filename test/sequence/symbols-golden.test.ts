/** The models of symbols against exact rationals, NLTK and numpy: golden/generate-symbols.py. */
import { afterAll, describe, expect, test } from 'vitest';
import { MarkovChain, NGram, type Smoothing, type SymbolModel, Unbounded } from '../../bindings/sequence/index.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import golden from './golden/symbols.json' with { type: 'json' };

const TOLERANCE = 1e-12;
const { text, alphabet } = golden;
const ledger = new ErrorLedger('models of symbols against exact rationals, NLTK and numpy');
afterAll(() => ledger.print());

function expectEqual(name: string, got: ArrayLike<number>, expected: readonly number[], tolerance = TOLERANCE): void {
  const error = relativeError(got, expected);
  ledger.add(name, error);
  expect(error, name).toBeLessThanOrEqual(tolerance);
}

interface Row {
  readonly past: string;
  readonly probabilities: readonly number[];
}

function expectRows(name: string, model: SymbolModel, rows: readonly Row[]): void {
  for (const { past, probabilities } of rows) {
    const got = model.predict(past);
    expectEqual(`${name} after ${JSON.stringify(past)}`, got, probabilities);
    expect(got.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  }
}

describe('NGram', () => {
  test.each(golden.ngrams)('$smoothing, order $order, discount $discount: exact rationals', (vector) => {
    const { order, discount } = vector as { order: number; discount?: number | null };
    const smoothing = vector.smoothing as Smoothing;
    const model = new NGram({ order, smoothing, symbols: alphabet, ...(discount && { discount }) }).fit(text);
    expectRows(`${smoothing} ${order}`, model, vector.rows);
  });

  test.each(golden.nltk)('$smoothing, order $order: NLTK', ({ order, discount, rows, ...vector }) => {
    const smoothing = vector.smoothing as Smoothing;
    const model = new NGram({ order, smoothing, discount, base: 'frequencies', unknown: '?' }).fit(text);
    // The unknown symbol, which NLTK was not asked for, has nothing.
    const known = rows.map(({ past, probabilities }) => ({ past, probabilities: [...probabilities, 0] }));
    expectRows(`NLTK ${smoothing} ${order}`, model, known);
    expect(rows.length).toBeGreaterThan(10);
  });
});

test('Unbounded: exact rationals', () => {
  expectRows('unbounded', new Unbounded({ symbols: alphabet }).fit(text), golden.unbounded);
});

describe('MarkovChain', () => {
  test.each(golden.markov)('smoothing $smoothing: numpy', (vector) => {
    const model = new MarkovChain({ smoothing: vector.smoothing }).fit(vector.text);
    expect(model.symbols).toEqual(vector.symbols);
    expectEqual(
      'matrix',
      model.transitionMatrix().flatMap((row) => [...row]),
      vector.matrix.flat(),
    );
    expectEqual('stationary', model.stationaryDistribution(), vector.stationary);
    expectEqual(
      'steps',
      model.stepMatrix(7).flatMap((row) => [...row]),
      vector.steps.flat(),
    );
    expectEqual('hitting', model.hittingTimes(vector.symbols[0]), vector.hitting, 1e-9);
    expectEqual('joint', [model.logLikelihood(vector.text.slice(0, 60))], [vector.joint]);
  });
});
