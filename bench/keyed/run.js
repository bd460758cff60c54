/**
 * What a keyed worker on Redis does: events a second, delay, takeover, bytes a key, memory under a million keys. Starts its own
 * redis-server on the first core; workers run on the second. Prints a table, keeps the figures in bench/results/keyed.json.
 *
 *   npm run bench:keyed             all of it, about two minutes
 *   npm run bench:keyed -- speed    one part: speed, delay, takeover, bytes or keys
 */
import { fork, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { partitionOf } from '../../dist/keyed.js';
import { redisLog } from '../../dist/keyed-redis.js';

const INPUT = 16;
const PARTITIONS = 4;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-bench-'));
const port = 20_000 + (process.pid % 20_000);
const url = `redis://127.0.0.1:${port}`;
const onCore = (core, command, args) =>
  cpus().length > 1 ? ['taskset', ['-c', String(core), command, ...args]] : [command, args];
const server = spawn(...onCore(0, 'redis-server', ['--port', String(port), '--dir', folder, '--save', '']), {
  stdio: 'ignore',
});
await sleep(500);
const redis = new Redis(url);

/** Appends events as fast as Redis takes them: prepared, so that little of it is left to do beside a measurement. */
async function append(name, keys, count, { hot = 0, offset = 0 } = {}) {
  let pipeline = redis.pipeline();
  for (let i = 0; i < count; i++) {
    const n = hot && i % 2 ? i % hot : (i + offset) % keys;
    const key = `sensor-${n}`;
    const x = new Float32Array(INPUT).fill(Math.sin(i));
    pipeline.xadd(`{${name}:0:${partitionOf(key, PARTITIONS)}}:in`, '*', 'k', key, 'v', Buffer.from(x.buffer));
    if (pipeline.length === 2000) {
      await pipeline.exec();
      pipeline = redis.pipeline();
    }
  }
  await pipeline.exec();
}

function startWorker(name, options = {}) {
  const child = fork(new URL('worker.js', import.meta.url), [url, name, JSON.stringify(options)]);
  if (cpus().length > 1) spawn('taskset', ['-a', '-cp', '1', String(child.pid)], { stdio: 'ignore' });
  const worker = { child, last: undefined, gone: new Promise((resolve) => child.once('exit', resolve)) };
  child.on('message', (metrics) => {
    worker.last = metrics;
  });
  return worker;
}

async function newLog(name) {
  const log = redisLog({ url, name, partitions: PARTITIONS });
  await log.partitions();
  return log;
}

async function until(what) {
  while (!(await what())) await sleep(10);
}

async function stop(worker) {
  if (worker.child.connected) worker.child.send('stop');
  await worker.gone;
}

/** Seconds of a core that Redis has used, the worker's commands alone beside it. */
async function redisSeconds() {
  const info = await redis.info('cpu');
  const of = (name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)[1]);
  return of('used_cpu_user') + of('used_cpu_sys');
}

/** Events a second of one worker that finds more than it can take. */
async function speed(options = {}) {
  const name = `speed-${Math.random().toString(36).slice(2)}`;
  const log = await newLog(name);
  const count = 300_000;
  await append(name, 4000, count);
  const worker = startWorker(name, options);
  await until(() => worker.last?.events > count * 0.2);
  const [began, first, used] = [performance.now(), worker.last, await redisSeconds()];
  await until(() => worker.last.events > count * 0.9);
  const rate = (worker.last.events - first.events) / (performance.now() - began);
  const redisBusy = (((await redisSeconds()) - used) * 1000) / (performance.now() - began);
  const busy =
    (worker.last.cpu.user - first.cpu.user + worker.last.cpu.system - first.cpu.system) /
    1000 /
    (performance.now() - began);
  await stop(worker);
  await log.close();
  await redis.flushall();
  return {
    'events/s': Math.round(rate * 1000),
    'core of the worker': `${Math.round(busy * 100)} %`,
    'core of Redis': `${Math.round(redisBusy * 100)} %`,
    'events a call': Math.round(worker.last.events / worker.last.rounds),
  };
}

/** Milliseconds from an event in the log to its result, by Redis's clock, at a steady rate. */
async function delay(rate = 4000, seconds = 10) {
  const name = 'delay';
  const log = await newLog(name);
  const worker = startWorker(name);
  await sleep(1500);
  await append(name, 4000, 4000);
  await sleep(1000);
  await redis.del(...Array.from({ length: PARTITIONS }, (_, p) => `{${name}:0:${p}}:out`));
  const began = performance.now();
  for (let sent = 0; sent < rate * seconds; ) {
    const due = Math.min(rate * seconds, Math.floor(((performance.now() - began) / 1000) * rate));
    if (due > sent) await append(name, 4000, due - sent, { offset: sent });
    sent = Math.max(sent, due);
    await sleep(2);
  }
  await sleep(500);
  const delays = [];
  for (let p = 0; p < PARTITIONS; p++) {
    for (const { id, position } of await (await log.history(p)).results('0-0', 1e6)) {
      delays.push(Number(position.split('-')[0]) - Number(id.split('-')[0]));
    }
  }
  await stop(worker);
  await log.close();
  await redis.flushall();
  delays.sort((a, b) => a - b);
  const at = (q) => delays[Math.floor(q * (delays.length - 1))];
  return {
    'events/s': rate,
    results: delays.length,
    'median ms': at(0.5),
    'p99 ms': at(0.99),
    'most ms': delays.at(-1),
  };
}

/** Milliseconds until another worker writes results of the partitions of one that ends. */
async function takeover(lease, how) {
  const name = `takeover-${how}-${lease}`;
  const log = await newLog(name);
  const [one, two] = [startWorker(name, { lease }), startWorker(name, { lease })];
  await until(() => one.last?.partitions === 2 && two.last?.partitions === 2);
  // Both have worked for a while, and go on at 4,000 events a second.
  await append(name, 400, 20_000);
  await until(() => one.last.events + two.last.events === 20_000);
  let flowing = true;
  const flow = (async () => {
    for (let at = 0; flowing; at += 80) {
      await append(name, 400, 80, { offset: at });
      await sleep(20);
    }
  })();
  await sleep(1000);
  const owned = two.last.partitions;
  const began = performance.now();
  if (how === 'SIGKILL') one.child.kill('SIGKILL');
  else one.child.send('stop');
  let taken = 0;
  // An event for each partition shows who works: all four are taken when all four move.
  const start = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, p) => redis.hget(`{${name}:0:${p}}:meta`, 'epoch')),
  );
  const mine = new Set();
  while (mine.size < PARTITIONS - owned) {
    for (let p = 0; p < PARTITIONS; p++) {
      if ((await redis.hget(`{${name}:0:${p}}:meta`, 'epoch')) !== start[p]) mine.add(p);
    }
    await sleep(1);
  }
  taken = performance.now() - began;
  flowing = false;
  await flow;
  await stop(two);
  await one.gone;
  await log.close();
  await redis.flushall();
  return { lease, how, ms: Math.round(taken) };
}

/** Bytes of a key in Redis. */
async function bytes(stateFormat) {
  const name = 'bytes';
  const log = await newLog(name);
  const keys = 20_000;
  const worker = startWorker(name, { stateFormat });
  await append(name, keys, 4 * keys);
  await until(
    async () => (await log.status()).partitions.every(({ lag }) => lag === 0) && worker.last?.events === 4 * keys,
  );
  const { partitions } = await log.status();
  const count = partitions.reduce((sum, part) => sum + part.keys, 0);
  const [key] = (await redis.hscan(`{${name}:0:0}:state`, 0))[1];
  const value = await redis.hstrlen(`{${name}:0:0}:state`, key);
  let memory = 0;
  for (let p = 0; p < PARTITIONS; p++) memory += await redis.memory('USAGE', `{${name}:0:${p}}:state`, 'SAMPLES', 0);
  await stop(worker);
  await log.close();
  await redis.flushall();
  const plain = 512 + key.length;
  return {
    stateFormat,
    'value and key': value + key.length,
    'against 512 and key': ((value + key.length) / plain).toFixed(2),
    'in the memory of Redis': Math.round(memory / count),
  };
}

/** A million keys: what they cost the worker, and the hot ones among them. */
async function keys(count) {
  const name = `keys-${count}`;
  const log = await newLog(name);
  const worker = startWorker(name, { lanes: 8192 });
  const total = Math.max(count, 100_000);
  for (let at = 0; at < total; at += 100_000) {
    await append(name, count, 100_000, { offset: at });
    await until(async () => (await redis.xlen(`{${name}:0:0}:in`)) < 20_000);
  }
  await until(async () => worker.last?.events >= total);
  for (let p = 0; p < PARTITIONS; p++) await redis.del(`{${name}:0:${p}}:out`);
  const stored = (await log.status()).partitions.reduce((sum, part) => sum + part.keys, 0);
  // The hot keys alone: as fast as when there are no others?
  await stop(worker);
  await append(name, 2000, 200_000, { hot: 2000 });
  const again = startWorker(name, { lanes: 8192 });
  await until(() => again.last?.events > 50_000);
  const [began, first] = [performance.now(), again.last.events];
  await until(() => again.last.events > 190_000);
  const rate = (again.last.events - first) / (performance.now() - began);
  await stop(again);
  await log.close();
  await redis.flushall();
  return { keys: stored, 'worker MB': Math.round(worker.last.rss / 2 ** 20), 'hot events/s': Math.round(rate * 1000) };
}

const PARTS = {
  speed: async () => [await speed(), await speed()],
  delay: async () => [await delay()],
  takeover: async () => [
    await takeover(1500, 'SIGKILL'),
    await takeover(3000, 'SIGKILL'),
    await takeover(3000, 'planned'),
    await takeover(3000, 'planned'),
  ],
  bytes: async () => [await bytes('float32'), await bytes('float16'), await bytes('int8')],
  keys: async () => [await keys(10_000), await keys(1_000_000)],
};

const chosen = process.argv.slice(2);
const figures = {};
try {
  for (const [part, run] of Object.entries(PARTS)) {
    if (chosen.length > 0 && !chosen.includes(part)) continue;
    figures[part] = await run();
    console.log(part);
    console.table(figures[part]);
  }
  mkdirSync('bench/results', { recursive: true });
  if (chosen.length === 0) writeFileSync('bench/results/keyed.json', `${JSON.stringify(figures, null, 2)}\n`);
} finally {
  redis.disconnect();
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
