import type { Engine } from '../index.js';

/**
 * Gives a recurrent layer its state back later than after one sample: after `delay` samples, between whole ones linearly.
 * A layer that was trained at a lower sample rate then remembers for as long as it did there.
 */
export class StateDelay {
  /** States before this one: the ring holds the last ⌊delay⌋ + 1. */
  private readonly slots: number;
  /** How much the older of two neighbours counts. */
  private readonly fraction: number;
  private readonly ring: Float32Array;
  private readonly startRing: Float32Array;
  private readonly start: Float32Array;
  private at = 0;
  private startAt = 0;

  /**
   * @param address of the layer's state, which is where it begins
   * @param size floats of the state
   * @param delay in samples, 1 or more
   */
  constructor(
    private readonly engine: Engine,
    private readonly address: number,
    private readonly size: number,
    delay: number,
  ) {
    this.slots = Math.floor(delay) + 1;
    this.fraction = delay - Math.floor(delay);
    this.ring = new Float32Array(this.slots * size);
    this.startRing = new Float32Array(this.slots * size);
    this.start = new Float32Array(size);
    // Nothing came before the beginning but the state that the layer begins with.
    const place = address / 4;
    for (let slot = 0; slot < this.slots; slot++) {
      for (let i = 0; i < size; i++) this.ring[slot * size + i] = engine.f32[place + i];
    }
    this.mark();
  }

  /** After each step: keeps the state that the layer came to, and puts the one in its place that is due. */
  turn(): void {
    const { ring, size, slots, fraction } = this;
    const { f32 } = this.engine;
    const place = this.address / 4;
    const newest = this.at * size;
    this.at = (this.at + 1) % slots;
    // Round the ring, the slot after the newest is the oldest, and the one after that was written a step later.
    const older = this.at * size;
    const newer = ((this.at + 1) % slots) * size;
    for (let i = 0; i < size; i++) ring[newest + i] = f32[place + i];
    for (let i = 0; i < size; i++) f32[place + i] = (1 - fraction) * ring[newer + i] + fraction * ring[older + i];
  }

  /** What `reset` goes back to is what is there now. */
  mark(): void {
    const { f32 } = this.engine;
    const place = this.address / 4;
    for (let i = 0; i < this.size; i++) this.start[i] = f32[place + i];
    this.startRing.set(this.ring);
    this.startAt = this.at;
  }

  reset(): void {
    this.engine.f32.set(this.start, this.address / 4);
    this.ring.set(this.startRing);
    this.at = this.startAt;
  }
}
