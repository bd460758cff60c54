/**
 * Times `load`, which imports a contender, and its first step.
 *
 * @returns milliseconds
 * @throws {Error} if what comes out is not the expected h
 */
export async function timeFirst(load, given, expected) {
  const start = performance.now();
  const { first } = await load();
  const h = await first(given);
  const elapsed = performance.now() - start;
  const difference = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - h[i])), 0);
  if (!(difference <= 1e-4)) throw new Error(`first result: differs by ${difference}`);
  return elapsed;
}
