import { HiddenstateError } from '../../errors.js';
import { assertOptions, assertSize } from '../../options.js';
import { partitionOf } from '../partition-of.js';
import { type Commander, pause } from './commander.js';
import type { Argument, Reply } from './connection.js';
import { type PartitionKeys, partitionKeys } from './keys.js';
import { type Layout, readLayout } from './layout.js';
import type { Past } from './producer.js';
import type { RedisLog } from './redis-log.js';
import { listOf, pairsOf, textOf } from './replies.js';
import { FREEZE } from './scripts.js';

/** How far `repartition` is. */
export interface RepartitionProgress {
  /** `draining`: workers finish what is in the log; `copying`: states move to their new partitions. */
  readonly step: 'draining' | 'copying';
  /** Partitions that are done. */
  readonly done: number;
  readonly partitions: number;
}

/**
 * Changes the number of partitions of a log. Producers wait; workers finish the events that are in the log; then every state
 * is copied to the partition of its key under the new number, and all go on. Results keep the order of each key: readers get
 * those of the old partitions first. Nothing is lost if it is interrupted: the log goes on as it was, or the command is given again.
 * Only producers of `log.producer` wait; whoever writes to the streams by other means must stop first.
 *
 * @param options `signal` gives up while workers are still draining; `onProgress` is told of each partition
 * @throws {RangeError} if it has that number already
 *
 * @example
 * ```ts
 * import { redisLog, repartition } from 'hiddenstate/keyed/redis';
 *
 * const log = redisLog({ url: 'redis://localhost:6379', name: 'sensors' });
 * if ((await log.partitions()) !== 32) await repartition(log, 32);
 * ```
 */
export async function repartition(
  log: RedisLog,
  partitions: number,
  options: { signal?: AbortSignal; onProgress?: (progress: RepartitionProgress) => void } = {},
): Promise<void> {
  assertSize(partitions, 'repartition: partitions', 1, 4096);
  assertOptions(options, ['signal', 'onProgress'], 'repartition');
  const { signal, onProgress } = options;
  const { commander, shared, who } = await log.parts();
  const layout = await readLayout(commander, shared);
  if (!layout) throw new HiddenstateError('DATA', `${who}: got a name without a log, expected one that is there`);
  if (layout.partitions === partitions) return;
  const change = new Change(commander, log.name, layout, partitions);
  try {
    for (const keys of change.old) await commander.command(keys.meta, 'HSET', [keys.meta, 'sealed', '1']);
    for (const [done, keys] of change.old.entries()) {
      await change.drain(keys, signal);
      onProgress?.({ step: 'draining', done: done + 1, partitions: layout.partitions });
    }
    await change.clear();
    for (const [done, keys] of change.old.entries()) {
      await change.copyStates(keys);
      onProgress?.({ step: 'copying', done: done + 1, partitions: layout.partitions });
    }
    const pasts = await change.pasts((id) => commander.command(shared.config, 'HGET', [shared.config, `past:${id}`]));
    const fields = [
      `partitions:${layout.generation}`,
      String(layout.partitions),
      'partitions',
      String(partitions),
      'generation',
      String(layout.generation + 1),
    ];
    // One command: from here on everybody works under the new number.
    await commander.command(shared.config, 'HSET', [shared.config, ...pasts, ...fields]);
    await commander.command(shared.owners, 'DEL', [shared.owners]);
  } catch (error) {
    for (const { meta } of change.old) await commander.command(meta, 'HDEL', [meta, 'sealed', 'frozen']);
    throw error;
  }
  // Results and dead letters stay until they are read.
  for (const { in: events, state, lease, seen } of change.old) {
    for (const key of [events, state, lease, seen]) await commander.command(key, 'UNLINK', [key]);
  }
}

/** One change of the number of partitions. */
class Change {
  readonly old: readonly PartitionKeys[];
  private readonly next: readonly PartitionKeys[];

  constructor(
    private readonly commander: Commander,
    name: string,
    private readonly layout: Layout,
    partitions: number,
  ) {
    const { generation } = layout;
    this.old = Array.from({ length: layout.partitions }, (_, p) => partitionKeys(name, generation, p));
    this.next = Array.from({ length: partitions }, (_, p) => partitionKeys(name, generation + 1, p));
  }

  /** Waits until the workers have taken every event, then lets nobody have the partition. */
  async drain({ lease, meta, in: events }: PartitionKeys, signal: AbortSignal | undefined): Promise<void> {
    while (Number(await this.commander.script(FREEZE, [lease, meta, events], [])) === 0) {
      if (signal?.aborted) {
        throw new HiddenstateError(
          'ORDER',
          'repartition: was told to stop before all events were taken; nothing was changed',
        );
      }
      await pause(20, signal);
    }
  }

  /** Removes what an interrupted change left. */
  async clear(): Promise<void> {
    for (const keys of this.next) {
      for (const key of Object.values(keys) as string[]) await this.commander.command(key, 'UNLINK', [key]);
    }
  }

  async copyStates(keys: PartitionKeys): Promise<void> {
    const { commander, next } = this;
    const version = await commander.command(keys.meta, 'HGETALL', [keys.meta]);
    const kept = [...pairsOf(version)].filter(([name]) => name === 'version' || name.startsWith('past:'));
    if (kept.length > 0) {
      const fields = kept.flatMap(([name, value]) => [name, value as Buffer]);
      for (const { meta } of next) await commander.command(meta, 'HSET', [meta, ...fields]);
    }
    let cursor = '0';
    do {
      const reply: Reply = await commander.command(keys.state, 'HSCAN', [keys.state, cursor, 'COUNT', '500']);
      const [after, flat] = listOf(reply);
      const fields = listOf(flat);
      const moves = new Map<string, Argument[]>();
      for (let i = 0; i + 1 < fields.length; i += 2) {
        const { state } = next[partitionOf(textOf(fields[i]), next.length)];
        const move = moves.get(state);
        if (move) move.push(fields[i] as Buffer, fields[i + 1] as Buffer);
        else moves.set(state, [fields[i] as Buffer, fields[i + 1] as Buffer]);
      }
      for (const [state, move] of moves) await commander.command(state, 'HSET', [state, ...move]);
      cursor = textOf(after);
    } while (cursor !== '0');
  }

  /** For each named producer, what the old partitions have of it: fields of the config. */
  async pasts(read: (id: string) => Promise<Reply>): Promise<string[]> {
    const lasts = new Map<string, number[]>();
    for (const [p, { seen }] of this.old.entries()) {
      for (const [id, last] of pairsOf(await this.commander.command(seen, 'HGETALL', [seen]))) {
        if (!lasts.has(id)) lasts.set(id, new Array(this.layout.partitions).fill(0));
        (lasts.get(id) as number[])[p] = Number(last);
      }
    }
    const fields: string[] = [];
    for (const [id, own] of lasts) {
      const before = await read(id);
      const past: Past[] = before === null ? [] : JSON.parse(textOf(before));
      fields.push(`past:${id}`, JSON.stringify([...past, { partitions: this.layout.partitions, lasts: own }]));
    }
    return fields;
  }
}
