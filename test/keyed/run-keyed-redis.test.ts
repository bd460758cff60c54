import { afterAll, beforeAll, describe } from 'vitest';
import { redisLog } from '../../bindings/keyed/redis/index.js';
import type { Harness } from './contract.js';
import { modelTests } from './models.js';
import { workerTests } from './run-keyed.js';
import { hasRedis, RedisServer, sayWithout } from './support/redis-server.js';

sayWithout('workers on Redis');

describe.runIf(hasRedis)('with a server', () => {
  let server: RedisServer;
  let counter = 0;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  const harness: Harness = {
    lease: 1000,
    open: async (partitions, { retain = false } = {}) => {
      const options = {
        url: server.url,
        name: `run-${counter++}`,
        partitions,
        retain: retain ? Number.POSITIVE_INFINITY : 0,
      };
      return { log: redisLog(options), again: redisLog(options) };
    },
  };
  workerTests('redisLog', harness);
  modelTests('redisLog', harness);
});
