import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { HiddenstateError } from '../../errors.js';
import { fairShare } from '../fair-share.js';
import type { JoinOptions, Member, Notice } from '../log.js';
import { compareIds } from '../stream-id.js';
import { RedisClaim } from './claim.js';
import { type Commander, pause } from './commander.js';
import { lostError, tornError } from './faults.js';
import { type PartitionKeys, partitionKeys, type SharedKeys } from './keys.js';
import { listOf, pairsOf, textOf } from './replies.js';
import { ACQUIRE, HEARTBEAT, LOOK, RELEASE } from './scripts.js';

/** What a member needs of its log. */
export interface MemberParts {
  readonly commander: Commander;
  readonly name: string;
  readonly shared: SharedKeys;
  readonly who: string;
  readonly retain: number;
}

/** How often the list of owners is read, in milliseconds: a partition that is given back waits about as long. */
const LOOK_EVERY = 40;

/** How long `leave` waits for Redis, in milliseconds. */
const LEAVE_WITHIN = 800;

/** The other workers, and which partitions they own, as Redis has them. */
interface View {
  readonly workers: readonly string[];
  readonly owners: ReadonlyMap<number, string>;
  readonly generation: number;
  readonly partitions: number;
}

interface Held {
  readonly claim: RedisClaim;
  readonly keys: PartitionKeys;
  readonly done: Promise<void>;
}

/** A worker of a log in Redis: takes its fair share of the partitions and gives back what is more. */
export class RedisMember implements Member {
  private readonly id: string;
  private readonly held = new Map<number, Held>();
  /** The last offset of each partition that Redis acknowledged to this process, by the name of its lease. */
  private readonly offsets = new Map<string, string>();
  private readonly stopped = new AbortController();
  private readonly gone = new AbortController();
  private readonly turning: Promise<void>;
  private heartbeat = Number.NEGATIVE_INFINITY;
  private renewing: Promise<void> = Promise.resolve();
  private renewed = 0;
  private swept = 0;
  private generation = -1;
  private readonly unheard: () => void;

  constructor(
    private readonly parts: MemberParts,
    private readonly options: JoinOptions,
  ) {
    this.id = `${options.worker}#${randomUUID().slice(0, 8)}|${options.lease}`;
    // Every command under way listens.
    setMaxListeners(0, this.stopped.signal, this.gone.signal);
    this.unheard = parts.commander.reach.listen(({ event, message }) => this.notice(event, undefined, message));
    this.turning = this.turn();
  }

  async leave(): Promise<void> {
    this.stopped.abort();
    const timer = setTimeout(() => this.gone.abort(), LEAVE_WITHIN);
    // The others take what is given back as soon as they do not count on this worker any more.
    const forgotten = this.forget().catch(() => {});
    for (const { claim } of this.held.values()) claim.stop();
    await this.turning;
    // One may have been taken meanwhile.
    for (const { claim } of this.held.values()) claim.stop();
    await Promise.all([...this.held.values()].map(({ done }) => done));
    await this.renewing;
    await forgotten;
    clearTimeout(timer);
    this.gone.abort();
    this.unheard();
  }

  private get patience() {
    return { signal: this.gone.signal };
  }

  private async turn(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      try {
        await this.beat();
        await this.share(await this.look());
        this.renew();
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        this.options.onError(error);
        return;
      }
      await pause(LOOK_EVERY, this.stopped.signal);
    }
  }

  private async beat(): Promise<void> {
    const { commander, shared } = this.parts;
    if (performance.now() - this.heartbeat < this.options.lease / 3) return;
    this.heartbeat = performance.now();
    await commander.script(HEARTBEAT, [shared.workers], [this.id], this.stopping);
  }

  /** What a worker that was told to stop no longer waits for. */
  private get stopping() {
    return { ...this.patience, signal: this.stopped.signal };
  }

  private async look(): Promise<View> {
    const { commander, shared } = this.parts;
    const reply = await commander.script(LOOK, [shared.workers, shared.owners, shared.config], [], this.stopping);
    const [workers, owners, config] = listOf(reply);
    const [generation, partitions] = listOf(config).map(Number);
    return {
      workers: listOf(workers).map(textOf),
      owners: new Map([...pairsOf(owners)].map(([partition, owner]) => [Number(partition), textOf(owner)])),
      generation,
      partitions,
    };
  }

  /** Takes and gives back, so that every worker has its share. */
  private async share({ workers, owners, generation, partitions }: View): Promise<void> {
    if (generation !== this.generation) {
      for (const { claim } of this.held.values()) claim.stop();
      if (this.held.size > 0) return;
      this.generation = generation;
    }
    const share = fairShare(workers, this.id, partitions);
    const surplus = [...this.held.values()].filter(({ claim }) => !claim.ending.aborted).slice(share);
    for (const { claim } of surplus) claim.stop();
    if (this.held.size >= share) return;
    const live = new Set(workers);
    // The list of owners is a hint; now and then every lease is tried.
    const sweep = performance.now() - this.swept > this.options.lease;
    if (sweep) this.swept = performance.now();
    for (let p = 0; p < partitions && this.held.size < share; p++) {
      const owner = owners.get(p);
      if (this.held.has(p) || (!sweep && owner !== undefined && live.has(owner) && owner !== this.id)) continue;
      if (this.stopped.signal.aborted) return;
      await this.acquire(p);
    }
  }

  private async acquire(partition: number): Promise<void> {
    const { commander, name, shared, who, retain } = this.parts;
    const { lease, version } = this.options;
    const keys = partitionKeys(name, this.generation, partition);
    const names = [keys.lease, keys.meta, keys.in, keys.state, keys.out, keys.dead];
    // A new nonce every time: a commit of an earlier claim of this very worker is refused too.
    const nonce = randomUUID();
    const reply = await commander.script(ACQUIRE, names, [nonce, String(lease), this.id, version], this.stopping);
    const [word, ...details] = listOf(reply).map(textOf);
    if (word === 'superseded') this.notice('superseded', partition, `version ${details[0]} has replaced ${version}`);
    if (word === 'kind') {
      throw new HiddenstateError(
        'DATA',
        `${who}: key ${details[0]}: got a ${details[1]}, expected a ${details[2]}; choose another name`,
      );
    }
    if (word === 'torn') throw tornError(`${who}: partition ${partition}`);
    if (word === 'trimmed') {
      throw lostError(
        `${who}: partition ${partition}`,
        `events up to ${details[0]} were removed and were never read, offset ${details[1]}`,
      );
    }
    if (word !== 'ok') return;
    const [token, offset] = details;
    const known = this.offsets.get(keys.lease);
    if (known !== undefined && compareIds(offset, known) < 0) {
      await commander.script(RELEASE, [keys.lease], [token], this.patience);
      throw lostError(
        `${who}: partition ${partition}`,
        `got offset ${offset}, expected at least ${known}, which was acknowledged`,
      );
    }
    await commander.command(shared.owners, 'HSET', [shared.owners, String(partition), this.id], this.patience);
    const claim = new RedisClaim({
      commander,
      keys,
      who,
      partition,
      token,
      offset,
      lease,
      retain,
      onOffset: (acknowledged) => this.offsets.set(keys.lease, acknowledged),
      patience: this.patience,
    });
    this.notice('claimed', partition, `offset ${offset}, epoch ${token.slice(0, token.indexOf(':'))}`);
    this.held.set(partition, { claim, keys, done: this.work(claim) });
  }

  /** Lets the worker work, and gives the partition back when it has done. */
  private async work(claim: RedisClaim): Promise<void> {
    const { partition } = claim;
    try {
      await this.options.onClaim(claim);
      await this.giveBack(claim);
      this.notice('released', partition, 'given back');
    } catch (error) {
      const { code, message } = error as HiddenstateError;
      if (code === 'HIDDENSTATE_FENCED') this.notice('fenced', partition, message);
      else {
        // Whoever stops over an error of its own does not make others wait for its lease.
        await this.giveBack(claim).catch(() => {});
        if (code === 'HIDDENSTATE_LOST' || !this.gone.signal.aborted) this.options.onError(error);
      }
    } finally {
      this.held.delete(partition);
    }
  }

  private async giveBack(claim: RedisClaim): Promise<void> {
    const { commander, shared } = this.parts;
    await claim.release(this.gone.signal);
    await commander.command(shared.owners, 'HDEL', [shared.owners, String(claim.partition)], this.patience);
  }

  /** Prolongs the leases of partitions that have had no commit for a while. Nobody waits for it. */
  private renew(): void {
    if (performance.now() - this.renewed < this.options.lease / 4) return;
    this.renewed = performance.now();
    const renewing = async () => {
      for (const { claim } of [...this.held.values()]) {
        if (!(await claim.renew())) claim.stop();
      }
    };
    this.renewing = this.renewing.then(renewing).catch((error) => {
      if (!this.gone.signal.aborted) this.options.onError(error);
    });
  }

  private async forget(): Promise<void> {
    const { commander, shared } = this.parts;
    await commander.command(shared.workers, 'ZREM', [shared.workers, this.id], this.patience);
  }

  private notice(event: Notice['event'], partition: number | undefined, message: string): void {
    this.options.onNotice?.({ event, partition, message });
  }
}
