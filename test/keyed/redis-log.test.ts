import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRU } from '../../bindings/index.js';
import { runKeyed } from '../../bindings/keyed/index.js';
import { redisLog } from '../../bindings/keyed/redis/index.js';
import { contract } from './contract.js';
import { hasRedis, RedisServer, sayWithout } from './support/redis-server.js';

sayWithout('the logs in Redis');

describe('with nothing that answers', () => {
  it('fails after the timeout, and a second try is a new one', async () => {
    const log = redisLog({ url: 'redis://user:secret@127.0.0.1:1', name: 'x', timeout: 100 });
    const message =
      /^redisLog "x": got connect ECONNREFUSED 127\.0\.0\.1:1 from 127\.0\.0\.1:1 for 3 s, expected a Redis that answers/;
    const began = performance.now();
    await expect(log.status()).rejects.toThrow(message);
    await expect(log.producer()).rejects.toMatchObject({ code: 'HIDDENSTATE_HOST' });
    expect(performance.now() - began).toBeGreaterThan(5000);
    await log.close();
  }, 20_000);

  it('a worker and a log that are told to stop do not wait for it', async () => {
    const log = redisLog({ url: 'redis://127.0.0.1:1', name: 'x' });
    const stop = new AbortController();
    const worker = runKeyed({ model: new GRU({ inputSize: 1, hiddenSize: 1 }), log, signal: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = performance.now();
    stop.abort();
    await worker.done;
    await log.close();
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe.runIf(hasRedis)('with a server', () => {
  let server: RedisServer;
  let counter = 0;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  contract('in Redis, by its url', {
    lease: 1000,
    open: async (partitions, { retain = false } = {}) => {
      const options = {
        url: server.url,
        name: `url-${counter++}`,
        partitions,
        retain: retain ? Number.POSITIVE_INFINITY : 0,
      };
      return { log: redisLog(options), again: redisLog(options) };
    },
  });

  it('refuses a Redis that deletes keys when memory runs out', async () => {
    server.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const log = redisLog({ url: server.url, name: 'evicted' });
    await expect(log.partitions()).rejects.toThrow(
      /got a Redis with maxmemory-policy allkeys-lru, .* expected noeviction/,
    );
    await log.close();
    server.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  });

  it('refuses options and clients that do not fit', async () => {
    const make = (options: unknown) => () => redisLog(options as never);
    expect(make({ name: 'x' })).toThrow(/got neither client nor url, expected one of them/);
    expect(make({ name: 'x', client: {} })).toThrow(/client: got .*expected a client of ioredis .* or of redis 5/);
    expect(make({ name: 'a b', url: server.url })).toThrow(/name: got "a b", expected 1 to 100 characters/);
    expect(make({ name: 'x', url: server.url, retain: -1 })).toThrow(RangeError);
    expect(make({ name: 'x', url: server.url, onNotice: 'tell' })).toThrow(/onNotice: got "tell", expected a function/);
    expect(make({ name: 'x', url: server.url, lanes: 3 })).toThrow(
      /got option "lanes", expected only client, url, name/,
    );
    server.cli('SET', '{kind:0:0}:out', 'text');
    const log = redisLog({ url: server.url, name: 'kind', partitions: 1 });
    const worker = runKeyed({ model: new GRU({ inputSize: 1, hiddenSize: 1 }), log });
    await expect(worker.done).rejects.toThrow(
      /key \{kind:0:0\}:out: got a string, expected a stream; choose another name/,
    );
    await log.close();
  });

  const ioredis: Redis[] = [];
  contract('in Redis, by a client of ioredis', {
    lease: 1000,
    open: async (partitions, { retain = false } = {}) => {
      const options = { name: `io-${counter++}`, partitions, retain: retain ? Number.POSITIVE_INFINITY : 0 };
      const clients = [new Redis(server.url), new Redis(server.url)];
      ioredis.push(...clients);
      const [log, again] = clients.map((client) => redisLog({ client, ...options }));
      return { log, again };
    },
    close: async () => {
      for (const client of ioredis) client.disconnect();
    },
  });

  const clients: { destroy(): void }[] = [];
  contract('in Redis, by a client of redis', {
    lease: 1000,
    open: async (partitions, { retain = false } = {}) => {
      const options = { name: `node-${counter++}`, partitions, retain: retain ? Number.POSITIVE_INFINITY : 0 };
      const [one, two] = await Promise.all([
        createClient({ url: server.url }).connect(),
        createClient({ url: server.url, RESP: 3 }).connect(),
      ]);
      clients.push(one, two);
      return { log: redisLog({ client: one, ...options }), again: redisLog({ client: two, ...options }) };
    },
    close: async () => {
      for (const client of clients) client.destroy();
    },
  });
});
