/** JSON from anywhere: what is not a model is refused, and what passes works. */
import { describe, expect, test } from 'vitest';
import {
  Autoregression,
  MarkovChain,
  Naive,
  NGram,
  SeriesModel,
  type SymbolModel,
  seriesModelFromJSON,
  symbolModelFromJSON,
  Unbounded,
  WholePast,
} from '../../bindings/sequence/index.js';
import { mulberry32 } from '../support/random.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const random = mulberry32(11);
const NOISE = Array.from({ length: 30 }, () => random());
const TEXT = 'the cat sat on the mat, the rat sat on the cat';
const MODELS = [
  new Naive({ kind: 'seasonal', period: 4 }).fit(NOISE),
  new Naive({ kind: 'drift' }).fit(NOISE),
  new WholePast().fit(NOISE),
  new Autoregression({ order: 2, trend: 'ct', seasonal: true, period: 3 }).fit(NOISE),
  new MarkovChain({ unknown: '?' }).fit(TEXT),
  new NGram({ order: 3, discount: 0.5 }).fit(TEXT),
  new Unbounded().fit(TEXT),
];
const JUNK: readonly Json[] = [
  ...[null, true, '', 'x', '__proto__', [], {}, [[]], 0, -1, 0.5, 1e300, 2 ** 53, 4294967296, [1, 'a'], [null], [-1]],
  { length: 1e9 },
];
const INPUTS = 1500;

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(random() * list.length)];
}

/** Something about it made wrong, somewhere. */
function spoil(json: Json): Json {
  if (typeof json !== 'object' || json === null || random() < 0.1) return pick(JUNK);
  if (Array.isArray(json)) {
    const copy = [...json];
    const at = Math.floor(random() * copy.length);
    const kind = random();
    if (kind < 0.3) copy.splice(at, 1);
    else if (kind < 0.5) copy.splice(at, 0, pick(JUNK));
    else if (copy.length > 0) copy[at] = spoil(copy[at]);
    return copy;
  }
  const key = pick(Object.keys(json));
  if (random() < 0.2) return Object.fromEntries(Object.entries(json).filter(([name]) => name !== key));
  if (random() < 0.1) return { ...json, [pick(['extra', '__proto__x', 'toString'])]: pick(JUNK) };
  return { ...json, [key]: spoil(json[key]) };
}

describe.each(MODELS)('spoilt JSON of $type', (model) => {
  const whole = JSON.parse(JSON.stringify(model)) as Json;

  test('is refused, or is a model that works', () => {
    let refused = 0;
    for (let n = 0; n < INPUTS / MODELS.length; n++) {
      const json = spoil(random() < 0.3 ? spoil(whole) : whole);
      try {
        use(model instanceof SeriesModel ? seriesModelFromJSON(json) : symbolModelFromJSON(json));
      } catch (error) {
        refused++;
        // Of our own making: a message that names the field or the function.
        expect((error as Error).message).toMatch(/^[\w.]+: |^[\w.]+\.\w+: /);
        expect((error as Error).message.length).toBeLessThan(400);
      }
    }
    expect(refused).toBeGreaterThan(INPUTS / MODELS.length / 2);
  });
});

function use(model: SeriesModel | SymbolModel): void {
  if (model instanceof SeriesModel) expect(model.forecast(3).mean).toHaveLength(3);
  else expect(model.predict([]).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
}

test.each([[null], [5], ['x'], [[]], [{}], [{ type: 'toString' }], [{ type: '__proto__' }]])(
  '%j is no model',
  (json) => {
    expect(() => seriesModelFromJSON(json)).toThrow(/seriesModelFromJSON: type: got .*, expected one of "Naive"/);
    expect(() => symbolModelFromJSON(json)).toThrow(/symbolModelFromJSON: type: got .*, expected one of "MarkovChain"/);
  },
);

test('sizes that are only claimed cost nothing', () => {
  const huge = { type: 'Naive', kind: 'seasonal', period: 2e9, count: 5, level: 0, variance: 1, recent: [1] };
  expect(() => seriesModelFromJSON(huge)).toThrow(/recent: got Array\(1\), expected an array of 2000000000/);
  const wide = { ...huge, kind: 'seasonal', period: 2 ** 40 };
  expect(() => seriesModelFromJSON(wide)).toThrow(/period: got 1099511627776/);
  const deep = { type: 'Autoregression', order: 1e9, method: 'ols', trend: 'c', period: 0 };
  expect(() => seriesModelFromJSON(deep)).toThrow(/order: got 1000000000, expected an integer from 0 to 10000/);
});
