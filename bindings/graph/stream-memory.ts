import { copyIn, copyOut } from './dtype.js';
import type { Feeds, FeedTensor, GraphTensor } from './graph-tensor.js';
import type { Slot } from './plan.js';
import { copyLaneOf, emptyLike, type LaneTensor, laneDims, laneTensor, laneWho } from './stream-lanes.js';
import { checkState, type GraphStreamParts } from './stream-parts.js';

/** The states of a stream where its step reads them. */
export class StreamMemory {
  /** By pair of state and next state. */
  readonly lanes: readonly LaneTensor[];
  readonly names: readonly string[];
  private readonly slots: readonly Slot[];

  constructor(private readonly parts: GraphStreamParts) {
    const { who, inputs, plan, pairs } = parts;
    this.names = pairs.map(({ input }) => inputs[input].name);
    this.slots = this.names.map((name) => plan.feeds.get(name) as Slot);
    this.lanes = this.slots.map((slot, i) =>
      laneTensor(slot, parts, inputs[pairs[i].input].dims, laneWho(`${who}.stream`, this.names[i])),
    );
  }

  /** The states that are float32. */
  get floats(): readonly Slot[] {
    return this.slots.filter(({ view }) => view === 'f32');
  }

  /**
   * Checks states that a caller gives.
   *
   * @throws {TypeError | RangeError} if one is missing or misshapen
   */
  check(state: Feeds, lane: number | undefined, who: string): FeedTensor[] {
    const { parts, lanes, slots } = this;
    return parts.pairs.map(({ input }, i) => {
      const { dims } = slots[i];
      const wanted = lane === undefined ? dims : laneDims(dims, parts.batch, lanes[i]);
      return checkState(state, parts.inputs[input], wanted, who);
    });
  }

  /** Writes states, of one lane or of all; zeros unless given. */
  write(given: readonly FeedTensor[] | undefined, lane: number | undefined): void {
    const { memory, batch } = this.parts;
    memory.refresh();
    this.slots.forEach(({ view, index, size, dtype }, i) => {
      const values = memory[view];
      if (lane !== undefined) {
        const { outer, inner } = this.lanes[i];
        const own = emptyLike(values, outer * inner);
        if (given) copyIn(own, 0, given[i].data as never, dtype);
        copyLaneOf(values, index, batch, lane, own, 0, 1, 0, this.lanes[i]);
      } else if (given) copyIn(values, index, given[i].data as never, dtype);
      else values.fill(0, index, index + size);
    });
  }

  /** Copies of the states by name, of one lane or of all. */
  read(lane?: number): Record<string, GraphTensor> {
    const { memory, batch } = this.parts;
    memory.refresh();
    return Object.fromEntries(
      this.slots.map(({ view, index, size, dtype, dims }, i): [string, GraphTensor] => {
        const values = memory[view];
        if (lane === undefined) {
          return [this.names[i], { type: dtype, data: copyOut(values, index, size, dtype), dims: [...dims] }];
        }
        const of = this.lanes[i];
        const own = emptyLike(values, of.outer * of.inner);
        copyLaneOf(own, 0, 1, 0, values, index, batch, lane, of);
        return [
          this.names[i],
          { type: dtype, data: copyOut(own, 0, own.length, dtype), dims: laneDims(dims, batch, of) },
        ];
      }),
    );
  }

  /** Numbers of one lane. */
  get laneSize(): number {
    return this.lanes.reduce((sum, { outer, inner }) => sum + outer * inner, 0);
  }

  /** Copies the states of a lane, all float32, in or out: one after the other. Allocates nothing. */
  moveLane(lane: number, values: Float32Array, start: number, into: boolean): void {
    const { memory, batch } = this.parts;
    memory.refresh();
    let at = start;
    for (let i = 0; i < this.lanes.length; i++) {
      const of = this.lanes[i];
      if (into) copyLaneOf(memory.f32, of.index, batch, lane, values, at, 1, 0, of);
      else copyLaneOf(values, at, 1, 0, memory.f32, of.index, batch, lane, of);
      at += of.outer * of.inner;
    }
  }

  /** Gives a lane the states of a lane of another stream of the model. */
  copyLane(lane: number, source: StreamMemory, sourceLane: number): void {
    const { memory, batch } = this.parts;
    memory.refresh();
    source.parts.memory.refresh();
    for (let i = 0; i < this.lanes.length; i++) {
      const [to, from] = [this.lanes[i], source.lanes[i]];
      const values = memory[to.view];
      copyLaneOf(values, to.index, batch, lane, values, from.index, source.parts.batch, sourceLane, to);
    }
  }
}
