/** A planned failover by Sentinel: workers and producers follow the new master, and nothing is lost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRU } from '../../bindings/index.js';
import { runKeyed } from '../../bindings/keyed/index.js';
import { type RedisClient, redisLog } from '../../bindings/keyed/redis/index.js';
import { expectedOutputs, makeEvents, until } from './support/events.js';
import { freePort, hasRedis, RedisServer, sayWithout } from './support/redis-server.js';

sayWithout('the log behind Redis Sentinel');

describe.runIf(hasRedis)('behind Sentinel', () => {
  let servers: RedisServer[];
  let sentinel: ChildProcess;
  let port: number;
  const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-sentinel-'));
  const ask = async (...command: [string, ...string[]]) => {
    const client = new Redis(port, { lazyConnect: true });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.call(...command)) as string[];
    } finally {
      client.disconnect();
    }
  };

  beforeAll(async () => {
    const options = ['--repl-diskless-sync-delay', '0'];
    servers = [await RedisServer.start(options), await RedisServer.start(options)];
    servers[1].cli('REPLICAOF', '127.0.0.1', String(servers[0].port));
    await until(() => servers[1].cli('INFO', 'replication').includes('master_link_status:up'), 20_000);
    port = await freePort();
    const config = join(folder, 'sentinel.conf');
    writeFileSync(
      config,
      `port ${port}\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 ${servers[0].port} 1\n` +
        'sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 5000\n',
    );
    sentinel = spawn('redis-server', [config, '--sentinel'], { stdio: 'ignore', cwd: folder });
    await until(async () => (await ask('SENTINEL', 'replicas', 'main').catch(() => [])).length === 1, 20_000);
  }, 60_000);
  afterAll(async () => {
    sentinel.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    for (const server of servers) await server.stop();
  });

  it('a planned failover loses nothing, with either client', async () => {
    const ioredis = new Redis({ sentinels: [{ host: '127.0.0.1', port }], name: 'main', maxRetriesPerRequest: null });
    ioredis.on('error', () => {});
    const nodeRedis = createSentinel({
      name: 'main',
      sentinelRootNodes: [{ host: '127.0.0.1', port }],
      scanInterval: 500,
    });
    nodeRedis.on('error', () => {});
    await nodeRedis.connect();
    const clients: RedisClient[] = [ioredis, nodeRedis];
    const model = new GRU({ inputSize: 3, hiddenSize: 8, seed: 1 } as never);
    const stop = new AbortController();
    const logs = clients.map((client) => redisLog({ client, name: 'sentinel', partitions: 4, timeout: 1000 }));
    await logs[0].partitions();
    const workers = logs.map((log) => runKeyed({ model, log, signal: stop.signal, lease: 2000 }));
    const events = makeEvents(3000, 60, 3, 5);
    const producer = await logs[0].producer();
    await producer.send(events.slice(0, 1500));
    await until(() => workers[0].metrics.events + workers[1].metrics.events === 1500);
    // What the replica does not have yet, a failover loses: redis-loss.test.ts shows it. The stream of writes keeps its order.
    await ioredis.set('mark', '1');
    expect(await ioredis.wait(1, 10_000)).toBe(1);
    const before = await ask('SENTINEL', 'get-master-addr-by-name', 'main');
    await ask('SENTINEL', 'failover', 'main');
    await until(async () => (await ask('SENTINEL', 'get-master-addr-by-name', 'main'))[1] !== before[1], 20_000);
    await producer.send(events.slice(1500));
    await until(async () => (await logs[0].status()).partitions.every(({ lag }) => lag === 0), 20_000);
    stop.abort();
    await Promise.all(workers.map(({ done }) => done));
    const expected = expectedOutputs(model, events);
    const found = new Map<string, Float32Array[]>();
    for (let p = 0; p < 4; p++) {
      for (const { key, value } of await (await logs[0].history(p)).results('0-0', 10_000)) {
        found.set(key, [...(found.get(key) ?? []), new Float32Array(value.slice().buffer)]);
      }
    }
    expect(found).toEqual(expected);
    ioredis.disconnect();
    nodeRedis.destroy();
  }, 90_000);
});
