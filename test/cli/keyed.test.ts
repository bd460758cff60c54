import { writeFileSync } from 'node:fs';
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
});
