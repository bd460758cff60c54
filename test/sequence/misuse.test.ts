/** What is no series, no sequence, no option and no model is refused with a message that says what to do. */
import { describe, expect, test } from 'vitest';
import {
  Autoregression,
  MarkovChain,
  Naive,
  NGram,
  type SeriesModel,
  type SymbolModel,
  selectOrder,
  seriesModelFromJSON,
  symbolModelFromJSON,
  Unbounded,
  WholePast,
} from '../../bindings/sequence/index.js';
import { mulberry32 } from '../support/random.js';

const random = mulberry32(7);
const NOISE = Array.from({ length: 60 }, () => random() * 10);
const CONSTANT = new Array(60).fill(5);
/** Its mean is not quite 0.1, so its variance is not quite 0. */
const TENTHS = new Array(30).fill(0.1);
const SERIES: readonly (readonly [string, () => SeriesModel])[] = [
  ['Naive', () => new Naive()],
  ['Naive drift', () => new Naive({ kind: 'drift' })],
  ['Naive seasonal', () => new Naive({ kind: 'seasonal', period: 7 })],
  ['WholePast', () => new WholePast()],
  ['Autoregression', () => new Autoregression({ order: 3 })],
  ['Autoregression burg', () => new Autoregression({ order: 3, method: 'burg' })],
];
const SYMBOLS: readonly (readonly [string, () => SymbolModel])[] = [
  ['MarkovChain', () => new MarkovChain()],
  ['NGram', () => new NGram({ order: 3 })],
  ['NGram witten-bell', () => new NGram({ order: 3, smoothing: 'witten-bell' })],
  ['Unbounded', () => new Unbounded()],
];

type Thrown = new (message: string) => Error;

function expectThrown(work: () => unknown, Kind: Thrown, message: RegExp): void {
  expect(work).toThrow(message);
  expect(work).toThrow(Kind);
}

describe.each(SERIES)('%s', (_, make) => {
  test('refuses a series that is none', () => {
    const bad: [unknown, Thrown, RegExp][] = [
      [[...NOISE, Number.NaN], RangeError, /value 60: got NaN, expected a finite number; fill the gap/],
      [[1, Number.POSITIVE_INFINITY, ...NOISE], RangeError, /value 1: got Infinity/],
      [[1, -1e200, ...NOISE], RangeError, /value 1: got -1e\+200, expected a magnitude of at most 1e\+150; scale/],
      [[1, '2', ...NOISE], TypeError, /value 1: got "2"/],
      [[1, undefined, ...NOISE], TypeError, /value 1: got undefined/],
      [[], RangeError, /got 0 values, expected at least/],
      [[1], RangeError, /got 1 values, expected at least/],
      ['1,2,3', TypeError, /expected an array of numbers/],
      [null, TypeError, /got null/],
      [{ length: 5 }, TypeError, /got Object\(5\)/],
    ];
    for (const [series, Kind, message] of bad) expectThrown(() => make().fit(series as number[]), Kind, message);
  });

  test('refuses to be used before fit', () => {
    for (const use of [
      (model: SeriesModel) => model.predict(),
      (model: SeriesModel) => model.forecast(3),
      (model: SeriesModel) => model.sample(3),
      (model: SeriesModel) => model.logLikelihood(NOISE),
      (model: SeriesModel) => JSON.stringify(model),
    ]) {
      expectThrown(() => use(make()), Error, /was not fitted, expected fit\(\) before/);
    }
  });

  test('refuses wrong arguments afterwards', async () => {
    const model = await make().fit(NOISE);
    expectThrown(() => model.forecast(0), RangeError, /horizon: got 0/);
    expectThrown(() => model.forecast(2.5), RangeError, /horizon: got 2.5/);
    expectThrown(() => model.forecast(2, { level: 1 }), RangeError, /level: got 1, expected a number between 0 and 1/);
    expectThrown(() => model.forecast(2, { level: Number.NaN }), RangeError, /level: got NaN/);
    expectThrown(() => model.forecast(2, { lvl: 1 } as object), TypeError, /got option "lvl"/);
    expectThrown(() => model.sample(-1), RangeError, /count: got -1/);
    expectThrown(() => model.cursor().observe(Number.NaN), RangeError, /observe: got NaN/);
    expectThrown(
      () => model.predict([1, Number.NaN]),
      RangeError,
      /got NaN|got 2 values, expected at least \d to predict from/,
    );
    expectThrown(() => model.logLikelihood([]), RangeError, /got 0 values/);
  });

  test('comes back from JSON as it was', async () => {
    const model = await make().fit(NOISE);
    const copy = seriesModelFromJSON(JSON.parse(JSON.stringify(model)));
    expect(JSON.stringify(copy)).toBe(JSON.stringify(model));
    expect(copy.forecast(5)).toEqual(model.forecast(5));
    expect(copy.sample(5, { seed: 1 })).toEqual(model.sample(5, { seed: 1 }));
    expect(model.sample(5, { seed: 1 })).not.toEqual(model.sample(5, { seed: 2 }));
    expect(copy.perplexity(NOISE.slice(20))).toBe(model.perplexity(NOISE.slice(20)));
  });
});

describe('series that determine nothing', () => {
  test.each([
    ['Autoregression', () => new Autoregression({ order: 2 }).fit(CONSTANT), /singular system: L1 is a combination/],
    [
      'time and its lag',
      () => new Autoregression({ order: 2, trend: 'ct' }).fit(NOISE.map((_, i) => 2 * i)),
      /singular/,
    ],
    ['a period', () => new Autoregression({ order: 4 }).fit(NOISE.map((_, i) => i % 2)), /singular system: L2/],
    ['Yule-Walker', () => new Autoregression({ order: 2, method: 'yule-walker' }).fit(CONSTANT), /constant series/],
    ['Burg', () => new Autoregression({ order: 2, method: 'burg' }).fit(CONSTANT), /constant series/],
    ['WholePast', () => new WholePast().fit(CONSTANT), /constant series/],
    [
      'Yule-Walker of 0.1',
      () => new Autoregression({ order: 1, method: 'yule-walker' }).fit(TENTHS),
      /constant series/,
    ],
    ['Burg of 0.1', () => new Autoregression({ order: 1, method: 'burg' }).fit(TENTHS), /constant series/],
    ['WholePast of 0.1', () => new WholePast().fit(TENTHS), /constant series/],
    ['WholePast of next to nothing', () => new WholePast().fit([0, 1e-200, 0, 1e-200]), /constant series/],
    ['selectOrder', () => selectOrder(CONSTANT, { maxOrder: 3 }), /singular system/],
  ])('%s', (_, work, message) => {
    expectThrown(work, Error, message);
  });

  test('a constant series is forecast by its last value, with certainty', () => {
    const model = new Naive().fit(CONSTANT);
    expect([...model.forecast(2).upper]).toEqual([5, 5]);
    expectThrown(() => model.logLikelihood(CONSTANT), Error, /certain of the next value/);
  });
});

describe('options', () => {
  test.each([
    [() => new Naive({ kind: 'first' as 'last' }), TypeError, /kind: got "first", expected one of "last"/],
    [() => new Naive({ kind: 'seasonal' }), TypeError, /period: got undefined/],
    [() => new Naive({ period: 3 }), TypeError, /expected it with "seasonal" only/],
    [() => new Autoregression({} as { order: number }), TypeError, /order: got undefined/],
    [() => new Autoregression({ order: -1 }), RangeError, /order: got -1/],
    [() => new Autoregression({ order: 1, method: 'mle' as 'ols' }), TypeError, /method: got "mle"/],
    [() => new Autoregression({ order: 1, trend: 'tc' as 'ct' }), TypeError, /trend: got "tc"/],
    [
      () => new Autoregression({ order: 1, trend: 'ct', method: 'burg' }),
      TypeError,
      /got trend "ct" for method "burg"/,
    ],
    [() => new Autoregression({ order: 1, period: 12 }), TypeError, /without seasonal, expected both or neither/],
    [() => new Autoregression({ order: 1, seasonal: true }), TypeError, /period: got undefined/],
    [() => new Autoregression({ order: 50 }).fit(NOISE), RangeError, /10 equations for 51 parameters/],
    [
      () => new Autoregression({ order: 60 }).fit(NOISE),
      RangeError,
      /got 60 values, expected at least 62 for order 60/,
    ],
    [() => new WholePast({ bandwidth: 0 }), RangeError, /bandwidth: got 0/],
    [() => selectOrder(NOISE, { maxOrder: 2, criterion: 'fpe' as 'aic' }), TypeError, /criterion: got "fpe"/],
    [() => selectOrder(NOISE, { maxOrder: 40 }), RangeError, /20 equations for 41 parameters/],
    [() => new NGram({ order: 0 }), RangeError, /order: got 0/],
    [() => new NGram({ order: 2, smoothing: 'laplace' as 'witten-bell' }), TypeError, /smoothing: got "laplace"/],
    [() => new NGram({ order: 2, discount: 1 }), RangeError, /discount: got 1/],
    [() => new NGram({ order: 2, base: 'none' as 'uniform' }), TypeError, /base: got "none"/],
    [() => new MarkovChain({ smoothing: -1 }), RangeError, /smoothing: got -1/],
    [() => new MarkovChain({ unknown: '' }), TypeError, /unknown: got ""/],
    [() => new MarkovChain({ symbols: ['a', 'a'] }).fit('aa'), RangeError, /one of them twice/],
    [() => new MarkovChain({ symbols: ['a', 5 as unknown as string] }).fit('aa'), TypeError, /symbols: got 5/],
  ] as [() => unknown, Thrown, RegExp][])('%s', (work, Kind, message) => {
    expectThrown(work, Kind, message);
  });
});

describe.each(SYMBOLS)('%s', (_, make) => {
  test('refuses a sequence that is none', () => {
    const bad: [unknown, Thrown, RegExp][] = [
      ['', RangeError, /got a sequence of 0, expected at least 2 symbols/],
      ['a', RangeError, /got a sequence of 1/],
      [['a', 5], TypeError, /symbol 1: got 5/],
      [['a', ''], TypeError, /symbol 1: got ""/],
      [5, TypeError, /got 5, expected a string or an array of strings/],
      [null, TypeError, /got null/],
    ];
    for (const [sequence, Kind, message] of bad) expectThrown(() => make().fit(sequence as string), Kind, message);
  });

  test('refuses to be used before fit, and wrong arguments afterwards', async () => {
    expectThrown(() => make().predict('a'), Error, /was not fitted/);
    expectThrown(() => make().symbols, Error, /was not fitted/);
    expectThrown(() => JSON.stringify(make()), Error, /was not fitted/);
    const model = await make().fit('abracadabra');
    expectThrown(() => model.predict('abx'), RangeError, /symbol 2: got "x", expected one of the 5 the model knows/);
    expectThrown(() => model.logLikelihood('abx'), RangeError, /symbol 2: got "x"/);
    expectThrown(() => model.logLikelihood(''), RangeError, /empty sequence/);
    expectThrown(() => model.forecast(0), RangeError, /horizon: got 0/);
    expectThrown(() => model.sample(0), RangeError, /count: got 0/);
  });

  test('takes an unknown symbol where one stands for it', async () => {
    for (const options of [{ unknown: '\uFFFD' }, { symbols: 'abcdrx' }]) {
      const Model = make().constructor as new (options: object) => SymbolModel;
      const model = await new Model({ ...options, ...(make() instanceof NGram && { order: 3 }) }).fit('abracadabra');
      expect(model.perplexity('abx')).toBeLessThan(1000);
    }
  });

  test('gives probabilities that sum to 1 and forecasts that hold what they say', async () => {
    const model = await make().fit('abracadabra abracadabra');
    for (const past of ['', 'a', 'abra', 'bbbb', 'cadabra ']) {
      const probabilities = model.predict(past);
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      for (const { symbol, probability, set } of model.forecast(3, { past, level: 0.8 })) {
        expect(set[0]).toBe(symbol);
        expect(probability).toBeGreaterThan(0);
      }
    }
    const frequencies = new Map<string, number>();
    for (const symbol of model.sample(4000, { seed: 3, past: 'a' })) {
      frequencies.set(symbol, (frequencies.get(symbol) ?? 0) + 1);
    }
    expect(frequencies.get('a')).toBeGreaterThan(800);
  });

  test('comes back from JSON as it was', async () => {
    const model = await make().fit('the cat sat on the mat, the rat sat on the cat');
    const copy = symbolModelFromJSON(JSON.parse(JSON.stringify(model)));
    expect(JSON.stringify(copy)).toBe(JSON.stringify(model));
    expect(copy.sample(20, { seed: 1 })).toEqual(model.sample(20, { seed: 1 }));
    expect(copy.perplexity('the mat')).toBe(model.perplexity('the mat'));
  });
});

test('a chain that falls apart has no one stationary distribution, and times that never end', () => {
  const chain = new MarkovChain({ smoothing: 0, symbols: 'abcd' }).fit('abababcdcdcd');
  expect([...chain.hittingTimes('c')]).toEqual([expect.closeTo(6, 9), expect.closeTo(5, 9), 0, 1]);
  expect([...chain.hittingTimes('a')]).toEqual([0, expect.any(Number), Infinity, Infinity]);
  const apart = new MarkovChain({ smoothing: 0, symbols: 'abcd' }).fit('abab');
  expect([...apart.hittingTimes('c')]).toEqual([Infinity, Infinity, 0, expect.any(Number)]);
  expectThrown(() => chain.hittingTimes('x'), RangeError, /got "x"/);
  expectThrown(() => chain.stepMatrix(-1), RangeError, /steps: got -1/);
});
