import type { GraphModel, GraphStream } from '../graph/index.js';
import { openSilero, openStream, type SileroOptions, type Wiring, wiringOf } from './silero.js';

/** How many calls advance together: no extent that the models have of their own, which would be taken for that of the lanes. */
const BATCHES = [1, 4, 8, 16, 32] as const;

/** The most calls that advance together. */
export const MOST_LANES = 32;

/** A stream of so many calls, and what goes in and out. */
interface Lanes {
  readonly stream: GraphStream;
  readonly x: Float32Array;
  readonly out: Float32Array;
}

/** A Silero model that hears many calls, each with a state of its own: frames that are due advance together. */
export class SileroLanes {
  /** Samples of a frame, without the context. */
  readonly frameSize: number;
  /** Samples before a frame that go in front of it. */
  readonly context: number;
  private readonly lanes = new Map<number, Lanes>();
  private readonly stateSize: number;
  /** By call. */
  private states = new Float32Array(0);

  private constructor(
    private readonly model: GraphModel,
    private readonly wiring: Wiring,
  ) {
    this.frameSize = wiring.frameSize;
    this.context = wiring.context;
    this.stateSize = this.lanesOf(1).stream.laneSize;
  }

  /** As `Silero.load`. */
  static async load(bytes: Uint8Array | ArrayBuffer, options: SileroOptions, who: string): Promise<SileroLanes> {
    const model = await openSilero(bytes, options, who);
    try {
      return new SileroLanes(model, wiringOf(model, who));
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /**
   * Advances calls by one frame each.
   *
   * @param frames `count` times `context + frameSize` samples
   * @param calls the number of each, none twice
   * @param fresh by frame, whether its call begins anew with it
   * @param out receives the probability of each
   */
  step(frames: Float32Array, calls: Int32Array, fresh: Uint8Array, count: number, out: Float32Array): void {
    const { stateSize } = this;
    const size = this.context + this.frameSize;
    for (let i = 0; i < count; i++) this.makeRoom(calls[i]);
    for (let at = 0; at < count; ) {
      const { stream, x, out: probabilities } = this.lanesOf(batchFor(count - at));
      const rows = Math.min(stream.batch, count - at);
      x.set(frames.subarray(at * size, (at + rows) * size));
      for (let lane = 0; lane < rows; lane++) {
        const state = calls[at + lane] * stateSize;
        if (fresh[at + lane]) this.states.fill(0, state, state + stateSize);
        stream.moveLane(lane, this.states, state, true);
      }
      stream.step(x, probabilities);
      for (let lane = 0; lane < rows; lane++) {
        stream.moveLane(lane, this.states, calls[at + lane] * stateSize, false);
        out[at + lane] = probabilities[lane];
      }
      at += rows;
    }
  }

  /** Gives the memory back. */
  dispose(): void {
    this.model.dispose();
  }

  private lanesOf(batch: number): Lanes {
    let known = this.lanes.get(batch);
    if (!known) {
      const stream = openStream(this.model, this.wiring, batch);
      known = { stream, x: new Float32Array(batch * stream.inputSize), out: new Float32Array(batch) };
      this.lanes.set(batch, known);
    }
    return known;
  }

  private makeRoom(call: number): void {
    const needed = (call + 1) * this.stateSize;
    if (needed <= this.states.length) return;
    const longer = new Float32Array(Math.max(needed, 2 * this.states.length));
    longer.set(this.states);
    this.states = longer;
  }
}

/** How many lanes to take for so many calls: more than there are calls where few of them rest. */
function batchFor(count: number): number {
  let batch = 1;
  for (const each of BATCHES) if (each <= count || count > 0.7 * each) batch = each;
  return batch;
}
