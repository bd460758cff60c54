import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GRU, Linear, Sequential } from '../../bindings/index.js';
import { redisLog } from '../../bindings/keyed/redis/index.js';
import { until } from '../keyed/support/events.js';
import { hasRedis, RedisServer, sayWithout } from '../keyed/support/redis-server.js';
import { hiddenstate, startHiddenstate, temporaryFolder } from './cli.js';

sayWithout('hiddenstate keyed');

describe('hiddenstate keyed refuses', () => {
  test.each([
    [['keyed'], 'no ACTION given; see "hiddenstate help keyed"'],
    [['keyed', 'walk'], 'got "walk", expected one of run, status, replay, partitions'],
    [['keyed', 'run'], 'no --name given; name a log, as in --name sensors'],
    [['keyed', 'run', '--name', 'a{b'], /name: got "a\{b", expected 1 to 100 characters without braces/],
    [['keyed', 'run', '--name', 'x'], 'no --model given; name a file, as in --model m.safetensors'],
    [['keyed', 'run', '--name', 'x', '--model', 'none.safetensors'], 'none.safetensors: no such file or folder'],
    [['keyed', 'run', '--name', 'x', '--redis', 'localhost'], /url: got "localhost", expected redis:\/\/host:port/],
    [['keyed', 'run', '--name', 'x', '--states', 'burn'], '--states: got "burn", expected one of refuse, keep, reset'],
    [['keyed', 'replay', '--name', 'x'], 'no --key given; name the key to compute again'],
    [['keyed', 'partitions', '--name', 'x'], 'no --to given; say how many partitions there shall be, as in --to 32'],
  ])('%j', (args, message) => {
    const { code, stderr, stdout } = hiddenstate(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')).toHaveLength(2);
    expect(stderr).toMatch(message);
  });
});

/** A server that answers what it is told to. */
async function serverOf(answer: (data: string) => string | undefined): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const text = answer(String(data));
      if (text !== undefined) socket.write(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** An old Redis, as far as it is asked: the version of INFO, and no command that is newer. */
function oldRedis(data: string): string {
  const info = 'redis_version:5.0.7\r\nloading:0\r\n';
  const commands = [...data.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)];
  return commands
    .map(([, name]) => (/info/i.test(name) ? `$${info.length}\r\n${info}\r\n` : '-ERR unknown command\r\n'))
    .join('');
}

describe('hiddenstate keyed without a Redis that it can use', () => {
  const file = temporaryFolder();
  const servers: { close(): void }[] = [];
  const redis: RedisServer[] = [];
  const where: Record<string, string> = {
    'nothing listens': 'redis://127.0.0.1:1',
    'no such host': 'redis://no-such-host.invalid',
  };
  const model = file('m.safetensors');
  beforeAll(async () => {
    writeFileSync(model, new Sequential([new GRU({ inputSize: 1, hiddenSize: 1 })]).save());
    const kinds = {
      'no answer': () => undefined,
      'not Redis': () => 'HTTP/1.1 400 Bad Request\r\n\r\n',
      'too old': oldRedis,
    };
    for (const [kind, answer] of Object.entries(kinds)) {
      const server = await serverOf(answer);
      servers.push(server);
      where[kind] = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }
    if (!hasRedis) return;
    const locked = await RedisServer.start(['--requirepass', 'secret']);
    const cluster = await RedisServer.start(['--cluster-enabled', 'yes']);
    redis.push(locked, cluster);
    where['wrong password'] = `redis://:guessed@127.0.0.1:${locked.port}`;
    where['no password'] = locked.url;
    where['no such database'] = `redis://:secret@127.0.0.1:${locked.port}/99`;
    where['cluster down'] = cluster.url;
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    for (const server of redis) await server.stop();
  });

  const got: readonly (readonly [kind: string, message: RegExp, needsRedis: boolean])[] = [
    [
      'nothing listens',
      /got connect ECONNREFUSED .* for 5 s, expected a Redis that answers; .* start redis-server/,
      false,
    ],
    ['no such host', /got getaddrinfo (ENOTFOUND|EAI_AGAIN) .*; no such host is known: mend the name/, false],
    ['no answer', /got no answer from 127\.0\.0\.1:\d+ for 5 s, .*; something else listens there, a firewall/, false],
    ['not Redis', /got Protocol error.*; something else than Redis listens there: give the address of Redis/, false],
    ['too old', /got version 5\.0\.7 from Redis at .*, expected Redis 6\.2 or later, or Valkey/, false],
    ['wrong password', /got WRONGPASS .*, expected a user and a password that it takes, as in redis:\/\/user/, true],
    ['no password', /got NOAUTH .*, expected a user and a password that it takes/, true],
    ['no such database', /got ERR DB index is out of range .*, expected .*its database included/, true],
    ['cluster down', /got CLUSTERDOWN .* for 5 s, .*; its cluster has slots that no node serves/, true],
  ];
  const actions = [
    ['status'],
    ['run', '--model', model],
    ['replay', '--key', 'k', '--model', model],
    ['partitions', '--to', '3'],
  ];
  test.each(got.filter(([, , needsRedis]) => hasRedis || !needsRedis))(
    '%s',
    async (kind, message) => {
      const ends = actions.map(async (action) => {
        const child = startHiddenstate(['keyed', ...action, '--name', 'x', '--redis', where[kind]]);
        let said = '';
        for (const output of [child.stdout, child.stderr]) output.on('data', (data) => (said += data));
        const code = await new Promise((resolve) => child.once('close', resolve));
        return { code, said };
      });
      for (const { code, said } of await Promise.all(ends)) {
        expect(said).toMatch(message);
        expect(said).toMatch(/^hiddenstate keyed: redisLog "x": .*\n$/);
        expect(said).not.toContain('guessed');
        expect(code).toBe(2);
      }
    },
    30_000,
  );
});

describe.runIf(hasRedis)('hiddenstate keyed', () => {
  const file = temporaryFolder();
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  test('runs a worker, shows how it does, computes a key again, changes partitions and stops', async () => {
    const model = file('m.safetensors');
    const layers = [
      new GRU({ inputSize: 2, hiddenSize: 4, seed: 1 }),
      new Linear({ inFeatures: 4, outFeatures: 1, seed: 2 }),
    ];
    writeFileSync(model, new Sequential(layers).save());
    const where = ['--redis', server.url, '--name', 'sensors'];
    const computed = ['--model', model, '--values', 'json'];
    const worker = startHiddenstate([
      'keyed',
      'run',
      ...where,
      ...computed,
      '--partitions',
      '4',
      '--retain',
      'all',
      '--metrics-port',
      '0',
    ]);
    const lines: Record<string, unknown>[] = [];
    worker.stderr.on('data', (data) => {
      for (const line of String(data).trim().split('\n')) lines.push(JSON.parse(line));
    });
    const gone = new Promise<number | null>((resolve) => worker.once('exit', resolve));
    await until(() => lines.filter(({ event }) => event === 'claimed').length === 4);
    const log = redisLog({ url: server.url, name: 'sensors' });
    const producer = await log.producer();
    await producer.send(
      Array.from({ length: 100 }, (_, i) => ({ key: `k${i % 10}`, value: JSON.stringify([i, 0.5]) })),
    );
    await until(async () => (await log.status()).partitions.every(({ lag }) => lag === 0));

    const port = lines.find(({ event }) => event === 'started')?.metricsPort;
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('# TYPE hiddenstate_keyed_events_total counter');
    expect(metrics).toContain('hiddenstate_keyed_events_total{log="sensors"} 100');
    expect(metrics).toContain('hiddenstate_keyed_partitions{log="sensors"} 4');
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);

    const status = JSON.parse(hiddenstate(['keyed', 'status', ...where, '--json']).stdout);
    expect(status).toMatchObject({ name: 'sensors', workers: [expect.any(String)] });
    expect(status.partitions).toHaveLength(4);
    const table = hiddenstate(['keyed', 'status', ...where]).stdout;
    expect(table).toMatch(
      /^sensors: 1 worker, model version [0-9a-f]{12}\n10 keys, 0 events wait, 0 events\/s\npartition {2}owner/,
    );

    const again = hiddenstate(['keyed', 'replay', ...where, ...computed, '--key', 'k3']);
    expect([again.code, again.stderr]).toEqual([0, '']);
    expect(again.stdout).toBe(
      '"k3": 10 events computed again; the state has the same bits; 0 of 10 results in the log differ\n',
    );
    const other = file('other.safetensors');
    writeFileSync(
      other,
      new Sequential([
        new GRU({ inputSize: 2, hiddenSize: 4, seed: 9 }),
        new Linear({ inFeatures: 4, outFeatures: 1, seed: 2 }),
      ]).save(),
    );
    const different = hiddenstate(['keyed', 'replay', ...where, '--model', other, '--values', 'json', '--key', 'k3']);
    expect(different.code).toBe(1);
    expect(different.stderr).toMatch(/bits differ from event \d+-\d+ on/);

    const changed = hiddenstate(['keyed', 'partitions', ...where, '--to', '6']);
    expect([changed.code, changed.stderr.trim()]).toEqual([0, 'sensors: 4 partitions became 6']);
    await until(() => lines.filter(({ event }) => event === 'claimed').length === 10);

    const began = performance.now();
    worker.kill('SIGTERM');
    expect(await gone).toBe(0);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(lines.map(({ event }) => event)).toContain('stopping');
    expect(lines.at(-1)).toMatchObject({ event: 'stopped', events: 100 });
    await log.close();
  });

  test('says that Redis has gone and that it is back, goes on, and stops within a second while it is gone', async () => {
    const model = file('gone.safetensors');
    writeFileSync(model, new Sequential([new GRU({ inputSize: 1, hiddenSize: 1 })]).save());
    const away = await RedisServer.start(['--appendonly', 'yes', '--appendfsync', 'always']);
    const where = ['--redis', away.url, '--name', 'away', '--partitions', '1'];
    const worker = startHiddenstate(['keyed', 'run', ...where, '--model', model]);
    const lines: { event: string; message: string; events?: number }[] = [];
    worker.stderr.on('data', (data) => {
      for (const line of String(data).trim().split('\n')) lines.push(JSON.parse(line));
    });
    const gone = new Promise<number | null>((resolve) => worker.once('exit', resolve));
    const said = (event: string) => lines.filter((line) => line.event === event);
    await until(() => said('claimed').length === 1, 20_000);
    const told: string[] = [];
    const log = redisLog({ url: away.url, name: 'away', onNotice: ({ event }) => told.push(event) });
    const producer = await log.producer();
    const event = { key: 'k', value: new Uint8Array(4) };
    await producer.send([event]);
    await away.kill();
    await until(() => said('retrying').length === 1);
    expect(said('retrying')[0].message).toMatch(
      /^cannot reach Redis at 127\.0\.0\.1:\d+ since \d{4}-\S+Z: .*ECONN.*; retrying$/,
    );
    const sending = producer.send([event]);
    await expect(log.status()).rejects.toThrow(/got connect ECONNREFUSED/);
    await away.up();
    await sending;
    await until(() => said('reached').length === 1);
    expect(said('reached')[0].message).toMatch(/^Redis at 127\.0\.0\.1:\d+ answers again after [\d.]+ s$/);
    await until(async () => (await log.status()).partitions[0].events === 2, 20_000);
    await away.kill();
    await until(() => said('retrying').length === 2);
    await until(() => told.length === 3);
    expect(told).toEqual(['retrying', 'reached', 'retrying']);
    const began = performance.now();
    worker.kill('SIGTERM');
    expect(await gone).toBe(0);
    expect(performance.now() - began).toBeLessThan(1500);
    expect(lines.at(-1)).toMatchObject({ event: 'stopped' });
    await log.close();
    await away.stop();
  }, 60_000);

  test.each([
    [['status', '--name', 'none'], 'redisLog "none": got a name without a log, expected one that a worker'],
    [['partitions', '--name', 'none', '--to', '3'], 'redisLog "none": got a name without a log, expected one that'],
    [['replay', '--name', 'none', '--key', 'k'], 'redisLog "none": got a name without a log, expected one that'],
    [['run', '--name', 'none', '--lease', '5'], '--lease: got "5", expected an integer of at least 100'],
  ])('with a Redis refuses %j, and makes no log', ([action, ...args], message) => {
    const model = file('refused.safetensors');
    writeFileSync(model, new Sequential([new GRU({ inputSize: 1, hiddenSize: 1 })]).save());
    const own = action === 'run' || action === 'replay' ? ['--model', model] : [];
    const { code, stderr } = hiddenstate(['keyed', action, ...args, '--redis', server.url, ...own]);
    expect(stderr).toMatch(/^.*\n$/);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(server.cli('EXISTS', '{none}:config')).toBe('0');
  });

  test('logs what ends a worker as JSON too', async () => {
    const model = file('failed.safetensors');
    writeFileSync(model, new Sequential([new GRU({ inputSize: 1, hiddenSize: 1 })]).save());
    server.cli('SET', '{failed:0:0}:out', 'text');
    const { code, stderr } = hiddenstate([
      'keyed',
      'run',
      '--redis',
      server.url,
      '--name',
      'failed',
      '--partitions',
      '1',
      '--model',
      model,
    ]);
    expect(code).toBe(2);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({
      event: 'failed',
      code: 'HIDDENSTATE_DATA',
      message: expect.stringMatching(/got a string, expected a stream/),
    });
  });
});
