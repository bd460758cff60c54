/**
 * Runs a decomposition of ml-matrix, which throws a bare "singular" where the caller has more to say.
 *
 * @returns its result, or undefined if it threw
 */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
