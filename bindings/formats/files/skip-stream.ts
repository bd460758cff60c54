import { disposeSymbol } from '../../dispose-symbol.js';
import type { LaneOptions, Streaming } from '../../streaming.js';

/** A stream that adds the first number of each input row to the one number of its output. */
export class SkipStream<State> implements Streaming<State> {
  readonly batch: number;
  readonly inputSize: number;
  readonly outputSize: number;

  constructor(private readonly inner: Streaming<State>) {
    this.batch = inner.batch;
    this.inputSize = inner.inputSize;
    this.outputSize = inner.outputSize;
  }

  step(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array {
    return this.added(x, this.inner.step(x, out === x ? undefined : out, options), out);
  }

  steps(x: Float32Array, out?: Float32Array, options?: LaneOptions): Float32Array {
    return this.added(x, this.inner.steps(x, out === x ? undefined : out, options), out);
  }

  reset(state?: State, options?: { lane?: number }): void {
    this.inner.reset(state, options);
  }

  get state(): State {
    return this.inner.state;
  }

  stateOf(lane: number): State {
    return this.inner.stateOf(lane);
  }

  copyLane(lane: number, source: this, sourceLane?: number): void {
    this.inner.copyLane(lane, source.inner, sourceLane);
  }

  dispose(): void {
    this.inner.dispose();
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  /** @param out where the sum goes, which may be x */
  private added(x: Float32Array, y: Float32Array, out: Float32Array = y): Float32Array {
    for (let i = 0; i < y.length; i++) out[i] = y[i] + x[i * this.inputSize];
    return out;
  }
}
