import { fairShare } from '../fair-share.js';
import type { Claim, Commit, JoinOptions, LogEvent, Member, Receipt } from '../log.js';
import type { MemoryPartition } from './memory-partition.js';

/** How long `read` waits for events, in milliseconds. */
const IDLE = 500;

let counter = 0;

/** A worker of a log in memory. */
export class MemoryMember implements Member {
  readonly worker: string;
  private readonly id = String(counter++).padStart(9, '0');
  private readonly held = new Map<number, { claim: MemoryClaim; done: Promise<void> }>();
  private left = false;

  constructor(
    private readonly parts: readonly MemoryPartition[],
    private readonly members: Set<MemoryMember>,
    private readonly options: JoinOptions,
    private readonly retain: boolean,
  ) {
    this.worker = options.worker;
  }

  async leave(): Promise<void> {
    this.left = true;
    this.members.delete(this);
    for (const { claim } of this.held.values()) claim.stop();
    await Promise.all([...this.held.values()].map(({ done }) => done));
  }

  /** Takes and gives back, so that every worker has its share. */
  share(): void {
    if (this.left) return;
    const share = fairShare(
      [...this.members].map(({ id }) => id),
      this.id,
      this.parts.length,
    );
    const working = [...this.held.values()].filter(({ claim }) => !claim.ending.aborted);
    for (const { claim } of working.slice(share)) claim.stop();
    for (const [partition, part] of this.parts.entries()) {
      if (this.held.size >= share) return;
      if (part.owner === undefined && !this.held.has(partition)) this.acquire(partition, part);
    }
  }

  private acquire(partition: number, part: MemoryPartition): void {
    const { version, worker } = this.options;
    if (part.version !== undefined && part.version !== version) {
      if (part.replaced.has(version)) {
        const message = `version ${part.version} has replaced ${version}`;
        this.options.onNotice?.({ event: 'superseded', partition, message });
        return;
      }
      part.replaced.add(part.version);
    }
    part.version = version;
    part.owner = worker;
    const claim = new MemoryClaim(partition, part, ++part.epoch, this.retain);
    this.held.set(partition, { claim, done: this.work(claim, part) });
    this.options.onNotice?.({ event: 'claimed', partition, message: `offset ${claim.offset}, epoch ${part.epoch}` });
  }

  private async work(claim: MemoryClaim, part: MemoryPartition): Promise<void> {
    const { partition, epoch } = claim;
    // Not before `share` has listed it.
    await Promise.resolve();
    try {
      await this.options.onClaim(claim);
      this.options.onNotice?.({ event: 'released', partition, message: 'given back' });
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (code === 'HIDDENSTATE_FENCED') this.options.onNotice?.({ event: 'fenced', partition, message });
      else this.options.onError(error);
    } finally {
      if (part.epoch === epoch) part.owner = undefined;
      this.held.delete(partition);
      for (const each of this.members) each.share();
    }
  }
}

class MemoryClaim implements Claim {
  readonly offset: string;
  readonly ending: AbortSignal;
  private readonly end = new AbortController();

  constructor(
    readonly partition: number,
    private readonly part: MemoryPartition,
    readonly epoch: number,
    private readonly retain: boolean,
  ) {
    this.offset = part.offset;
    this.ending = this.end.signal;
  }

  stop(): void {
    this.end.abort();
    this.part.notify();
  }

  async read(after: string, limit: number): Promise<readonly LogEvent[]> {
    const found = this.ending.aborted ? [] : this.part.after(after, limit);
    if (found.length > 0 || this.ending.aborted) return found;
    await this.part.change(IDLE, this.ending);
    return this.ending.aborted ? [] : this.part.after(after, limit);
  }

  async states(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => this.part.states.get(key)?.slice());
  }

  async scan(): Promise<{ cursor: string; states: (readonly [string, Uint8Array])[] }> {
    return { cursor: '0', states: [...this.part.states] };
  }

  async commit(commit: Commit): Promise<Receipt> {
    // The time between a commit and its answer, in which others may work.
    await Promise.resolve();
    this.part.commit(this.epoch, commit, this.retain);
    return { unread: this.part.results.length };
  }
}
