import type { EventName, SoundEvents } from './messages.js';

/** Tells an event. */
export type Tell = <Name extends EventName>(name: Name, detail: SoundEvents[Name]) => void;

/** What a processor runs: a block in, a block out. */
export interface Unit {
  /** Samples that the output is late. */
  readonly latency: number;
  /**
   * Takes a block and gives as many samples.
   *
   * @param block one channel
   * @param out where the sound goes: the block itself where there is nothing to change
   */
  push(block: Float32Array, out: Float32Array): void;
  reset(): void;
  flush?(): void;
  setControls?(controls: readonly number[] | Float32Array): void;
  dispose(): void;
}
