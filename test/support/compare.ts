/**
 * The largest distance between two arrays, relative to max(1, the largest finite expected magnitude). NaN must meet NaN
 * and an infinity the same infinity; anything else is an infinite error.
 */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  let error = 0;
  let scale = 1;
  for (let i = 0; i < got.length; i++) {
    if (Object.is(got[i], expected[i]) || got[i] === expected[i]) continue;
    const distance = Math.abs(got[i] - expected[i]);
    if (!Number.isFinite(distance)) return Number.POSITIVE_INFINITY;
    error = Math.max(error, distance);
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return error / scale;
}

/** Collects errors and prints the greatest one when its suite ends. */
export class ErrorLedger {
  private greatest = { name: 'none', error: 0 };
  private count = 0;

  constructor(private readonly title: string) {}

  add(name: string, error: number): void {
    this.count++;
    if (error > this.greatest.error) this.greatest = { name, error };
  }

  print(): void {
    const { name, error } = this.greatest;
    console.log(`${this.title}: ${this.count} comparisons, greatest error ${error.toExponential(2)} (${name})`);
  }
}
