/** The largest distance between two arrays relative to the largest expected magnitude; a NaN is an infinite distance. */
export function gradientError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  let error = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(got[i] - expected[i]);
    if (!Number.isFinite(distance)) return Number.POSITIVE_INFINITY;
    error = Math.max(error, distance);
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return error === 0 ? 0 : error / scale;
}
