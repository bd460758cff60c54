/** What is lost, what is not: connections cut at every byte of a commit, Redis killed, its file cut, a replica that lags. */
import { readFileSync, statSync, truncateSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRU } from '../../bindings/index.js';
import { type Claim, type KeyedWorker, runKeyed } from '../../bindings/keyed/index.js';
import { type RedisLog, redisLog } from '../../bindings/keyed/redis/index.js';
import { seededRandom } from '../../bindings/random.js';
import { makeEvents, until } from './support/events.js';
import { CuttingProxy } from './support/proxy.js';
import { hasRedis, RedisServer, sayWithout } from './support/redis-server.js';

sayWithout('what happens when connections and servers fail');

const bytes = (value: string) => new TextEncoder().encode(value);

/** The one partition of a log, owned by the test. */
async function claimOf(log: RedisLog): Promise<{ claim: Claim; leave: () => Promise<void> }> {
  let resolve = (_: Claim) => {};
  const promise = new Promise<Claim>((done) => {
    resolve = done;
  });
  const member = await log.join({
    worker: 'w',
    version: '',
    lease: 30_000,
    onClaim: (claim) =>
      new Promise((done) => {
        claim.ending.addEventListener('abort', () => done());
        resolve(claim);
      }),
    onError: (error) => {
      throw error;
    },
  });
  return { claim: await promise, leave: () => member.leave() };
}

describe.runIf(hasRedis)('a connection that is cut', () => {
  let server: RedisServer;
  let proxy: CuttingProxy;
  beforeAll(async () => {
    server = await RedisServer.start();
    proxy = await CuttingProxy.start(server.port);
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  it.each(['there', 'back'] as const)('at every byte of a commit, on the way %s, writes it once', async (way) => {
    const log = redisLog({ url: proxy.url, name: `cut-${way}`, partitions: 1 });
    const direct = redisLog({ url: server.url, name: `cut-${way}`, partitions: 1 });
    const producer = await direct.producer();
    const { claim, leave } = await claimOf(log);
    const history = await direct.history(0);
    let from = claim.offset;
    let length = 1;
    for (let at = 0; at < length; at++) {
      await producer.send([{ key: 'k', value: 'x' }]);
      const [event] = await claim.read(from, 1);
      let cuts = 0;
      let sent = false;
      proxy.cut = (chunk, direction) => {
        if (direction === 'there' && chunk.includes(event.id)) {
          if (way === 'there' && cuts === 0) {
            cuts++;
            length = chunk.length;
            return at;
          }
          sent = true;
          return undefined;
        }
        if (direction === 'back' && way === 'back' && sent && cuts === 0) {
          cuts++;
          length = chunk.length;
          return at;
        }
        return undefined;
      };
      const states = [['k', bytes(String(at))]] as const;
      const results = [{ id: event.id, key: 'k', value: bytes(String(at)) }];
      await claim.commit({ from, to: event.id, events: 1, states, results, dead: [] });
      expect(cuts).toBe(1);
      from = event.id;
    }
    proxy.cut = () => undefined;
    expect(length).toBeGreaterThan(way === 'there' ? 300 : 10);
    const results = await history.results('0-0', 10_000);
    expect(results.map(({ value }) => Number(new TextDecoder().decode(value)))).toEqual(
      Array.from({ length }, (_, i) => i),
    );
    await leave();
    await log.close();
    await direct.close();
  });

  it('in the middle of what a producer sends appends it once', async () => {
    const log = redisLog({ url: proxy.url, name: 'producer', partitions: 1, retain: Number.POSITIVE_INFINITY });
    const producer = await log.producer();
    const random = seededRandom(5);
    let cuts = 0;
    proxy.cut = (chunk) => {
      if (chunk.includes('redis_version') || chunk.includes('info') || random() > 0.15) return undefined;
      cuts++;
      return Math.floor(random() * chunk.length);
    };
    for (let i = 0; i < 40; i++) await producer.send([{ key: 'k', value: String(i) }]);
    proxy.cut = () => undefined;
    expect(cuts).toBeGreaterThan(8);
    const events = await (await log.history(0)).events('0-0', 1000);
    expect(events.map(({ value }) => Number(new TextDecoder().decode(value)))).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    await log.close();
  });

  it('and scripts that were flushed are no matter', async () => {
    const log = redisLog({ url: server.url, name: 'flush', partitions: 1 });
    const producer = await log.producer();
    const { claim, leave } = await claimOf(log);
    let from = claim.offset;
    for (let i = 0; i < 5; i++) {
      await producer.send([{ key: 'k', value: 'x' }]);
      const [event] = await claim.read(from, 1);
      server.cli('SCRIPT', 'FLUSH');
      await claim.commit({ from, to: event.id, events: 1, states: [], results: [], dead: [] });
      from = event.id;
    }
    await leave();
    await log.close();
  });
});

/** A worker on one partition. */
function start(log: RedisLog): KeyedWorker & { stop: AbortController } {
  const stop = new AbortController();
  const model = new GRU({ inputSize: 3, hiddenSize: 8 });
  const worker = runKeyed({ model, log, lease: 4000, signal: stop.signal });
  worker.done.catch(() => {});
  return { ...worker, stop };
}

const LOST = { code: 'HIDDENSTATE_LOST' };

describe.runIf(hasRedis)('a Redis that forgets what it acknowledged', () => {
  it('by a failover to a replica that lags ends the worker and the producer with an error that says what to do', async () => {
    const options = ['--repl-diskless-sync-delay', '0'];
    const master = await RedisServer.start(options);
    const replica = await RedisServer.start(options);
    const between = await CuttingProxy.start(master.port);
    const front = await CuttingProxy.start(master.port);
    replica.cli('REPLICAOF', '127.0.0.1', String(between.port));
    await until(() => replica.cli('INFO', 'replication').includes('master_link_status:up'));
    const log = redisLog({ url: front.url, name: 'failover', partitions: 1 });
    const producer = await log.producer({ name: 'source' });
    const worker = start(log);
    const events = makeEvents(400, 10, 3, 1);
    await producer.send(events.slice(0, 200));
    await until(() => worker.metrics.events === 200);
    await until(() => replica.cli('HGET', '{failover:0:0}:meta', 'events') === '200');
    // From here on the replica hears nothing; the master goes on and acknowledges.
    between.stalled = true;
    await producer.send(events.slice(200, 300));
    await until(() => worker.metrics.events === 300);
    replica.cli('REPLICAOF', 'NO', 'ONE');
    await master.kill();
    front.target = replica.port;
    front.cutAll();
    await expect(producer.send(events.slice(300))).rejects.toMatchObject(LOST);
    await expect(worker.done).rejects.toMatchObject(LOST);
    await expect(worker.done).rejects.toThrow(
      /partition 0: got offset \S+, expected at least \S+, which was acknowledged\. Redis has lost .* Stop all workers, send the events .* again/,
    );
    // What to do: send again from where the log is, start anew.
    const after = redisLog({ url: front.url, name: 'failover' });
    const again = await after.producer({ name: 'source' });
    expect(again.resumeAfter).toBe(200);
    await again.send(events.slice(again.resumeAfter));
    replica.cli('DEL', '{failover:0:0}:lease');
    const next = start(after);
    await until(() => next.metrics.events === 200);
    next.stop.abort();
    await next.done;
    expect(await (await after.history(0)).results('0-0', 1000)).toHaveLength(400);
    await log.close();
    await after.close();
    for (const each of [front, between]) await each.stop();
    for (const each of [master, replica]) await each.stop();
  });

  it('by an append-only file that was cut ends the worker with an error; without a cut nothing is lost', async () => {
    const server = await RedisServer.start(['--appendonly', 'yes', '--appendfsync', 'always']);
    const log = redisLog({ url: server.url, name: 'aof', partitions: 1 });
    const producer = await log.producer({ name: 'source' });
    const worker = start(log);
    const events = makeEvents(600, 10, 3, 1);
    await producer.send(events.slice(0, 200));
    await until(() => worker.metrics.events === 200);
    await server.kill();
    await server.up();
    await producer.send(events.slice(200, 400));
    await until(() => worker.metrics.events === 400);
    await server.kill();
    const file = server.appendOnlyFile();
    truncateSync(file, statSync(file).size - 500);
    await server.up();
    await producer.send(events.slice(400)).catch((error) => expect(error).toMatchObject(LOST));
    await expect(worker.done).rejects.toMatchObject(LOST);
    await log.close();
    await server.stop();
  });

  it('by half a transaction, which Redis 7.0 runs when it reads a cut file for the second time, is found and ends the worker', async () => {
    const options = ['--appendonly', 'yes', '--appendfsync', 'always', '--aof-load-truncated', 'yes'];
    const server = await RedisServer.start(options);
    const first = redisLog({ url: server.url, name: 'torn', partitions: 1 });
    const worker = start(first);
    const events = makeEvents(300, 10, 3, 1);
    await (await first.producer({ name: 'source' })).send(events.slice(0, 100));
    await until(() => worker.metrics.events === 100);
    worker.stop.abort();
    await worker.done;
    await server.kill();
    const file = server.appendOnlyFile();
    // Within a result of the last commit.
    const bytes = readFileSync(file);
    truncateSync(file, bytes.lastIndexOf('{torn:0:0}:out') + 20);
    await server.up();
    // The half that is left in the file waits for the EXEC of somebody else.
    const between = redisLog({ url: server.url, name: 'torn' });
    await (await between.producer({ name: 'source' })).send(events);
    await server.kill();
    await server.up();
    const log = redisLog({ url: server.url, name: 'torn' });
    const torn =
      Number(server.cli('HGET', '{torn:0:0}:meta', 'begun')) !== Number(server.cli('HGET', '{torn:0:0}:meta', 'done'));
    const next = start(log);
    if (torn) await expect(next.done).rejects.toThrow(/Redis has done half a transaction.*redis-check-aof --fix/);
    else {
      // A Redis that does better.
      await until(() => next.metrics.events > 0);
      next.stop.abort();
      await next.done;
    }
    for (const each of [first, between, log]) await each.close();
    await server.stop();
  });
});
