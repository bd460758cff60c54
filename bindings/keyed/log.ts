/**
 * The seam between keyed streams and the engine that keeps them: an append-only log of events in partitions, and beside each
 * partition the states of its keys, its results and its offset, which change together or not at all. `memoryLog` and `redisLog`
 * implement it; `test/keyed/contract.ts` holds what every implementation must do.
 */

/** Position in a partition before its first event. */
export const BEGINNING = '0-0';

/** An event as the log keeps it. */
export interface LogEvent {
  /** Its position in its partition: unique there, and ascending. */
  readonly id: string;
  /** When the log took it, by the log's own clock: milliseconds since 1970. */
  readonly time: number;
  /** The key of its state; undefined where the producer gave none. */
  readonly key: string | undefined;
  /** What the producer wrote. Must not be changed. */
  readonly value: Uint8Array;
}

/** A result as the log keeps it. */
export interface LogResult {
  /** The id of the event it came from. A reader that remembers ids recognises repeated results by it. */
  readonly id: string;
  readonly key: string;
  readonly value: Uint8Array;
}

/** An event that was set aside. */
export interface DeadLetter {
  readonly id: string;
  readonly reason: string;
}

/** The state of a key, or `undefined` where it shall be forgotten. */
export type KeyState = readonly [key: string, state: Uint8Array | undefined];

/** What one commit writes: all of it or nothing. Its bytes may be views of larger memory: whoever keeps them copies them. */
export interface Commit {
  /** The offset before the commit. If the log has another offset, nothing is written. */
  readonly from: string;
  /** The offset after the commit: the id of the last event that was read. */
  readonly to: string;
  /** How many events lie between the two. */
  readonly events: number;
  readonly states: readonly KeyState[];
  readonly results: readonly LogResult[];
  readonly dead: readonly DeadLetter[];
}

/** What the log says of a partition after a commit. */
export interface Receipt {
  /** Results that the log keeps because nobody has read them. */
  readonly unread: number;
}

/** The right to advance one partition. It ends when its lease runs out; the next owner is not informed of the old claim. */
export interface Claim {
  readonly partition: number;
  /** The offset of the last commit before this claim. */
  readonly offset: string;
  /** Aborted when the partition shall be given back: finish what was begun, read no more. */
  readonly ending: AbortSignal;
  /**
   * Reads the events behind a position, in order.
   *
   * @param after the id of the last event that is known
   * @param limit how many at most
   * @returns at least one, or none after a while in which none came, or at once when `ending` is aborted
   */
  read(after: string, limit: number): Promise<readonly LogEvent[]>;
  /** The states of some keys, in their order. */
  states(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** The keys that have a state in the log, some at a time; for programs that delete old states. */
  scan(
    cursor: string,
  ): Promise<{ readonly cursor: string; readonly states: readonly (readonly [string, Uint8Array])[] }>;
  /**
   * Writes states, results, dead letters and the new offset, all or nothing. Tries again by itself while the log cannot be
   * reached; a commit that was written and whose answer was lost is not written twice.
   *
   * @throws {HiddenstateError} `HIDDENSTATE_FENCED` if another owns the partition; `HIDDENSTATE_LOST` if the log has gone
   *   back behind what it had acknowledged
   */
  commit(commit: Commit): Promise<Receipt>;
}

/** Options of `join`. */
export interface JoinOptions {
  /** What the worker is called where owners are listed; any number of workers may share a name. */
  readonly worker: string;
  /** The version of the model. A worker of a version that another has replaced gets no partitions. */
  readonly version: string;
  /** How long a worker may be silent before others take its partitions, in milliseconds. */
  readonly lease: number;
  /** Works on a partition until the claim is `ending`. The log waits for the promise before it gives the partition back. */
  readonly onClaim: (claim: Claim) => Promise<void>;
  /** Called with errors that retrying cannot mend. */
  readonly onError: (error: unknown) => void;
  /** Called with faults that were mended, for the program's own log. */
  readonly onNotice?: (notice: Notice) => void;
}

/** Something worth logging that needs no action. */
export interface Notice {
  /** `retrying` when the log cannot be reached, `reached` when it answers again: each once, however long it lasts. */
  readonly event: 'claimed' | 'released' | 'fenced' | 'retrying' | 'reached' | 'superseded';
  readonly partition?: number;
  readonly message: string;
}

/** One worker among those of a log. */
export interface Member {
  /** Ends all claims, waits for their work, gives the partitions back. */
  leave(): Promise<void>;
}

/** An event on its way into the log. */
export interface NewEvent {
  readonly key: string;
  readonly value: Uint8Array | string;
  /**
   * Its position in the source it comes from, ascending: the log refuses what it has already taken of this producer. Counted by
   * the producer unless given.
   */
  readonly sequence?: number;
}

/** Options of `producer`. */
export interface ProducerOptions {
  /** A name that outlives the process: a producer of the same name goes on where the last one stopped. One process at a time. */
  name?: string;
  /** Events of a partition that may wait for workers before `send` waits too. Default 100 000. */
  maxBacklog?: number;
}

/** Appends events, each to the partition of its key. */
export interface Producer {
  /** The highest sequence below which every event of this producer is in the log: a source is read on from here. */
  readonly resumeAfter: number;
  /**
   * Appends events; those of one key keep their order. Tries again while the log cannot be reached, and appends nothing twice.
   *
   * @throws {HiddenstateError} `HIDDENSTATE_LOST` if the log no longer has what it had acknowledged: send again from `resumeAfter`
   */
  send(events: readonly NewEvent[]): Promise<void>;
  /** Ends the producer; what was sent stays in the log. */
  close(): Promise<void>;
}

/** Results of one partition, as a reader gets them. */
export interface ResultBatch {
  readonly partition: number;
  readonly results: readonly LogResult[];
  /** Acknowledges the batch: its results are not delivered again. Taking the next batch acknowledges it too. */
  acknowledge(): Promise<void>;
}

/** Options of `results`. */
export interface ReadOptions {
  /** Each group gets every result; the readers of one group share them. */
  group: string;
  /** The name of this reader within its group. A reader that restarts under its name gets the results again that it had not acknowledged. */
  consumer?: string;
  /** Results of a batch, at most. Default 500. */
  limit?: number;
  signal?: AbortSignal;
}

/** The status of a partition. */
export interface PartitionStatus {
  readonly partition: number;
  readonly owner: string | undefined;
  readonly epoch: number;
  readonly offset: string;
  /** Events that wait for a worker. */
  readonly lag: number;
  /** Keys with a state. */
  readonly keys: number;
  /** Events that were taken since the log began. */
  readonly events: number;
  readonly results: number;
  readonly dead: number;
}

/** The status of a log. */
export interface LogStatus {
  readonly name: string;
  readonly version: string | undefined;
  readonly workers: readonly string[];
  readonly partitions: readonly PartitionStatus[];
}

/** Read access to all that the log keeps of one partition. */
export interface History {
  /** Events behind a position, those before the offset included, as far as they are kept. */
  events(after: string, limit: number): Promise<readonly LogEvent[]>;
  /** Results behind a position, as far as they are kept. */
  results(after: string, limit: number): Promise<readonly (LogResult & { readonly position: string })[]>;
  /** Events that were set aside, behind a position, each with the reason. */
  dead(after: string, limit: number): Promise<readonly (DeadLetter & LogEvent & { readonly position: string })[]>;
  /** The id of the last event that was taken. */
  offset(): Promise<string>;
  /** The state of a key, which `readState` reads; undefined if there is none. */
  state(key: string): Promise<Uint8Array | undefined>;
}

/** A log of keyed events. */
export interface Log {
  readonly name: string;
  /** How many partitions it has. */
  partitions(): Promise<number>;
  /** Joins as a worker: gets a fair share of the partitions, now and whenever workers come and go. */
  join(options: JoinOptions): Promise<Member>;
  /** Opens what appends events. */
  producer(options?: ProducerOptions): Promise<Producer>;
  /** Results in the order in which they were written, of all partitions; ends when `signal` is aborted. */
  results(options: ReadOptions): AsyncIterable<ResultBatch>;
  /** How the log stands: workers, and of each partition offset, lag and owner. */
  status(): Promise<LogStatus>;
  /** Opens what the log keeps of a partition, to be read and not changed. */
  history(partition: number): Promise<History>;
  /** Takes a partition from its owner as if the lease had run out. */
  revoke(partition: number): Promise<void>;
  /** Ends the connection, if the log opened one; what it holds stays. */
  close(): Promise<void>;
}
