/** What every log must do: the seam of `hiddenstate/keyed`, tested alike for each engine. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Claim, type Commit, type Log, type LogEvent, partitionOf } from '../../bindings/keyed/index.js';

export interface Harness {
  /** A new log with these partitions, and another handle of the same log as a second process would have it. */
  open(partitions: number, options?: { retain?: boolean }): Promise<{ log: Log; again: Log }>;
  /** How long a lease is, and how long others then take. */
  readonly lease: number;
  close?(): Promise<void>;
}

const text = (value: Uint8Array) => new TextDecoder().decode(value);
const bytes = (value: string) => new TextEncoder().encode(value);

/** A worker that hands its claims out to the test. */
async function worker(log: Log, { lease, version = '' }: { lease: number; version?: string }) {
  const claims = new Map<number, Claim>();
  const ends = new Map<number, (error?: unknown) => void>();
  const notices: string[] = [];
  const errors: unknown[] = [];
  const member = await log.join({
    worker: 'w',
    version,
    lease,
    onClaim: (claim) =>
      new Promise((resolve, reject) => {
        claims.set(claim.partition, claim);
        const end = (error?: unknown) => {
          claims.delete(claim.partition);
          if (error) reject(error);
          else resolve();
        };
        ends.set(claim.partition, end);
        claim.ending.addEventListener('abort', () => end(), { once: true });
      }),
    onError: (error) => errors.push(error),
    onNotice: ({ event }) => notices.push(event),
  });
  return { member, claims, ends, notices, errors };
}

async function until(what: () => boolean | Promise<boolean>, milliseconds = 5000): Promise<void> {
  for (const began = performance.now(); !(await what()); ) {
    if (performance.now() - began > milliseconds) throw new Error(`waited ${milliseconds} ms in vain`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function readAll(claim: Claim, count: number): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  let after = claim.offset;
  while (events.length < count) {
    const page = await claim.read(after, 1000);
    events.push(...page);
    after = events.at(-1)?.id ?? after;
  }
  return events;
}

const commitOf = (from: string, to: string, rest: Partial<Commit> = {}): Commit => ({
  from,
  to,
  events: 0,
  states: [],
  results: [],
  dead: [],
  ...rest,
});

export function contract(name: string, { open, lease, close }: Harness): void {
  describe(`the log ${name}`, () => {
    const opened: Log[] = [];
    const fresh = async (partitions: number, options?: { retain?: boolean }) => {
      const both = await open(partitions, options);
      opened.push(both.log, both.again);
      return both;
    };
    afterAll(async () => {
      for (const log of opened) await log.close();
      await close?.();
    });

    it('keeps the events of a partition in order, with keys, bytes and ascending ids', async () => {
      const { log } = await fresh(1);
      const producer = await log.producer();
      const values = ['a', 'ä', '', '\0\r\n'];
      await producer.send(values.map((value) => ({ key: 'κey', value })));
      await producer.send([{ key: 'b', value: new Uint8Array([0, 255, 128]) }]);
      const { member, claims } = await worker(log, { lease });
      await until(() => claims.size === 1);
      const events = await readAll(claims.get(0) as Claim, 5);
      expect(events.map(({ key }) => key)).toEqual(['κey', 'κey', 'κey', 'κey', 'b']);
      expect(events.slice(0, 4).map(({ value }) => text(value))).toEqual(values);
      expect([...events[4].value]).toEqual([0, 255, 128]);
      expect(new Set(events.map(({ id }) => id)).size).toBe(5);
      expect(Math.abs(events[0].time - Date.now())).toBeLessThan(60_000);
      const [, second] = events;
      expect((await (claims.get(0) as Claim).read(second.id, 2)).map(({ id }) => id)).toEqual([
        events[2].id,
        events[3].id,
      ]);
      await member.leave();
    });

    it('writes states, results, dead letters and offset at once', async () => {
      const { log, again } = await fresh(1);
      const producer = await log.producer();
      await producer.send(['1', '2', '3'].map((value) => ({ key: 'k', value })));
      const first = await worker(log, { lease });
      await until(() => first.claims.size === 1);
      const claim = first.claims.get(0) as Claim;
      const events = await readAll(claim, 3);
      expect(await claim.states(['k', 'none'])).toEqual([undefined, undefined]);
      await claim.commit(
        commitOf(claim.offset, events[1].id, {
          events: 2,
          states: [
            ['k', bytes('state')],
            ['gone', bytes('x')],
          ],
          results: [{ id: events[0].id, key: 'k', value: bytes('result') }],
          dead: [{ id: events[1].id, reason: 'why' }],
        }),
      );
      await claim.commit(commitOf(events[1].id, events[1].id, { states: [['gone', undefined]] }));
      await first.member.leave();
      const second = await worker(again, { lease });
      await until(() => second.claims.size === 1);
      const next = second.claims.get(0) as Claim;
      expect(next.offset).toBe(events[1].id);
      const [state, gone] = await next.states(['k', 'gone']);
      expect(text(state as Uint8Array)).toBe('state');
      expect(gone).toBeUndefined();
      expect((await next.read(next.offset, 10)).map(({ value }) => text(value))).toEqual(['3']);
      const history = await log.history(0);
      const results = await history.results('0-0', 10);
      expect(results.map(({ id, key, value }) => [id, key, text(value)])).toEqual([[events[0].id, 'k', 'result']]);
      const dead = await history.dead('0-0', 10);
      expect(dead.map(({ id, key, reason, value }) => [id, key, reason, text(value)])).toEqual([
        [events[1].id, 'k', 'why', '2'],
      ]);
      expect((await next.scan('0')).states.map(([key]) => key)).toEqual(['k']);
      const { partitions } = await log.status();
      expect(partitions[0]).toMatchObject({ lag: 1, keys: 1, events: 2, results: 1, dead: 1, owner: 'w' });
      await second.member.leave();
    });

    it('refuses a commit that does not follow the offset, and writes nothing of it', async () => {
      const { log } = await fresh(1);
      const producer = await log.producer();
      await producer.send(['1', '2'].map((value) => ({ key: 'k', value })));
      const { member, claims } = await worker(log, { lease });
      await until(() => claims.size === 1);
      const claim = claims.get(0) as Claim;
      const events = await readAll(claim, 2);
      const wrong = commitOf(events[0].id, events[1].id, {
        states: [['k', bytes('wrong')]],
        results: [{ id: events[1].id, key: 'k', value: bytes('wrong') }],
      });
      await expect(claim.commit(wrong)).rejects.toMatchObject({ code: 'HIDDENSTATE_FENCED' });
      expect(await claim.states(['k'])).toEqual([undefined]);
      expect(await (await log.history(0)).results('0-0', 1)).toEqual([]);
      await member.leave();
    });

    it('refuses whoever lost the partition, and lets the next go on from what was committed', async () => {
      const { log, again } = await fresh(1);
      const producer = await log.producer();
      await producer.send(['1', '2'].map((value) => ({ key: 'k', value })));
      const first = await worker(log, { lease });
      await until(() => first.claims.size === 1);
      const stale = first.claims.get(0) as Claim;
      const events = await readAll(stale, 2);
      await stale.commit(commitOf(stale.offset, events[0].id, { states: [['k', bytes('one')]] }));
      await again.revoke(0);
      const late = commitOf(events[0].id, events[1].id, { states: [['k', bytes('late')]] });
      const refused = await stale.commit(late).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'HIDDENSTATE_FENCED' });
      first.ends.get(0)?.(refused);
      await until(() => first.claims.size === 1);
      const next = first.claims.get(0) as Claim;
      expect(next.offset).toBe(events[0].id);
      expect(text((await next.states(['k']))[0] as Uint8Array)).toBe('one');
      await next.commit(commitOf(events[0].id, events[1].id, { states: [['k', bytes('two')]] }));
      await expect(stale.commit(late)).rejects.toMatchObject({ code: 'HIDDENSTATE_FENCED' });
      expect(text((await next.states(['k']))[0] as Uint8Array)).toBe('two');
      expect(first.errors).toEqual([]);
      await first.member.leave();
    });

    it('shares the partitions fairly as workers come and go', async () => {
      const { log, again } = await fresh(5);
      const one = await worker(log, { lease });
      await until(() => one.claims.size === 5);
      const two = await worker(again, { lease });
      await until(() => one.claims.size + two.claims.size === 5 && Math.abs(one.claims.size - two.claims.size) === 1);
      const owned = [...one.claims.keys(), ...two.claims.keys()].sort();
      expect(owned).toEqual([0, 1, 2, 3, 4]);
      await one.member.leave();
      await until(() => two.claims.size === 5);
      await two.member.leave();
    });

    it('gives a partition back at once when its worker leaves', async () => {
      const { log, again } = await fresh(2);
      const one = await worker(log, { lease });
      await until(() => one.claims.size === 2);
      const two = await worker(again, { lease });
      await until(() => two.claims.size === 1);
      const began = performance.now();
      await one.member.leave();
      await until(() => two.claims.size === 2);
      expect(performance.now() - began).toBeLessThan(lease);
      await two.member.leave();
    });

    it('gives no partition to a version that another has replaced', async () => {
      const { log, again } = await fresh(1);
      const old = await worker(log, { lease, version: 'v1' });
      await until(() => old.claims.size === 1);
      await old.member.leave();
      const next = await worker(log, { lease, version: 'v2' });
      await until(() => next.claims.size === 1);
      await next.member.leave();
      const back = await worker(again, { lease, version: 'v1' });
      await until(() => back.notices.includes('superseded'));
      expect(back.claims.size).toBe(0);
      await back.member.leave();
    });

    it('takes an event of a named producer once, however often it is sent', async () => {
      const { log, again } = await fresh(2, { retain: true });
      const event = (sequence: number) => ({ key: `k${sequence}`, value: String(sequence), sequence });
      const first = await log.producer({ name: 'source' });
      expect(first.resumeAfter).toBe(0);
      await first.send(Array.from({ length: 20 }, (_, i) => event(i + 1)));
      await first.send([event(20), event(20)]);
      const second = await again.producer({ name: 'source' });
      expect(second.resumeAfter).toBeLessThanOrEqual(20);
      const from = second.resumeAfter;
      await second.send(Array.from({ length: 30 - from }, (_, i) => event(from + i + 1)));
      const all = [];
      for (const p of [0, 1]) all.push(...(await (await log.history(p)).events('0-0', 100)));
      expect(all.map(({ value }) => Number(text(value))).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 30 }, (_, i) => i + 1),
      );
    });

    it('makes a producer wait while too much waits for workers', async () => {
      const { log } = await fresh(1);
      const producer = await log.producer({ maxBacklog: 3 });
      await producer.send([
        { key: 'k', value: '1' },
        { key: 'k', value: '2' },
        { key: 'k', value: '3' },
      ]);
      let sent = false;
      const waiting = producer.send([{ key: 'k', value: '4' }]).then(() => {
        sent = true;
      });
      const { member, claims } = await worker(log, { lease });
      await until(() => claims.size === 1);
      const claim = claims.get(0) as Claim;
      const events = await readAll(claim, 3);
      expect(sent).toBe(false);
      await claim.commit(commitOf(claim.offset, events[2].id, { events: 3 }));
      await waiting;
      await member.leave();
    });

    it('refuses events without a key or without bytes', async () => {
      const { log } = await fresh(1);
      const producer = await log.producer();
      const send = async (event: unknown) => producer.send([event as never]);
      await expect(send({ value: 'x' })).rejects.toThrow(/key: got undefined, expected a string/);
      await expect(send({ key: '', value: 'x' })).rejects.toThrow(RangeError);
      await expect(send({ key: 'k', value: 3 })).rejects.toThrow(/value: got .*expected a Uint8Array or a string/);
    });

    it('gives every group every result, in order, and again what was not acknowledged', async () => {
      const { log } = await fresh(1);
      const producer = await log.producer();
      await producer.send(['1', '2', '3'].map((value) => ({ key: 'k', value })));
      const { member, claims } = await worker(log, { lease });
      await until(() => claims.size === 1);
      const claim = claims.get(0) as Claim;
      const events = await readAll(claim, 3);
      const results = events.map(({ id, value }) => ({ id, key: 'k', value }));
      await claim.commit(commitOf(claim.offset, events[2].id, { results }));
      const take = async (group: string, limit: number, batches: number) => {
        const seen: string[] = [];
        const stop = new AbortController();
        for await (const batch of log.results({ group, consumer: 'c', limit, signal: stop.signal })) {
          seen.push(...batch.results.map(({ value }) => text(value)));
          if (--batches === 0) break;
        }
        return seen;
      };
      expect(await take('b', 10, 1)).toEqual(['1', '2', '3']);
      // The last batch is not acknowledged: the loop is left.
      expect(await take('a', 2, 1)).toEqual(['1', '2']);
      expect(await take('a', 2, 2)).toEqual(['1', '2', '3']);
      expect(await take('a', 2, 1)).toEqual(['3']);
      expect(await take('b', 10, 1)).toEqual(['1', '2', '3']);
      await member.leave();
    });

    it('removes events that were taken, and keeps those that were not', async () => {
      const { log } = await fresh(1);
      const producer = await log.producer();
      const count = 2000;
      await producer.send(Array.from({ length: count }, (_, i) => ({ key: 'k', value: String(i) })));
      const { member, claims } = await worker(log, { lease });
      await until(() => claims.size === 1);
      const claim = claims.get(0) as Claim;
      const events = await readAll(claim, count);
      await claim.commit(commitOf(claim.offset, events[count - 2].id, { events: count - 1 }));
      const left = await (await log.history(0)).events('0-0', count);
      expect(left.length).toBeLessThan(300);
      expect(text(left.at(-1)?.value as Uint8Array)).toBe(String(count - 1));
      await member.leave();
    });

    it('puts the same key into the same partition', () => {
      expect(partitionOf('pump-7', 16)).toBe(partitionOf('pump-7', 16));
    });
  });
}
