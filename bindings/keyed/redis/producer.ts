import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { rangeError, typeError } from '../../errors.js';
import { describeValue } from '../../tensor.js';
import type { NewEvent, Producer, ProducerOptions } from '../log.js';
import { partitionOf } from '../partition-of.js';
import { type Commander, pause } from './commander.js';
import type { Argument } from './connection.js';
import { lostError } from './faults.js';
import { partitionKeys, type SharedKeys } from './keys.js';
import type { Layout } from './layout.js';
import { listOf, textOf } from './replies.js';
import { APPEND } from './scripts.js';

/** How long the sequence of a producer without a name is remembered after its last event, in milliseconds. */
const REMEMBERED = 24 * 3600 * 1000;

/** Events of one script, at most. */
const BATCH = 500;

/** Bytes of one script, about. */
const BATCH_BYTES = 8 << 20;

/** What was taken of this producer under an earlier number of partitions. */
export interface Past {
  readonly partitions: number;
  readonly lasts: readonly number[];
}

/** What a producer needs of its log. */
export interface ProducerParts {
  readonly commander: Commander;
  readonly name: string;
  readonly shared: SharedKeys;
  readonly who: string;
  readonly layout: () => Promise<Layout>;
}

interface Waiting {
  readonly sequence: number;
  readonly key: string;
  readonly value: Argument;
}

/** Appends events to a log in Redis, each once, whatever happens to the connection. */
export class RedisProducer implements Producer {
  private readonly id: string;
  private readonly named: boolean;
  private readonly closed = new AbortController();
  private layout: Layout | undefined;
  private past: readonly Past[] = [];
  /** By partition: the last sequence that Redis acknowledged. */
  private lasts: number[] = [];
  private sequence = 0;
  private sending: Promise<void> = Promise.resolve();

  private constructor(
    private readonly parts: ProducerParts,
    private readonly options: Required<Pick<ProducerOptions, 'maxBacklog'>> & ProducerOptions,
  ) {
    this.named = options.name !== undefined;
    this.id = options.name ?? randomUUID();
    // Every command under way listens.
    setMaxListeners(0, this.closed.signal);
  }

  static async open(parts: ProducerParts, options: ProducerOptions): Promise<RedisProducer> {
    const producer = new RedisProducer(parts, { maxBacklog: 100_000, ...options });
    await producer.recall();
    producer.sequence = Math.max(0, ...producer.lasts, ...producer.past.flatMap(({ lasts }) => lasts));
    return producer;
  }

  get resumeAfter(): number {
    const now = this.lasts.length > 0 ? Math.min(...this.lasts) : 0;
    const before = Math.min(...this.past.map(({ lasts }) => Math.min(...lasts)));
    return this.past.length > 0 ? Math.max(now, before) : now;
  }

  send(events: readonly NewEvent[]): Promise<void> {
    const waiting = events.map((event, i) => this.check(event, i));
    // One after the other: a sequence must not overtake another.
    const sent = this.sending.then(() => this.append(waiting));
    this.sending = sent.catch(() => {});
    return sent;
  }

  async close(): Promise<void> {
    await this.sending;
    this.closed.abort();
  }

  private check(event: NewEvent, index: number): Waiting {
    const who = `${this.parts.who}.producer.send: events[${index}]`;
    const { key, value, sequence = this.sequence + 1 } = event;
    if (typeof key !== 'string') throw typeError(`${who}: key: got ${describeValue(key)}, expected a string`);
    if (key === '') throw rangeError(`${who}: key: got an empty string, expected at least one character`);
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw typeError(`${who}: value: got ${describeValue(value)}, expected a Uint8Array or a string`);
    }
    if (!Number.isSafeInteger(sequence) || sequence < 1) {
      throw rangeError(`${who}: sequence: got ${describeValue(sequence)}, expected an integer of at least 1`);
    }
    this.sequence = Math.max(this.sequence, sequence);
    return { sequence, key, value };
  }

  private async append(events: readonly Waiting[]): Promise<void> {
    let rest = events;
    while (rest.length > 0) {
      const { partitions } = this.layout as Layout;
      const shares = new Map<number, Waiting[]>();
      for (const event of rest) {
        if (this.wasTaken(event)) continue;
        const partition = partitionOf(event.key, partitions);
        const share = shares.get(partition);
        if (share) share.push(event);
        else shares.set(partition, [event]);
      }
      const left = await Promise.all([...shares].map(([partition, share]) => this.appendTo(partition, share)));
      rest = left.flat().sort((a, b) => a.sequence - b.sequence);
      // The number of partitions is being changed.
      if (rest.length > 0) {
        await pause(50, this.closed.signal);
        await this.recall();
      }
    }
  }

  /** @returns what could not be appended because the partition is sealed */
  private async appendTo(partition: number, events: readonly Waiting[]): Promise<readonly Waiting[]> {
    const { commander, name, who } = this.parts;
    const { generation } = this.layout as Layout;
    const keys = partitionKeys(name, generation, partition);
    const seen = this.named ? keys.seen : `${keys.seen}:${this.id}`;
    const patience = { signal: this.closed.signal };
    for (let at = 0; at < events.length; ) {
      const args: Argument[] = [
        this.id,
        String(this.lasts[partition]),
        String(this.options.maxBacklog),
        this.named ? '0' : String(REMEMBERED),
      ];
      let stop = at;
      for (let bytes = 0; stop < events.length && stop < at + BATCH && bytes < BATCH_BYTES; stop++) {
        const { sequence, key, value } = events[stop];
        args.push(String(sequence), key, value);
        bytes += value.length;
      }
      const reply = await commander.script(APPEND, [keys.in, keys.meta, seen], args, patience);
      const [word, detail] = listOf(reply);
      const answer = textOf(word);
      if (answer === 'sealed') return events.slice(at);
      if (answer === 'lost') {
        throw lostError(
          `${who}.producer.send: partition ${partition}`,
          `got ${textOf(detail)} as the last sequence, expected ${this.lasts[partition]}, which was acknowledged`,
        );
      }
      if (answer === 'full') await pause(20, this.closed.signal);
      else {
        this.lasts[partition] = Math.max(this.lasts[partition], events[stop - 1].sequence);
        at = stop;
      }
    }
    return [];
  }

  private wasTaken({ key, sequence }: Waiting): boolean {
    return this.past.some(({ partitions, lasts }) => sequence <= lasts[partitionOf(key, partitions)]);
  }

  /** Reads how many partitions there are, and what they have of this producer. */
  private async recall(): Promise<void> {
    const { commander, name, shared, layout } = this.parts;
    const now = await layout();
    if (now.generation === this.layout?.generation) return;
    const patience = { signal: this.closed.signal };
    if (this.named) {
      const past = await commander.command(shared.config, 'HGET', [shared.config, `past:${this.id}`], patience);
      this.past = past === null ? [] : (JSON.parse(textOf(past)) as Past[]);
    } else if (this.layout) {
      this.past = [...this.past, { partitions: this.layout.partitions, lasts: this.lasts }];
    }
    this.layout = now;
    this.lasts = await Promise.all(
      Array.from({ length: now.partitions }, async (_, partition) => {
        const { seen } = partitionKeys(name, now.generation, partition);
        if (!this.named) return 0;
        return Number(await commander.command(seen, 'HGET', [seen, this.id], patience));
      }),
    );
  }
}
