import { rangeError, typeError } from '../../errors.js';
import { assertOptions, assertSize } from '../../options.js';
import { describeValue } from '../../tensor.js';
import type {
  History,
  JoinOptions,
  Log,
  LogStatus,
  Member,
  NewEvent,
  Producer,
  ProducerOptions,
  ReadOptions,
  ResultBatch,
} from '../log.js';
import { partitionOf } from '../partition-of.js';
import { MemoryMember } from './memory-member.js';
import { indexAfter, MemoryPartition } from './memory-partition.js';

/** Options of `memoryLog`. */
export interface MemoryLogOptions {
  name?: string;
  /** How many partitions. Default 4. */
  partitions?: number;
  /** Whether events are kept after they were taken. Default false. */
  retain?: boolean;
}

/**
 * A log in the memory of this process, with the interface and the promises of `redisLog`, and no life beyond the process: for
 * tests, and for jobs that one process does.
 *
 * @example
 * ```ts
 * import { memoryLog } from 'hiddenstate/keyed';
 *
 * const log = memoryLog({ partitions: 2 });
 * const producer = await log.producer();
 * await producer.send([{ key: 'pump-7', value: new Uint8Array(Float32Array.of(0.25, 0.5).buffer) }]);
 * const { partitions } = await log.status();
 * console.log(partitions.reduce((sum, { lag }) => sum + lag, 0)); // 1
 * ```
 */
export function memoryLog(options: MemoryLogOptions = {}): MemoryLog {
  const who = 'memoryLog';
  assertOptions(options, ['name', 'partitions', 'retain'], who);
  const { name = 'memory', partitions = 4, retain = false } = options;
  assertSize(partitions, `${who}: partitions`, 1, 4096);
  return new MemoryLog(name, partitions, retain);
}

/**
 * A log in memory, as `memoryLog` makes it.
 *
 * @example
 * ```ts
 * import { type MemoryLog, memoryLog } from 'hiddenstate/keyed';
 *
 * const log: MemoryLog = memoryLog({ name: 'sensors', partitions: 8 });
 * console.log(log.name, await log.partitions()); // sensors 8
 * await log.close();
 * ```
 */
export class MemoryLog implements Log {
  private readonly parts: readonly MemoryPartition[];
  private readonly members = new Set<MemoryMember>();
  /** By group: how far each partition was read, and how far it was acknowledged. */
  private readonly groups = new Map<string, { given: string; acknowledged: string }[]>();

  /** @internal */
  constructor(
    readonly name: string,
    partitions: number,
    private readonly retain: boolean,
  ) {
    this.parts = Array.from({ length: partitions }, () => new MemoryPartition());
  }

  async partitions(): Promise<number> {
    return this.parts.length;
  }

  async join(options: JoinOptions): Promise<Member> {
    const member = new MemoryMember(this.parts, this.members, options, this.retain);
    this.members.add(member);
    for (const each of this.members) each.share();
    return member;
  }

  async producer(options: ProducerOptions = {}): Promise<Producer> {
    assertOptions(options, ['name', 'maxBacklog'], 'memoryLog.producer');
    return new MemoryProducer(this.parts, options.name ?? `anonymous ${Math.random()}`, options.maxBacklog ?? 100_000);
  }

  async *results({ group, limit = 500, signal }: ReadOptions): AsyncGenerator<ResultBatch> {
    if (!this.groups.has(group)) {
      this.groups.set(
        group,
        this.parts.map(() => ({ given: '0-0', acknowledged: '0-0' })),
      );
    }
    const places = this.groups.get(group) as { given: string; acknowledged: string }[];
    // A new reader begins where nothing was acknowledged.
    for (const place of places) place.given = place.acknowledged;
    while (!signal?.aborted) {
      let found = false;
      for (const [partition, { results }] of this.parts.entries()) {
        const place = places[partition];
        const from = indexAfter(results, place.given, ({ position }) => position);
        const batch = results.slice(from, from + limit);
        const last = batch.at(-1);
        if (!last || signal?.aborted) continue;
        found = true;
        place.given = last.position;
        const acknowledge = async () => {
          place.acknowledged = last.position;
          this.trim(partition);
        };
        yield { partition, results: batch, acknowledge };
        await acknowledge();
      }
      if (!found) await Promise.race(this.parts.map((part) => part.change(20, signal)));
    }
  }

  async status(): Promise<LogStatus> {
    return {
      name: this.name,
      version: this.parts[0].version,
      workers: [...this.members].map(({ worker }) => worker),
      partitions: this.parts.map((part, partition) => ({
        partition,
        owner: part.owner,
        epoch: part.epoch,
        offset: part.offset,
        lag: part.events.length - indexAfter(part.events, part.offset, ({ id }) => id),
        keys: part.states.size,
        events: part.taken,
        results: part.results.length,
        dead: part.dead.length,
      })),
    };
  }

  async history(partition: number): Promise<History> {
    assertSize(partition, 'memoryLog.history: partition', 0, this.parts.length - 1);
    const part = this.parts[partition];
    const after = <T extends { readonly position: string }>(list: readonly T[], id: string, limit: number): T[] => {
      const from = indexAfter(list, id, ({ position }) => position);
      return list.slice(from, from + limit);
    };
    return {
      events: async (id, limit) => part.after(id, limit),
      results: async (id, limit) => after(part.results, id, limit),
      dead: async (id, limit) => after(part.dead, id, limit),
      offset: async () => part.offset,
      state: async (key) => part.states.get(key)?.slice(),
    };
  }

  async revoke(partition: number): Promise<void> {
    this.parts[partition].owner = undefined;
    for (const each of this.members) each.share();
  }

  async close(): Promise<void> {}

  /** Removes results that every group has acknowledged. */
  private trim(partition: number): void {
    const { results } = this.parts[partition];
    const ends = [...this.groups.values()].map((places) =>
      indexAfter(results, places[partition].acknowledged, ({ position }) => position),
    );
    results.splice(0, Math.min(...ends));
  }
}

class MemoryProducer implements Producer {
  private sequence: number;

  constructor(
    private readonly parts: readonly MemoryPartition[],
    private readonly id: string,
    private readonly maxBacklog: number,
  ) {
    this.sequence = Math.max(...parts.map(({ seen }) => seen.get(id) ?? 0));
  }

  get resumeAfter(): number {
    return Math.min(...this.parts.map(({ seen }) => seen.get(this.id) ?? 0));
  }

  async send(events: readonly NewEvent[]): Promise<void> {
    for (const [i, { key, value, sequence = this.sequence + 1 }] of events.entries()) {
      const who = `memoryLog.producer.send: events[${i}]`;
      if (typeof key !== 'string') throw typeError(`${who}: key: got ${describeValue(key)}, expected a string`);
      if (key === '') throw rangeError(`${who}: key: got an empty string, expected at least one character`);
      if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
        throw typeError(`${who}: value: got ${describeValue(value)}, expected a Uint8Array or a string`);
      }
      this.sequence = Math.max(this.sequence, sequence);
      const part = this.parts[partitionOf(key, this.parts.length)];
      if (sequence <= (part.seen.get(this.id) ?? 0)) continue;
      while (part.events.length - indexAfter(part.events, part.offset, ({ id }) => id) >= this.maxBacklog) {
        await part.change(20, undefined);
      }
      part.append(key, typeof value === 'string' ? encoder.encode(value) : new Uint8Array(value));
      part.seen.set(this.id, sequence);
    }
  }

  async close(): Promise<void> {}
}

const encoder = new TextEncoder();
