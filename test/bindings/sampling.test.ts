import { describe, expect, it } from 'vitest';
import { argmax, type SampleOptions, sample, sampler } from '../../bindings/core.js';

const DRAWS = 100_000;

/** How often each index comes. */
function histogram(logits: ArrayLike<number>, options: SampleOptions): number[] {
  const draw = sampler(options);
  const counts = Array.from({ length: logits.length }, () => 0);
  for (let i = 0; i < DRAWS; i++) counts[draw(logits)]++;
  return counts;
}

/** Probabilities in float64. */
function probabilities(logits: readonly number[], temperature: number): number[] {
  const greatest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp((logit - greatest) / temperature));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}

/** Pearson's statistic over the indices that can come; the others must not. */
function chiSquare(counts: readonly number[], expected: readonly number[]): { value: number; freedom: number } {
  let value = 0;
  let freedom = -1;
  for (const [i, p] of expected.entries()) {
    if (p * DRAWS < 1) expect(counts[i]).toBeLessThan(20);
    else {
      value += (counts[i] - p * DRAWS) ** 2 / (p * DRAWS);
      freedom++;
    }
  }
  return { value, freedom };
}

/** One in a million exceeds it (Wilson & Hilferty 1931, z = 4.75). */
function critical(freedom: number): number {
  const k = 2 / (9 * freedom);
  return freedom * (1 - k + 4.75 * Math.sqrt(k)) ** 3;
}

const LOGITS = [0, 1, -1, 2.5, 0.3, Number.NEGATIVE_INFINITY, 3, -4, 1.2];

describe('sample', () => {
  it.each([
    ['at temperature 1', {}, 1],
    ['cold', { temperature: 0.5 }, 0.5],
    ['hot', { temperature: 3 }, 3],
    ['from another seed', { seed: 12345 }, 1],
    ['from a negative seed', { seed: -7 }, 1],
  ])('draws from softmax(logits / temperature), %s', (_, options, temperature) => {
    const counts = histogram(LOGITS, { seed: 1, ...options });
    const { value, freedom } = chiSquare(counts, probabilities(LOGITS, temperature));
    expect(counts[5]).toBe(0);
    expect(freedom).toBeGreaterThan(4);
    expect(value).toBeLessThan(critical(freedom));
  });

  it('draws from the likeliest k only, in proportion', () => {
    const counts = histogram(LOGITS, { seed: 1, topK: 3 });
    const kept = LOGITS.map((logit) => (logit > 1 ? logit : Number.NEGATIVE_INFINITY)).map((logit, i) =>
      i === 8 ? 1.2 : logit,
    );
    const expected = probabilities(kept, 1);
    expect(counts.filter((count) => count > 0)).toHaveLength(3);
    const { value, freedom } = chiSquare(counts, expected);
    expect(freedom).toBe(2);
    expect(value).toBeLessThan(critical(freedom));
  });

  it('takes the first of equals at the edge of the likeliest k', () => {
    const counts = histogram([1, 2, 2, 2, 0], { seed: 1, topK: 2 });
    expect(counts.map((count) => count > 0)).toEqual([false, true, true, false, false]);
  });

  it('with topK 1 or temperature 0 takes the likeliest, always', () => {
    for (const options of [{ topK: 1 }, { temperature: 0 }]) {
      const counts = histogram(LOGITS, options);
      expect(counts[6]).toBe(DRAWS);
    }
    expect(sample([3, 3, 1], { temperature: 0 })).toBe(0);
    expect(sample([5], { temperature: 1 })).toBe(0);
  });

  it('takes a topK beyond the logits for all of them', () => {
    const draw = sampler({ seed: 3, topK: 1000 });
    const all = sampler({ seed: 3 });
    for (let i = 0; i < 1000; i++) expect(draw(LOGITS)).toBe(all(LOGITS));
  });

  it('survives logits and temperatures at the ends of float64', () => {
    expect(sample([-1e308, 1e308], { seed: 1 })).toBe(1);
    expect(sample([1, 2, 3], { temperature: 1e-300, seed: 1 })).toBe(2);
    expect(sample([1, 2, 3], { temperature: 5e-324, seed: 1 })).toBe(2);
    const hot = histogram([1, 2], { temperature: 1e300, seed: 1 });
    expect(Math.abs(hot[0] / DRAWS - 0.5)).toBeLessThan(0.01);
    expect(sample([Number.NEGATIVE_INFINITY, -1e30, Number.NEGATIVE_INFINITY], { seed: 1 })).toBe(1);
  });

  it('repeats with a seed and differs without', () => {
    const series = (options: SampleOptions) => {
      const draw = sampler(options);
      return Array.from({ length: 50 }, () => draw(LOGITS)).join();
    };
    expect(series({ seed: 9 })).toBe(series({ seed: 9 }));
    expect(series({ seed: 9 })).not.toBe(series({ seed: 10 }));
    expect(series({})).not.toBe(series({}));
    expect(sample(LOGITS, { seed: 9 })).toBe(sampler({ seed: 9 })(LOGITS));
  });

  it('takes tensors, typed arrays and plain ones alike, and leaves them alone', () => {
    const data = Float32Array.from(LOGITS);
    const kept = data.slice();
    const expected = sample(LOGITS.map(Math.fround), { seed: 4, topK: 4 });
    expect(sample(data, { seed: 4, topK: 4 })).toBe(expected);
    expect(sample({ data, dims: [1, 9] }, { seed: 4, topK: 4 })).toBe(expected);
    expect(data).toEqual(kept);
  });
});

describe('argmax', () => {
  it.each([
    ['the greatest', [1, 3, 2], 1],
    ['the first of equals', [1, 3, 3], 1],
    ['a single one', [-5], 0],
    ['infinity', [1, Number.POSITIVE_INFINITY, 2], 1],
    ['any, when nothing is possible', [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], 0],
    ['NaN, as torch.argmax', [1, Number.NaN, 7], 1],
    ['zero whatever its sign', [-0, 0], 0],
  ])('finds %s', (_, logits, expected) => {
    expect(argmax(logits)).toBe(expected);
    expect(argmax(Float32Array.from(logits))).toBe(expected);
    expect(argmax({ data: Float32Array.from(logits), dims: [logits.length] })).toBe(expected);
  });
});
