/** Iterations that all loops of a run may take together. */
export const MAX_ITERATIONS = 2 ** 20;
