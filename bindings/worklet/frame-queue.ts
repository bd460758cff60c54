/**
 * Brings blocks of any length to frames of one, and their outputs back: sound is late by what that takes, and no more.
 */
export class FrameQueue {
  /** Samples that the output is late. */
  readonly latency: number;
  private readonly frame: Float32Array;
  private readonly result: Float32Array;
  /** Output that is due, in a ring. */
  private readonly ring: Float32Array;
  private filled = 0;
  private written: number;
  private taken = 0;

  /**
   * @param size samples of a frame
   * @param block samples of a block
   * @param run gives a frame's output
   */
  constructor(
    size: number,
    block: number,
    private readonly run: (frame: Float32Array, result: Float32Array) => void,
  ) {
    this.latency = size - greatestCommonDivisor(size, block);
    this.frame = new Float32Array(size);
    this.result = new Float32Array(size);
    this.ring = new Float32Array(2 * size + block);
    this.written = this.latency;
  }

  push(block: Float32Array, out: Float32Array): void {
    const { frame, result, ring } = this;
    for (let i = 0; i < block.length; i++) {
      frame[this.filled++] = block[i];
      if (this.filled < frame.length) continue;
      this.filled = 0;
      this.run(frame, result);
      for (let k = 0; k < result.length; k++) {
        ring[this.written] = result[k];
        this.written = (this.written + 1) % ring.length;
      }
    }
    for (let i = 0; i < out.length; i++) {
      out[i] = ring[this.taken];
      this.taken = (this.taken + 1) % ring.length;
    }
  }

  reset(): void {
    this.filled = 0;
    this.taken = 0;
    this.written = this.latency;
    this.ring.fill(0);
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
