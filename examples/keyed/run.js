/**
 * All of it on one machine: a Redis of its own, a producer, two workers, of which one is killed on the way, and a reader.
 *
 *   npm install ioredis && node examples/keyed/run.js
 *
 * With a URL it uses the Redis that is there: node examples/keyed/run.js redis://localhost:6379
 */
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEvents } from './data.js';

const events = readEvents();
let [, , url] = process.argv;
let stopRedis = () => {};
if (!url) {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-example-'));
  const server = spawn('redis-server', ['--port', String(port), '--dir', folder, '--save', ''], { stdio: 'ignore' });
  server.on('error', () => {
    console.error('redis-server is not installed: apt install redis-server, or give the URL of a Redis');
    process.exit(2);
  });
  stopRedis = () => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  url = `redis://127.0.0.1:${port}`;
}
const start = (name, ...args) => fork(new URL(name, import.meta.url), [url, ...args]);
const ended = (child) => new Promise((resolve) => child.once('exit', resolve));

const [first, second] = [start('worker.js'), start('worker.js')];
const reader = start('reader.js', String(events.length));
const producer = start('producer.js');
const done = [ended(first), ended(second), ended(producer)];
// Without workers nobody waits for results.
Promise.all(done.slice(0, 2)).then(() => reader.kill());
setTimeout(() => {
  console.log('(one of the two workers is killed; the other goes on with its keys)');
  first.kill('SIGKILL');
}, 700);
process.exitCode = (await ended(reader)) ?? 1;
second.kill('SIGTERM');
await Promise.all(done);
stopRedis();

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
