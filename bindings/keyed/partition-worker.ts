import { checkEvent } from './check-event.js';
import type { KeyedStream, Outcome, Seated } from './keyed-stream.js';
import type { Slot } from './lanes.js';
import type { Claim, DeadLetter, KeyState, LogEvent, Receipt } from './log.js';
import type { KeyedMetrics } from './metrics.js';
import type { Settings } from './options.js';
import { timeOfRecord } from './state-record.js';
import { timeOf } from './stream-id.js';

/** How often it is asked whether readers have caught up, in milliseconds. */
const ASK_AGAIN = 100;

/** Work on one partition: reads, computes and commits, the next read and the next computation in flight behind the commit. */
export class PartitionWorker {
  /** The keys of this partition that have a lane. */
  private readonly room = new Map<string, Slot>();
  private queue: readonly LogEvent[] = [];
  /** Up to where events are computed. */
  private offset: string;
  private reading: Promise<readonly LogEvent[]> | undefined;
  private writing: Promise<void> = Promise.resolve();
  private unread = 0;
  private cursor = '0';

  constructor(
    private readonly claim: Claim,
    private readonly keyed: KeyedStream,
    private readonly settings: Settings,
    private readonly metrics: KeyedMetrics,
  ) {
    this.offset = claim.offset;
  }

  /** Works until the claim ends. Throws what the log throws. */
  async run(): Promise<void> {
    try {
      while (!this.claim.ending.aborted) {
        if (this.unread > this.settings.maxUnread) await this.waitForReaders();
        else if (await this.fill()) await this.advance();
        else await this.writing;
      }
      await this.writing;
    } finally {
      await this.writing.catch(() => {});
      for (const slot of [...this.room.values()]) this.keyed.lanes.drop(slot);
      this.metrics.lanes = this.keyed.lanes.used;
    }
  }

  /** @returns whether there are events */
  private async fill(): Promise<boolean> {
    if (this.queue.length > 0) return true;
    this.reading ??= this.read(this.offset);
    this.queue = await this.reading;
    this.reading = undefined;
    return this.queue.length > 0;
  }

  private read(after: string): Promise<readonly LogEvent[]> {
    const reading = this.claim.read(after, this.settings.batch);
    // Whoever awaits it hears of its failure.
    reading.catch(() => {});
    return reading;
  }

  /** Computes as many of the events as there are lanes for, and sends their commit behind the last one. */
  private async advance(): Promise<void> {
    const { taken, seated, slots, fresh, dead } = this.seat();
    if (taken === 0) {
      // Every lane is waiting for a commit, of this partition or of others.
      await this.writing;
      await new Promise((resolve) => setTimeout(resolve, 1));
      return;
    }
    const events = this.queue.slice(0, taken);
    this.queue = this.queue.slice(taken);
    const last = events[taken - 1];
    if (this.queue.length === 0) this.reading = this.read(last.id);
    const states = await this.claim.states(fresh.map(({ key }) => key));
    for (const [i, slot] of fresh.entries()) this.keyed.load(slot, states[i]);
    this.metrics.loaded += fresh.length;
    const outcome: Outcome = { results: [], dead };
    const rounds = roundsOf(seated);
    for (const round of rounds) this.keyed.step(round, outcome);
    // One round keeps the order.
    if (rounds.length > 1 || dead.length > 1) inOrder(outcome, events);
    const kept = this.keyed.save(slots);
    kept.push(...(await this.sleepers(timeOf(events[0].id))));
    // One commit at a time: the log checks that each follows the one before it.
    await this.writing;
    this.writing = this.commit(last, taken, kept, outcome, slots);
    this.writing.catch(() => {});
  }

  /** Gives events lanes, and sets those aside that cannot be used. */
  private seat(): { taken: number; seated: Seated[]; slots: Set<Slot>; fresh: Slot[]; dead: DeadLetter[] } {
    const { keyed, room, settings } = this;
    const seated: Seated[] = [];
    const fresh: Slot[] = [];
    const dead: DeadLetter[] = [];
    const slots = new Set<Slot>();
    let taken = 0;
    for (const event of this.queue) {
      if (taken === settings.batch) break;
      const checked = checkEvent(event, keyed.inputSize, settings);
      if (typeof checked === 'string') {
        dead.push({ id: event.id, reason: checked });
        taken++;
        continue;
      }
      const { key } = checked.event;
      let slot = room.get(key);
      if (slot === undefined) {
        slot = keyed.lanes.take(room, key);
        if (slot === undefined) break;
        fresh.push(slot);
      } else keyed.lanes.touch(slot);
      if (!slots.has(slot)) {
        slots.add(slot);
        slot.pins++;
      }
      seated.push({ ...checked, slot });
      taken++;
    }
    this.metrics.spilled = keyed.lanes.spilled;
    this.metrics.lanes = keyed.lanes.used;
    return { taken, seated, slots, fresh, dead };
  }

  private async commit(
    last: LogEvent,
    events: number,
    states: readonly KeyState[],
    { results, dead }: Outcome,
    slots: ReadonlySet<Slot>,
  ): Promise<void> {
    const { metrics } = this;
    const from = this.offset;
    this.offset = last.id;
    const began = performance.now();
    const receipt = await this.claim.commit({ from, to: last.id, events, states, results, dead });
    for (const slot of slots) slot.pins--;
    this.unread = receipt.unread;
    metrics.commitTime = performance.now() - began;
    metrics.delay = Math.max(0, Date.now() - last.time);
    metrics.events += events;
    metrics.results += results.length;
    metrics.dead += dead.length;
    metrics.commits++;
  }

  /** Results are kept until they are read: the worker waits rather than fill the log. */
  private async waitForReaders(): Promise<void> {
    await this.writing;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
    const nothing = { from: this.offset, to: this.offset, events: 0, states: [], results: [], dead: [] };
    const receipt: Receipt = await this.claim.commit(nothing);
    this.unread = receipt.unread;
  }

  /**
   * Some of the keys that have slept too long, to be forgotten with the next commit: what is too long by the time of the event that
   * comes next is too long by all that follow.
   */
  private async sleepers(now: number): Promise<KeyState[]> {
    const { ttl } = this.settings;
    if (ttl === undefined || now < this.nextSweep) return [];
    // What was sent before is written before this is read.
    const { cursor, states } = await this.claim.scan(this.cursor);
    this.cursor = cursor;
    if (cursor === '0') this.nextSweep = now + ttl / 4;
    const gone: KeyState[] = [];
    for (const [key, state] of states) {
      const slot = this.room.get(key);
      if (now - timeOfRecord(state) <= ttl || (slot && slot.pins > 0)) continue;
      if (slot) this.keyed.lanes.drop(slot);
      gone.push([key, undefined]);
      this.metrics.expired++;
    }
    return gone;
  }

  private nextSweep = 0;
}

/** Events in rounds of distinct keys: the first of every key, then the second, so that each key keeps its order. */
export function roundsOf(events: readonly Seated[]): Seated[][] {
  const turns = new Map<Slot, number>();
  const rounds: Seated[][] = [];
  for (const event of events) {
    const turn = turns.get(event.slot) ?? 0;
    turns.set(event.slot, turn + 1);
    if (turn === rounds.length) rounds.push([event]);
    else rounds[turn].push(event);
  }
  return rounds;
}

/** Puts results and dead letters in the order of their events. */
function inOrder({ results, dead }: Outcome, events: readonly LogEvent[]): void {
  const place = new Map(events.map(({ id }, i) => [id, i]));
  const byEvent = (a: { id: string }, b: { id: string }) => (place.get(a.id) as number) - (place.get(b.id) as number);
  results.sort(byEvent);
  dead.sort(byEvent);
}
