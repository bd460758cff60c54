import { HiddenstateError, typeError } from '../errors.js';
import { describeValue } from '../tensor.js';
import { checkEvent } from './check-event.js';
import { KeyedStream, type Outcome } from './keyed-stream.js';
import { BEGINNING, type History } from './log.js';
import { newMetrics } from './metrics.js';
import { type RunKeyedOptions, settingsOf } from './options.js';
import { partitionOf } from './partition-of.js';
import { readRecord } from './state-record.js';

/** Options of `replay`: those of `runKeyed` that decide what is computed, and the key. */
export interface ReplayOptions
  extends Pick<
    RunKeyedOptions,
    'model' | 'log' | 'encode' | 'decode' | 'version' | 'stateFormat' | 'ttl' | 'maxBytes'
  > {
  key: string;
}

/** What a replay has found. */
export interface Replay {
  readonly partition: number;
  /** Events of the key that were computed again. */
  readonly events: number;
  /** Events of the key that its state has taken. */
  readonly expected: number;
  /** Whether the log still has all of them; what it no longer has cannot be computed again. */
  readonly complete: boolean;
  /** Results that the log still has, and how many of them have other bytes. */
  readonly results: {
    readonly compared: number;
    readonly different: number;
    readonly firstDifferent: string | undefined;
  };
  /** Whether the state has the same bytes. */
  readonly stateSame: boolean;
}

/** Events read at a time. */
const PAGE = 1000;

/**
 * Computes one key again from the events in the log, and compares state and results with what the log has, bit for bit. Changes
 * nothing, and may run beside workers. The log must have kept the events: `retain` of `redisLog`.
 *
 * @throws {HiddenstateError} `HIDDENSTATE_DATA` if the key has no state
 *
 * @example
 * ```ts
 * import { GRU } from 'hiddenstate';
 * import { memoryLog, replay, runKeyed } from 'hiddenstate/keyed';
 *
 * const model = new GRU({ inputSize: 2, hiddenSize: 8 });
 * const log = memoryLog({ retain: true });
 * const stop = new AbortController();
 * const worker = runKeyed({ model, log, signal: stop.signal });
 * const producer = await log.producer();
 * await producer.send([{ key: 'pump-7', value: new Uint8Array(Float32Array.of(0.25, 0.5).buffer) }]);
 * for await (const _ of log.results({ group: 'alarms' })) break; // the event was taken
 * stop.abort();
 * await worker.done;
 * const { complete, stateSame } = await replay({ log, model, key: 'pump-7' });
 * console.log(complete, stateSame); // true true
 * ```
 */
export async function replay({ key, ...options }: ReplayOptions): Promise<Replay> {
  if (typeof key !== 'string') throw typeError(`replay: key: got ${describeValue(key)}, expected a string`);
  const settings = settingsOf({ ...options, lanes: 1, states: 'keep' });
  const { log } = settings;
  // Of a log that is there: `partitions` would make one.
  const partition = partitionOf(key, (await log.status()).partitions.length);
  const history = await log.history(partition);
  const bytes = await history.state(key);
  if (bytes === undefined) {
    throw new HiddenstateError(
      'DATA',
      `replay: key ${JSON.stringify(key)}: got no state, expected a key of "${log.name}"`,
    );
  }
  const { count, time } = readRecord(bytes, 'replay');
  const keyed = new KeyedStream(settings, newMetrics());
  try {
    const slot = keyed.lanes.take(new Map(), key);
    if (!slot) throw new HiddenstateError('DATA', 'replay: got no lane, expected one');
    keyed.load(slot, undefined);
    const outcome: Outcome = { results: [], dead: [] };
    let events = 0;
    let found = false;
    for await (const event of eventsOf(history)) {
      const checked = checkEvent(event, keyed.inputSize, settings);
      if (typeof checked === 'string' || checked.event.key !== key) continue;
      keyed.step([{ ...checked, slot }], outcome);
      events++;
      found = slot.time === time && slot.count === count;
      if (found || slot.time > time) break;
    }
    const [[, saved]] = keyed.save(new Set([slot]));
    const compared = await compare(history, key, new Map(outcome.results.map(({ id, value }) => [id, value])));
    return {
      partition,
      events,
      expected: count,
      complete: found,
      results: compared,
      stateSame: found && sameBytes(saved as Uint8Array, bytes),
    };
  } finally {
    keyed.dispose();
  }
}

async function* eventsOf(history: History) {
  for (let after = BEGINNING; ; ) {
    const page = await history.events(after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.id;
  }
}

async function compare(
  history: History,
  key: string,
  own: ReadonlyMap<string, Uint8Array>,
): Promise<Replay['results']> {
  let compared = 0;
  let different = 0;
  let firstDifferent: string | undefined;
  for (let after = BEGINNING; ; ) {
    const page = await history.results(after, PAGE);
    for (const result of page) {
      const value = result.key === key ? own.get(result.id) : undefined;
      if (!value) continue;
      compared++;
      if (sameBytes(value, result.value)) continue;
      different++;
      firstDifferent ??= result.id;
    }
    const last = page.at(-1);
    if (!last) return { compared, different, firstDifferent };
    after = last.position;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
