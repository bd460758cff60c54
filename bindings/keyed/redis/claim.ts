import { HiddenstateError } from '../../errors.js';
import type { Claim, Commit, LogEvent, Receipt } from '../log.js';
import { compareIds } from '../stream-id.js';
import { type Commander, type Patience, pause } from './commander.js';
import type { Argument } from './connection.js';
import { fencedError, lostError, tornError } from './faults.js';
import type { PartitionKeys } from './keys.js';
import { bytesOf, eventsOf, listOf, textOf } from './replies.js';
import { COMMIT, RELEASE, RENEW } from './scripts.js';

/** What a claim needs of its worker. */
export interface ClaimParts {
  readonly commander: Commander;
  readonly keys: PartitionKeys;
  readonly who: string;
  readonly partition: number;
  readonly token: string;
  readonly offset: string;
  readonly lease: number;
  /** How long events are kept behind the offset, in milliseconds. */
  readonly retain: number;
  /** Told of every offset that Redis has acknowledged. */
  readonly onOffset: (offset: string) => void;
  readonly patience: Patience;
}

/** How long `read` waits for events before it answers that there are none, in milliseconds. */
const IDLE = 500;

/** Pauses between two looks at an empty partition, in milliseconds. */
const SHORTEST_LOOK = 1;
const LONGEST_LOOK = 10;

/** What one read may bring, as far as the last ones tell. */
const READ_BYTES = 4 << 20;

/** A partition that this worker owns, as long as nobody else takes it. */
export class RedisClaim implements Claim {
  readonly partition: number;
  readonly offset: string;
  readonly ending: AbortSignal;
  private readonly end = new AbortController();
  private acknowledged: string;
  private renewed = performance.now();
  /** Bytes of an event, smoothed; a first guess that asks for few. */
  private eventBytes = READ_BYTES / 64;

  constructor(private readonly parts: ClaimParts) {
    this.partition = parts.partition;
    this.offset = parts.offset;
    this.acknowledged = parts.offset;
    this.ending = this.end.signal;
  }

  /** Asks whoever works on it to finish. */
  stop(): void {
    this.end.abort();
  }

  async read(after: string, limit: number): Promise<readonly LogEvent[]> {
    const { commander, keys, patience } = this.parts;
    const began = performance.now();
    for (let wait = SHORTEST_LOOK; ; wait = Math.min(wait * 1.5, LONGEST_LOOK)) {
      if (this.ending.aborted) return [];
      const count = Math.max(1, Math.min(limit, Math.floor(READ_BYTES / this.eventBytes)));
      const reply = await commander.command(
        keys.in,
        'XRANGE',
        [keys.in, `(${after}`, '+', 'COUNT', String(count)],
        patience,
      );
      const events = eventsOf(reply);
      if (events.length > 0) {
        const bytes = events.reduce((sum, { value }) => sum + value.length + 64, 0) / events.length;
        this.eventBytes = Math.max(bytes, this.eventBytes / 2);
        return events;
      }
      if (performance.now() - began > IDLE) return [];
      await pause(wait, this.ending);
    }
  }

  async states(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    if (keys.length === 0) return [];
    const { commander, keys: own, patience } = this.parts;
    const reply = await commander.command(own.state, 'HMGET', [own.state, ...keys], patience);
    return listOf(reply).map((value) => (value === null ? undefined : bytesOf(value)));
  }

  async scan(cursor: string): Promise<{ cursor: string; states: (readonly [string, Uint8Array])[] }> {
    const { commander, keys, patience } = this.parts;
    const reply = await commander.command(keys.state, 'HSCAN', [keys.state, cursor, 'COUNT', '200'], patience);
    const [next, flat] = listOf(reply);
    const fields = listOf(flat);
    const states: (readonly [string, Uint8Array])[] = [];
    for (let i = 0; i + 1 < fields.length; i += 2) states.push([textOf(fields[i]), bytesOf(fields[i + 1])]);
    return { cursor: textOf(next), states };
  }

  async commit(commit: Commit): Promise<Receipt> {
    const { commander, keys, patience } = this.parts;
    const args = this.argumentsOf(commit);
    const names = [keys.lease, keys.meta, keys.state, keys.out, keys.in, keys.dead];
    const [word, detail] = listOf(await commander.script(COMMIT, names, args, patience));
    const answer = textOf(word);
    if (answer !== 'ok') throw this.refusal(answer, textOf(detail), commit);
    this.renewed = performance.now();
    this.acknowledged = commit.to;
    this.parts.onOffset(commit.to);
    return { unread: Number(detail) };
  }

  /**
   * Prolongs the lease where no commit has for a while.
   *
   * @returns whether the partition is still this worker's
   * @throws {HiddenstateError} `HIDDENSTATE_LOST` if Redis has gone back behind what it had acknowledged
   */
  async renew(): Promise<boolean> {
    const { commander, keys, token, lease, patience } = this.parts;
    if (performance.now() - this.renewed < lease / 4) return true;
    const began = performance.now();
    const acknowledged = this.acknowledged;
    const reply = await commander.script(RENEW, [keys.lease, keys.meta], [token, String(lease)], patience);
    const [word, offset] = listOf(reply).map(textOf);
    if (compareIds(offset, acknowledged) < 0) throw this.lost(offset);
    if (word === 'ok') this.renewed = began;
    return word === 'ok';
  }

  /** Gives the partition back, if it is still this worker's. */
  async release(signal?: AbortSignal): Promise<void> {
    const { commander, keys, token } = this.parts;
    await commander.script(RELEASE, [keys.lease], [token], { signal });
  }

  private argumentsOf({ from, to, events, states, results, dead }: Commit): Argument[] {
    const { token, lease } = this.parts;
    const kept = states.filter(([, state]) => state !== undefined);
    const gone = states.filter(([, state]) => state === undefined);
    const items: Argument[] = [];
    for (const { id, reason } of dead) items.push(id, reason);
    for (const [key, state] of kept) items.push(key, state as Uint8Array);
    for (const [key] of gone) items.push(key);
    for (const { id, key, value } of results) items.push(id, key, value);
    const counts = [events, kept.length, gone.length, results.length, dead.length];
    return [token, from, to, String(lease), this.trimOf(from, to), ...counts.map(String), packed(items)];
  }

  /** Up to where events may go: never beyond what is committed. */
  private trimOf(from: string, to: string): string {
    const { retain } = this.parts;
    if (retain === Number.POSITIVE_INFINITY || from === to) return '';
    if (retain === 0) return to;
    const time = Number(to.slice(0, to.indexOf('-'))) - retain;
    return time > 0 ? `${Math.floor(time)}-0` : '';
  }

  private refusal(answer: string, offset: string, { to }: Commit): HiddenstateError {
    const who = `${this.parts.who}: partition ${this.partition}`;
    if (compareIds(offset, this.acknowledged) < 0) return this.lost(offset);
    if (answer === 'torn') return tornError(who);
    if (answer === 'gone') return lostError(who, `event ${to} was read and is no longer in the log`);
    if (answer === 'fenced' || answer === 'moved') return fencedError(who);
    return new HiddenstateError('DATA', `${who}: got the answer ${answer} to a commit, expected ok`);
  }

  private lost(offset: string): HiddenstateError {
    const known = this.acknowledged;
    return lostError(
      `${this.parts.who}: partition ${this.partition}`,
      `got offset ${offset}, expected at least ${known}, which was acknowledged`,
    );
  }
}

/** Items in one argument, each after its length: clients are slow at commands of thousands of arguments. */
function packed(items: readonly Argument[]): Buffer {
  let most = 0;
  for (const item of items) most += 4 + (typeof item === 'string' ? 3 * item.length : item.length);
  const bytes = Buffer.allocUnsafe(most);
  let at = 0;
  for (const item of items) {
    let length = item.length;
    if (typeof item === 'string') length = writeText(bytes, item, at + 4);
    else bytes.set(item, at + 4);
    bytes[at] = length >>> 24;
    bytes[at + 1] = length >>> 16;
    bytes[at + 2] = length >>> 8;
    bytes[at + 3] = length;
    at += 4 + length;
  }
  return bytes.subarray(0, at);
}

/** Ids and most keys are short and ASCII: a loop writes them faster than a call of `write`. Returns the bytes written. */
function writeText(bytes: Buffer, text: string, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || i === SHORT) return bytes.write(text, at);
    bytes[at + i] = code;
  }
  return text.length;
}

const SHORT = 64;
