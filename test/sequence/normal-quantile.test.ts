import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../../bindings/sequence/numbers/normal-quantile.js';

const CASES: [number, number][] = JSON.parse(
  readFileSync(new URL('./golden/normal-quantile.json', import.meta.url), 'utf8'),
);

describe('the quantile of the normal distribution', () => {
  it.each(CASES)('at %d is that of SciPy', (p, expected) => {
    expect(Math.abs(normalQuantile(p) - expected)).toBeLessThanOrEqual(4e-15 * Math.max(1, Math.abs(expected)));
  });

  it('is infinite at both ends', () => {
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});
