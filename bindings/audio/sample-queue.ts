/** Samples on their way, first in, first out. */
export class SampleQueue {
  private readonly ring: Float32Array;
  private first = 0;
  /** Samples that are in it. */
  length = 0;

  /** @param room the most samples that are in it at a time */
  constructor(room: number) {
    this.ring = new Float32Array(room);
  }

  /** Appends samples. */
  push(samples: Float32Array, from: number, count: number): void {
    const { ring } = this;
    let at = (this.first + this.length) % ring.length;
    for (let i = 0; i < count; i++) {
      ring[at++] = samples[from + i];
      if (at === ring.length) at = 0;
    }
    this.length += count;
  }

  /** Appends zeros. */
  pushSilence(count: number): void {
    const { ring } = this;
    for (let i = 0; i < count; i++) ring[(this.first + this.length + i) % ring.length] = 0;
    this.length += count;
  }

  /** Takes samples out, at most those that are there. */
  take(out: Float32Array, at: number, count: number): void {
    const { ring } = this;
    for (let i = 0; i < count; i++) {
      out[at + i] = ring[this.first++];
      if (this.first === ring.length) this.first = 0;
    }
    this.length -= count;
  }

  /** Forgets what is in it. */
  clear(): void {
    this.first = 0;
    this.length = 0;
  }
}
