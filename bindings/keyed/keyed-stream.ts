import { HiddenstateError } from '../errors.js';
import type { Streaming } from '../streaming.js';
import { type Checked, reasonFor } from './check-event.js';
import { type CopyState, copyStateOf } from './lane-states.js';
import { Lanes, type Slot } from './lanes.js';
import type { KeyState, LogResult } from './log.js';
import type { KeyedMetrics } from './metrics.js';
import type { Settings } from './options.js';
import { RecordBlock } from './record-block.js';
import { StateCodec } from './state-codec.js';
import { readRecord, roundValues, writeRecord } from './state-record.js';

/** What a step has given. */
export interface Outcome {
  readonly results: LogResult[];
  readonly dead: { readonly id: string; readonly reason: string }[];
}

/** An event and the lane of its key. */
export interface Seated extends Checked {
  readonly slot: Slot;
}

/** One wide stream of the model, in which every key in memory has a lane. */
export class KeyedStream {
  readonly lanes: Lanes;
  private readonly stream: Streaming<unknown>;
  private readonly codec: StateCodec;
  /** Undefined where states are taken one by one. */
  private readonly copyState: CopyState | undefined;
  private x: Float32Array;
  private named: Int32Array;

  constructor(
    private readonly settings: Settings,
    private readonly metrics: KeyedMetrics,
  ) {
    this.lanes = new Lanes(settings.lanes);
    this.stream = settings.model.stream({ batch: settings.lanes });
    try {
      this.codec = new StateCodec(this.stream);
      if (settings.stateFormat !== 'float32' && this.codec.size === 0) {
        throw new HiddenstateError(
          'UNSUPPORTED',
          'runKeyed: stateFormat: got a model whose state has no floats, expected float32',
        );
      }
    } catch (error) {
      this.stream.dispose();
      throw error;
    }
    if (settings.stateFormat === 'float32') this.copyState = copyStateOf(this.stream);
    this.x = new Float32Array(0);
    this.named = new Int32Array(0);
  }

  get inputSize(): number {
    return this.stream.inputSize;
  }

  /**
   * Puts a state into the lane of its key, or zeros where the log has none.
   *
   * @throws {HiddenstateError} `HIDDENSTATE_DATA` if it is of another model, and nobody said what to do then
   */
  load(slot: Slot, bytes: Uint8Array | undefined): void {
    const { version, states } = this.settings;
    slot.count = 0;
    slot.time = 0;
    if (bytes === undefined) {
      this.clear(slot);
      return;
    }
    const who = `runKeyed: state of key ${JSON.stringify(slot.key)}`;
    const record = readRecord(bytes, who);
    slot.time = record.time;
    slot.count = record.count;
    let { values } = record;
    if (record.version !== version) {
      if (states === 'refuse') {
        throw new HiddenstateError(
          'DATA',
          `${who}: got version ${JSON.stringify(record.version)}, expected ${JSON.stringify(version)}; ` +
            'states: "keep", "reset" or a function says what becomes of states of another version',
        );
      }
      const migrated = migrate(states, { key: slot.key, from: record.version, to: version, values });
      if (migrated === undefined) {
        slot.count = 0;
        this.clear(slot);
        return;
      }
      values = migrated;
    }
    if (values.length !== this.codec.size || record.rest.length !== this.codec.restSize) {
      throw new HiddenstateError(
        'DATA',
        `${who}: got ${values.length} numbers, expected ${this.codec.size} as the model keeps; ` +
          'give a model of another shape another version, and states: "reset" or a function',
      );
    }
    this.stream.reset(this.codec.build({ values, rest: record.rest }), { lane: slot.lane });
  }

  /** The states of keys as the log keeps them. */
  save(slots: ReadonlySet<Slot>): KeyState[] {
    const { version } = this.settings;
    const { copyState, codec } = this;
    if (!copyState) return Array.from(slots, (slot) => [slot.key, this.saveOne(slot)]);
    const block = new RecordBlock(version, codec.size, slots.size);
    const states: KeyState[] = [];
    for (const { key, lane, count, time } of slots) {
      const index = states.length;
      copyState(lane, block.floats, block.valuesAt(index));
      states.push([key, block.finish(index, count, time)]);
    }
    return states;
  }

  private saveOne({ lane, count, time }: Slot): Uint8Array {
    const { values, rest } = this.codec.flatten(this.stream.stateOf(lane));
    return writeRecord({ version: this.settings.version, count, time, values, rest }, this.settings.stateFormat);
  }

  /** Advances keys by one event each. */
  step(events: readonly Seated[], outcome: Outcome): void {
    const { ttl, stateFormat } = this.settings;
    const { inputSize, outputSize } = this.stream;
    const count = events.length;
    const x = this.inputs(count * inputSize);
    // Results are views of it until they are committed.
    const y = new Float32Array(count * outputSize);
    const lanes = this.lanesOf(count);
    for (let i = 0; i < count; i++) {
      const { slot, event, x: row } = events[i];
      if (ttl !== undefined && slot.count > 0 && event.time - slot.time > ttl) {
        this.clear(slot);
        slot.count = 0;
        this.metrics.expired++;
      }
      lanes[i] = slot.lane;
      for (let j = 0, at = i * inputSize; j < inputSize; j++) x[at + j] = row[j];
    }
    this.metrics.rounds++;
    try {
      this.stream.step(x, y, { lanes });
    } catch (error) {
      // A model may refuse an input, as an Embedding an index: the others go on without it. Anything else is no fault of events.
      const { code } = error as { code?: string };
      if (code !== 'HIDDENSTATE_RANGE' && code !== 'HIDDENSTATE_TYPE') throw error;
      if (count > 1) for (const event of events) this.step([event], outcome);
      else outcome.dead.push({ id: events[0].event.id, reason: reasonFor('model', error) });
      return;
    }
    for (let i = 0; i < count; i++) {
      const { slot, event } = events[i];
      slot.count = (slot.count + 1) >>> 0;
      slot.time = event.time;
      if (stateFormat !== 'float32') this.round(slot);
      this.decode(y.subarray(i * outputSize, (i + 1) * outputSize), events[i], outcome);
    }
  }

  dispose(): void {
    this.stream.dispose();
  }

  private clear({ lane }: Slot): void {
    this.stream.reset(undefined, { lane });
  }

  /** Rounds a state as it will be kept: what is computed next then does not depend on whether it was saved in between. */
  private round({ lane }: Slot): void {
    const numbers = this.codec.flatten(this.stream.stateOf(lane));
    roundValues(numbers.values, this.settings.stateFormat);
    this.stream.reset(this.codec.build(numbers), { lane });
  }

  private decode(y: Float32Array, { event }: Seated, { results, dead }: Outcome): void {
    try {
      const value = bytesOf(this.settings.decode(y, event), y);
      if (value !== undefined) results.push({ id: event.id, key: event.key, value });
    } catch (error) {
      dead.push({ id: event.id, reason: reasonFor('decode', error) });
    }
  }

  private inputs(size: number): Float32Array {
    if (this.x.length < size) this.x = new Float32Array(2 * size);
    return this.x.length === size ? this.x : this.x.subarray(0, size);
  }

  private lanesOf(count: number): Int32Array {
    if (this.named.length < count) this.named = new Int32Array(2 * count);
    return this.named.length === count ? this.named : this.named.subarray(0, count);
  }
}

function migrate(
  policy: Exclude<Settings['states'], 'refuse'>,
  state: { key: string; from: string; to: string; values: Float32Array },
): Float32Array | undefined {
  if (policy === 'keep') return state.values;
  return policy === 'reset' ? undefined : policy(state);
}

const encoder = new TextEncoder();

/**
 * A result as bytes.
 *
 * @param y what the model gave: of memory that nobody writes again, so that its floats need no copy
 */
function bytesOf(value: unknown, y: Float32Array): Uint8Array | undefined {
  if (value === undefined) return undefined;
  if (value === y) return new Uint8Array(y.buffer, y.byteOffset, y.byteLength);
  // A Buffer's `slice` does not copy.
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Float32Array) return new Uint8Array(value.slice().buffer);
  return encoder.encode(typeof value === 'string' ? value : JSON.stringify(value));
}
