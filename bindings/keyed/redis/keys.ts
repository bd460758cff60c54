/** Names of the keys in Redis. Those of one partition share a hash tag, so that a cluster keeps them on one node and one script changes all of them. */
export interface PartitionKeys {
  /** Stream of events. */
  readonly in: string;
  /** Hash: key → state. */
  readonly state: string;
  /** Stream of results. */
  readonly out: string;
  /** Stream of events that were set aside. */
  readonly dead: string;
  /** Hash: offset, epoch, version, counters. */
  readonly meta: string;
  /** The token of the owner, with an expiry. */
  readonly lease: string;
  /** Hash: producer → the last of its sequence. */
  readonly seen: string;
}

/** @param generation how often the number of partitions has been changed */
export function partitionKeys(name: string, generation: number, partition: number): PartitionKeys {
  const tag = `{${name}:${generation}:${partition}}`;
  return {
    in: `${tag}:in`,
    state: `${tag}:state`,
    out: `${tag}:out`,
    dead: `${tag}:dead`,
    meta: `${tag}:meta`,
    lease: `${tag}:lease`,
    seen: `${tag}:seen`,
  };
}

/** Keys that all partitions share. */
export interface SharedKeys {
  /** Hash: partitions, generation. */
  readonly config: string;
  /** Sorted set: worker → when it counts as gone. */
  readonly workers: string;
  /** Hash: partition → worker. A hint for whoever looks for work; the lease decides. */
  readonly owners: string;
}

/** The keys that all partitions of a log share, in one hash slot. */
export function sharedKeys(name: string): SharedKeys {
  return { config: `{${name}}:config`, workers: `{${name}}:workers`, owners: `{${name}}:owners` };
}
