/**
 * How many partitions a worker shall have: all as many, and the first in the order of their names one more where it does not come
 * out even. Every worker computes it for itself from the same list.
 */
export function fairShare(workers: readonly string[], worker: string, partitions: number): number {
  const sorted = [...workers].sort();
  const rank = sorted.indexOf(worker);
  if (rank < 0) return 0;
  return Math.floor(partitions / sorted.length) + (rank < partitions % sorted.length ? 1 : 0);
}
