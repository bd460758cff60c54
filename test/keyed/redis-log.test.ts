import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe } from 'vitest';
import { redisLog } from '../../bindings/keyed/redis/index.js';
import { contract } from './contract.js';
import { hasRedis, RedisServer, sayWithout } from './support/redis-server.js';

sayWithout('the logs in Redis');

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
