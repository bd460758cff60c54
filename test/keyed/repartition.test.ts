import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRU } from '../../bindings/index.js';
import { runKeyed } from '../../bindings/keyed/index.js';
import { redisLog, repartition } from '../../bindings/keyed/redis/index.js';
import { expectedOutputs, makeEvents, until } from './support/events.js';
import { hasRedis, RedisServer, sayWithout } from './support/redis-server.js';

sayWithout('the change of the number of partitions');

describe.runIf(hasRedis)('repartition', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it.each([
    [3, 8],
    [8, 3],
  ])(
    'from %i to %i partitions loses nothing, under load, with workers, producers and readers that go on',
    async (before, after) => {
      const name = `re-${before}-${after}`;
      const log = redisLog({ url: server.url, name, partitions: before });
      const model = new GRU({ inputSize: 3, hiddenSize: 8, seed: 1 } as never);
      const stop = new AbortController();
      const worker = runKeyed({ model, log, signal: stop.signal, lease: 1000 });
      const events = makeEvents(6000, 150, 3, 9);
      const read = new Map<string, Float32Array[]>();
      let count = 0;
      const reading = (async () => {
        for await (const { results } of log.results({ group: 'g', signal: stop.signal })) {
          for (const { key, value } of results) {
            if (!read.has(key)) read.set(key, []);
            read.get(key)?.push(new Float32Array(value.slice().buffer));
            count++;
          }
        }
      })();
      const named = await log.producer({ name: 'source' });
      const sending = (async () => {
        for (let at = 0; at < events.length; at += 100) await named.send(events.slice(at, at + 100));
      })();
      await until(() => count > 500);
      const steps: string[] = [];
      await repartition(log, after, { onProgress: ({ step, done }) => steps.push(`${step} ${done}`) });
      expect(steps.filter((step) => step.startsWith('copying'))).toHaveLength(before);
      await sending;
      // A producer that begins anew sends all of it again: what was taken under the old number is known.
      const again = await redisLog({ url: server.url, name }).producer({ name: 'source' });
      expect(again.resumeAfter).toBeLessThanOrEqual(events.length);
      await again.send(events);
      await until(() => count >= events.length, 20_000);
      expect(await log.partitions()).toBe(after);
      await until(async () => (await log.status()).partitions.every(({ lag }) => lag === 0));
      stop.abort();
      await worker.done;
      await reading;
      expect(count).toBe(events.length);
      const expected = expectedOutputs(model, events);
      for (const [key, outputs] of expected) expect(read.get(key)).toEqual(outputs);
      const { partitions } = await log.status();
      expect(partitions.reduce((sum, { keys }) => sum + keys, 0)).toBe(expected.size);
      await expect(redisLog({ url: server.url, name, partitions: before }).partitions()).rejects.toThrow(
        new RegExp(`got partitions ${before}, expected ${after} as the log has; "hiddenstate keyed partitions`),
      );
      await log.close();
    },
    60_000,
  );

  it('leaves the log as it was if it is told to stop before the workers have done', async () => {
    const log = redisLog({ url: server.url, name: 'aborted', partitions: 2 });
    const producer = await log.producer();
    await producer.send([{ key: 'k', value: new Uint8Array(12) }]);
    await expect(repartition(log, 4, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
      code: 'HIDDENSTATE_ORDER',
    });
    expect(await log.partitions()).toBe(2);
    await producer.send([{ key: 'k', value: new Uint8Array(12) }]);
    expect((await log.status()).partitions.reduce((sum, { lag }) => sum + lag, 0)).toBe(2);
    await log.close();
  });
});
