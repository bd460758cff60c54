/** A key that has a lane of the stream. */
export interface Slot {
  readonly lane: number;
  readonly key: string;
  /** Which keys share its room. */
  readonly room: Map<string, Slot>;
  /** Commits that hold its state and are not yet answered, and work that is under way: not to be spilled before. */
  pins: number;
  /** Events since its state began. */
  count: number;
  /** The time of the last event. */
  time: number;
  older: Slot | undefined;
  newer: Slot | undefined;
}

/**
 * Which key has which lane. As many lanes as are there are given out; then the lane of the key that was used longest ago goes to the
 * new one. A state that is committed needs no saving: the log has it.
 */
export class Lanes {
  private readonly free: number[];
  private oldest: Slot | undefined;
  private newest: Slot | undefined;
  private count = 0;
  /** How many keys had to give their lane up. */
  spilled = 0;

  constructor(readonly size: number) {
    this.free = Array.from({ length: size }, (_, i) => size - 1 - i);
  }

  /** Keys that have a lane. */
  get used(): number {
    return this.count;
  }

  /** Marks a key as the one used last. */
  touch(slot: Slot): void {
    if (this.newest === slot) return;
    this.unlink(slot);
    this.link(slot);
  }

  /** A lane for a key that has none; undefined where all are in use by work under way. */
  take(room: Map<string, Slot>, key: string): Slot | undefined {
    const lane = this.free.pop() ?? this.spill();
    if (lane === undefined) return undefined;
    const slot: Slot = { lane, key, room, pins: 0, count: 0, time: 0, older: undefined, newer: undefined };
    room.set(key, slot);
    this.link(slot);
    this.count++;
    return slot;
  }

  /** Takes the lane of a key away. */
  drop(slot: Slot): void {
    this.remove(slot);
    this.free.push(slot.lane);
  }

  private spill(): number | undefined {
    let slot = this.oldest;
    while (slot && slot.pins > 0) slot = slot.newer;
    if (!slot) return undefined;
    this.remove(slot);
    this.spilled++;
    return slot.lane;
  }

  private remove(slot: Slot): void {
    this.unlink(slot);
    slot.room.delete(slot.key);
    this.count--;
  }

  private link(slot: Slot): void {
    slot.older = this.newest;
    slot.newer = undefined;
    if (this.newest) this.newest.newer = slot;
    else this.oldest = slot;
    this.newest = slot;
  }

  private unlink(slot: Slot): void {
    if (slot.older) slot.older.newer = slot.newer;
    else if (this.oldest === slot) this.oldest = slot.newer;
    if (slot.newer) slot.newer.older = slot.older;
    else if (this.newest === slot) this.newest = slot.older;
    slot.older = undefined;
    slot.newer = undefined;
  }
}
