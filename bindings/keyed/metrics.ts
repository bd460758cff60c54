/** What a worker has done. Numbers that only grow, unless said otherwise. */
export interface KeyedMetrics {
  /** Events that were committed. */
  events: number;
  results: number;
  /** Events that were set aside. */
  dead: number;
  commits: number;
  /** Calls of the model. */
  rounds: number;
  /** States read from the log. */
  loaded: number;
  /** Keys that gave their lane to another. */
  spilled: number;
  /** Keys that began anew because they slept too long, or were forgotten for it. */
  expired: number;
  /** Partitions taken from this worker while it was silent. */
  fenced: number;
  /** Times that the log could not be reached. */
  retries: number;
  /** Partitions that it owns now. */
  partitions: number;
  /** Keys in memory now. */
  lanes: number;
  /** Milliseconds from the log taking the last committed event to its commit, by the two clocks. */
  delay: number;
  /** Milliseconds from sending the last commit to its answer. */
  commitTime: number;
}

/** Counts of a worker that has done nothing yet. */
export function newMetrics(): KeyedMetrics {
  return {
    events: 0,
    results: 0,
    dead: 0,
    commits: 0,
    rounds: 0,
    loaded: 0,
    spilled: 0,
    expired: 0,
    fenced: 0,
    retries: 0,
    partitions: 0,
    lanes: 0,
    delay: 0,
    commitTime: 0,
  };
}
