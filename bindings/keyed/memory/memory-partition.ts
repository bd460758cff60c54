import { HiddenstateError } from '../../errors.js';
import { BEGINNING, type Commit, type LogEvent, type LogResult } from '../log.js';
import { compareIds } from '../stream-id.js';

/** An entry of a list that has positions of its own. */
export type Placed<T> = T & { readonly position: string };

/** One partition of a log in memory. */
export class MemoryPartition {
  readonly events: LogEvent[] = [];
  readonly states = new Map<string, Uint8Array>();
  readonly results: Placed<LogResult>[] = [];
  readonly dead: Placed<LogEvent & { readonly reason: string }>[] = [];
  /** By producer: the last of its sequence. */
  readonly seen = new Map<string, number>();
  offset = BEGINNING;
  epoch = 0;
  version: string | undefined;
  readonly replaced = new Set<string>();
  owner: string | undefined;
  taken = 0;
  /** Told of a new event or a new result. */
  readonly watchers = new Set<() => void>();
  private lastTime = 0;
  private count = 0;
  private written = 0;

  append(key: string | undefined, value: Uint8Array): void {
    const now = Date.now();
    if (now > this.lastTime) {
      this.lastTime = now;
      this.count = 0;
    } else this.count++;
    this.events.push({ id: `${this.lastTime}-${this.count}`, time: this.lastTime, key, value });
    this.notify();
  }

  /** The events behind a position. */
  after(id: string, limit: number): LogEvent[] {
    const from = indexAfter(this.events, id, ({ id }) => id);
    return this.events.slice(from, from + limit);
  }

  /**
   * Writes a commit, all or nothing.
   *
   * @param epoch of the claim it belongs to
   * @throws {HiddenstateError} `HIDDENSTATE_FENCED` if the claim has ended or does not follow the offset
   */
  commit(epoch: number, { from, to, events, states, results, dead }: Commit, keep: boolean): void {
    if (epoch !== this.epoch || this.owner === undefined || from !== this.offset) {
      throw new HiddenstateError('FENCED', 'memoryLog: the partition has another owner now; nothing was written');
    }
    const letters = dead.map(({ id, reason }) => {
      const event = this.events[indexAfter(this.events, id, (each) => each.id) - 1];
      return { ...event, id, reason, position: this.place() };
    });
    this.dead.push(...letters);
    for (const [key, state] of states) {
      if (state) this.states.set(key, state.slice());
      else this.states.delete(key);
    }
    for (const { id, key, value } of results)
      this.results.push({ id, key, value: value.slice(), position: this.place() });
    this.offset = to;
    this.taken += events;
    if (!keep)
      this.events.splice(
        0,
        indexAfter(this.events, to, ({ id }) => id),
      );
    this.notify();
  }

  /** Resolves when something happens, or after a while, or when a signal is aborted. */
  change(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.watchers.delete(end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.watchers.add(end);
      signal?.addEventListener('abort', end, { once: true });
      if (signal?.aborted) end();
    });
  }

  notify(): void {
    for (const watcher of [...this.watchers]) watcher();
  }

  private place(): string {
    return `${++this.written}-0`;
  }
}

/** Where the entries behind a position begin, in a list in order. */
export function indexAfter<T>(list: readonly T[], position: string, positionOf: (entry: T) => string): number {
  let low = 0;
  for (let high = list.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (compareIds(positionOf(list[middle]), position) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
