import { HiddenstateError, rangeError, typeError } from '../../errors.js';
import { assertOptions, assertSize, refuse } from '../../options.js';
import { describeValue } from '../../tensor.js';
import type {
  History,
  JoinOptions,
  Log,
  LogStatus,
  Member,
  Producer,
  ProducerOptions,
  ReadOptions,
  ResultBatch,
} from '../log.js';
import { Commander, type Patience, pause } from './commander.js';
import { type Connection, connect, connectionOf, type RedisClient } from './connection.js';
import { answerOf, messageOf, unusableError } from './faults.js';
import { historyOf } from './history.js';
import { partitionKeys, type SharedKeys, sharedKeys } from './keys.js';
import { type Layout, layoutsOf, openLayout, readLayout } from './layout.js';
import { RedisMember } from './member.js';
import { RedisProducer } from './producer.js';
import type { ReachListener } from './reach.js';
import { readResults } from './reader.js';
import { textOf } from './replies.js';
import { statusOf } from './status.js';

/** Options of `redisLog`. */
export interface RedisLogOptions {
  /** A client of ioredis or redis, connected; stays the caller's. For Sentinel, Cluster, TLS. */
  client?: RedisClient;
  /** Where Redis is: `redis://user:password@host:6379/0`, `rediss://` with TLS. A connection of its own, by whichever client is installed. */
  url?: string;
  /** What the log is called: every key begins with it. */
  name: string;
  /** Into how many partitions a new log is divided, which bounds how many workers can share it; 16 unless given. */
  partitions?: number;
  /** How long events are kept after they were taken, in milliseconds: 0, or `Infinity` for good. `keyed replay` needs them. Default 0. */
  retain?: number;
  /**
   * After how long without an answer a command is sent again, in milliseconds. Default 5000. A first contact, and what only looks
   * (`partitions`, `status`, `history`), fails after this time, or after 3 seconds where that is longer.
   */
  timeout?: number;
  /** Told when Redis cannot be reached any more (`retrying`: workers, producers and readers wait) and when it answers again (`reached`). */
  onNotice?: ReachListener;
}

const NAMES = ['client', 'url', 'name', 'partitions', 'retain', 'timeout', 'onNotice'];

/**
 * A log in Redis. States, results and offset of a partition are written by one script, behind a fencing token: after a crash
 * nothing is missing and nothing is there twice. What Redis itself can lose, by a failover or a cut append-only file, ends the
 * worker with an error of code `HIDDENSTATE_LOST`. Nothing is sent before the first use, which fails with `HIDDENSTATE_HOST` if
 * Redis cannot be reached or does not take the password; later on, whoever works or waits tries until Redis is there again.
 *
 * @throws {TypeError | RangeError} if an option does not fit
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { runKeyed } from 'hiddenstate/keyed';
 * import { redisLog } from 'hiddenstate/keyed/redis';
 *
 * const log = redisLog({ url: 'redis://localhost:6379', name: 'sensors', partitions: 32 });
 * const worker = runKeyed({ model: new GRU({ inputSize: 2, hiddenSize: 8 }), log });
 * await worker.done;
 * ```
 */
export function redisLog(options: RedisLogOptions): RedisLog {
  const who = 'redisLog';
  assertOptions(options, NAMES, who);
  const { client, url, name, partitions, retain = 0, timeout = 5000, onNotice } = options;
  if (typeof name !== 'string') throw typeError(`${who}: name: got ${describeValue(name)}, expected a string`);
  if (!/^[^{}:\s]{1,100}$/.test(name)) {
    throw rangeError(
      `${who}: name: got ${describeValue(name)}, expected 1 to 100 characters without braces, colons and spaces`,
    );
  }
  if (partitions !== undefined) assertSize(partitions, `${who}: partitions`, 1, 4096);
  if (!(typeof retain === 'number' && retain >= 0))
    refuse(retain, 'number', `${who}: retain`, 'milliseconds, 0 to Infinity');
  assertSize(timeout, `${who}: timeout`, 10);
  if (onNotice !== undefined && typeof onNotice !== 'function') {
    throw typeError(`${who}: onNotice: got ${describeValue(onNotice)}, expected a function`);
  }
  if ((client === undefined) === (url === undefined)) {
    throw typeError(
      `${who}: got ${client === undefined ? 'neither client nor' : 'both client and'} url, expected one of them`,
    );
  }
  if (url !== undefined && !/^rediss?:\/\//.test(String(url))) {
    throw rangeError(`${who}: url: got ${describeValue(url)}, expected redis://host:port or rediss://host:port`);
  }
  const connection = url === undefined ? connectionOf(client, who) : () => connect(url, who);
  return new RedisLog(connection, { name, partitions, retain, timeout, onNotice });
}

/**
 * A log in Redis, as `redisLog` makes it.
 *
 * @example
 * ```ts
 * import { type RedisLog, redisLog } from 'hiddenstate/keyed/redis';
 *
 * const log: RedisLog = redisLog({ url: 'redis://localhost:6379', name: 'sensors' });
 * const { workers, partitions } = await log.status();
 * console.log(workers.length, partitions.length);
 * await log.close();
 * ```
 */
export class RedisLog implements Log {
  readonly name: string;
  private readonly shared: SharedKeys;
  private readonly who: string;
  private opened: Promise<Commander> | undefined;
  private closing = new AbortController();

  /** @internal */
  constructor(
    private readonly connection: Connection | (() => Promise<Connection>),
    private readonly options: {
      name: string;
      partitions: number | undefined;
      retain: number;
      timeout: number;
      onNotice: ReachListener | undefined;
    },
  ) {
    this.name = options.name;
    this.shared = sharedKeys(options.name);
    this.who = `redisLog "${options.name}"`;
  }

  async partitions(): Promise<number> {
    return (await this.layout(await this.open(), BOUNDED)).partitions;
  }

  async join(options: JoinOptions): Promise<Member> {
    const commander = await this.open();
    await this.layout(commander, BOUNDED);
    const { name, shared, who } = this;
    return new RedisMember({ commander, name, shared, who, retain: this.options.retain }, options);
  }

  async producer(options: ProducerOptions = {}): Promise<Producer> {
    const who = `${this.who}.producer`;
    assertOptions(options, ['name', 'maxBacklog'], who);
    const commander = await this.open();
    const { name, shared } = this;
    return RedisProducer.open(
      { commander, name, shared, who: this.who, layout: () => this.layout(commander) },
      options,
    );
  }

  async *results(options: ReadOptions): AsyncGenerator<ResultBatch> {
    assertOptions(options, ['group', 'consumer', 'limit', 'signal'], `${this.who}.results`);
    if (typeof options.group !== 'string' || options.group === '') {
      throw typeError(`${this.who}.results: group: got ${describeValue(options.group)}, expected a name`);
    }
    const { signal } = options;
    const commander = await this.whenThere(signal);
    if (signal?.aborted) return;
    yield* readResults({ commander, name: this.name, layouts: () => layoutsOf(commander, this.shared) }, options);
  }

  async status(): Promise<LogStatus> {
    const commander = await this.open();
    return statusOf(commander, this.name, this.shared, await this.existing());
  }

  async history(partition: number): Promise<History> {
    const commander = await this.open();
    const { partitions, generation } = await this.existing();
    assertSize(partition, `${this.who}.history: partition`, 0, partitions - 1);
    return historyOf(commander, partitionKeys(this.name, generation, partition));
  }

  async revoke(partition: number): Promise<void> {
    const commander = await this.open();
    const { lease } = partitionKeys(this.name, (await this.existing()).generation, partition);
    await commander.command(lease, 'DEL', [lease], BOUNDED);
    await commander.command(this.shared.owners, 'HDEL', [this.shared.owners, String(partition)], BOUNDED);
  }

  async close(): Promise<void> {
    const { opened } = this;
    this.closing.abort();
    this.opened = undefined;
    (await opened?.catch(() => undefined))?.close();
  }

  /** @internal */
  async parts(): Promise<{ commander: Commander; shared: SharedKeys; who: string }> {
    const commander = await this.open();
    return { commander, shared: this.shared, who: this.who };
  }

  private open(): Promise<Commander> {
    if (!this.opened) {
      this.closing = new AbortController();
      const opening = this.begin(this.closing.signal);
      this.opened = opening;
      // Whoever comes after a failure tries anew.
      opening.catch(() => {
        if (this.opened === opening) this.opened = undefined;
      });
    }
    return this.opened;
  }

  private async begin(signal: AbortSignal): Promise<Commander> {
    const { connection, options } = this;
    const made = typeof connection === 'function' ? await connection() : connection;
    const commander = new Commander(made, this.who, options.timeout);
    try {
      await this.refuseUnfit(commander, signal);
    } catch (error) {
      commander.close();
      throw error;
    }
    if (options.onNotice) commander.reach.listen(options.onNotice);
    return commander;
  }

  /** How it is divided now; a new log is divided. */
  private async layout(commander: Commander, patience: Patience = {}): Promise<Layout> {
    // Once it was right, the number may have been changed by `repartition`.
    const partitions = this.checked ? undefined : this.options.partitions;
    const layout = await openLayout(commander, this.shared, partitions, this.who, patience);
    this.checked = true;
    return layout;
  }

  private checked = false;

  /** How it is divided. Whoever only looks makes no log: it would have the wrong number of partitions. */
  private async existing(): Promise<Layout> {
    const layout = await readLayout(await this.open(), this.shared, BOUNDED);
    if (layout) return layout;
    throw new HiddenstateError(
      'DATA',
      `${this.who}: got a name without a log, expected one that a worker or a producer has opened`,
    );
  }

  /** The commander, as soon as there is a log. */
  private async whenThere(signal: AbortSignal | undefined): Promise<Commander> {
    const commander = await this.open();
    try {
      while (!signal?.aborted && !(await readLayout(commander, this.shared, { signal }))) await pause(50, signal);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    return commander;
  }

  /**
   * Refuses a Redis that is too old, and one that makes room by deleting keys: it deletes states, and tells nobody.
   *
   * @throws {HiddenstateError} `HIDDENSTATE_HOST` if it cannot be reached or used
   */
  private async refuseUnfit(commander: Commander, signal: AbortSignal): Promise<void> {
    let info = '';
    try {
      info = textOf(await commander.command(this.shared.config, 'INFO', [], { signal, bounded: true }));
    } catch (error) {
      // Some hosts do not allow it.
      if (answerOf((error as Error).cause) === 'NOPERM' || answerOf(error) === 'ERR') return;
      if (error instanceof HiddenstateError) throw error;
      throw unusableError(this.who, commander.where, messageOf(error));
    }
    if (commander.trouble) throw unusableError(this.who, commander.where, messageOf(commander.trouble));
    const field = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? '';
    const version = field('redis_version');
    const [major, minor] = version.split('.').map(Number);
    if (major < 6 || (major === 6 && minor < 2)) {
      throw unusableError(this.who, commander.where, `version ${version}`, 'Redis 6.2 or later, or Valkey');
    }
    const policy = field('maxmemory_policy');
    if (!policy.startsWith('allkeys')) return;
    throw new HiddenstateError(
      'DATA',
      `${this.who}: got a Redis with maxmemory-policy ${policy}, which deletes states when memory runs out, expected noeviction`,
    );
  }
}

/** Of what is asked for once. */
const BOUNDED: Patience = { bounded: true };
