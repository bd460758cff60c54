/** A cluster of three nodes: partitions lie on different nodes, and every script finds all its keys on one. */
import { execFileSync } from 'node:child_process';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisLog } from '../../bindings/keyed/redis/index.js';
import { contract } from './contract.js';
import { until } from './support/events.js';
import { hasRedis, RedisServer, sayWithout } from './support/redis-server.js';

sayWithout('the log in a Redis cluster');

describe.runIf(hasRedis)('with a cluster', () => {
  const nodes: RedisServer[] = [];
  let counter = 0;
  beforeAll(async () => {
    const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
    for (let i = 0; i < 3; i++) nodes.push(await RedisServer.start(options));
    const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
    execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'ignore' });
    await until(() => nodes.every((node) => node.cli('cluster', 'info').includes('cluster_state:ok')), 20_000);
  }, 60_000);
  afterAll(() => Promise.all(nodes.map((node) => node.stop())));

  const ends: (() => void)[] = [];
  contract('in a cluster, by ioredis', {
    lease: 1000,
    open: async (partitions, { retain = false } = {}) => {
      const make = () => new Cluster(nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
      const options = { name: `io-${counter++}`, partitions, retain: retain ? Number.POSITIVE_INFINITY : 0 };
      const [log, again] = [make(), make()].map((client) => {
        ends.push(() => client.disconnect());
        return redisLog({ client, ...options });
      });
      return { log, again };
    },
    close: async () => {
      for (const end of ends.splice(0)) end();
    },
  });

  contract('in a cluster, by redis', {
    lease: 1000,
    open: async (partitions, { retain = false } = {}) => {
      const make = async () => {
        const client = createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) });
        await client.connect();
        ends.push(() => client.destroy());
        return client;
      };
      const options = { name: `node-${counter++}`, partitions, retain: retain ? Number.POSITIVE_INFINITY : 0 };
      const [client, other] = [await make(), await make()];
      return { log: redisLog({ client, ...options }), again: redisLog({ client: other, ...options }) };
    },
    close: async () => {
      for (const end of ends.splice(0)) end();
    },
  });

  it('spreads its partitions over the nodes', () => {
    const counts = nodes.map((node) => Number(node.cli('dbsize')));
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});
