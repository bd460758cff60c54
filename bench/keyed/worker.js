/** A worker of the benchmark, in a process of its own: `node worker.js URL NAME OPTIONS`, options as JSON. Reports each second. */
import { createEngine, GRU } from '../../dist/index.js';
import { runKeyed } from '../../dist/keyed.js';
import { redisLog } from '../../dist/keyed-redis.js';

const [url, name, json = '{}'] = process.argv.slice(2);
const { inputSize = 16, hiddenSize = 128, ...options } = JSON.parse(json);
const model = new GRU({ inputSize, hiddenSize, seed: 1, engine: createEngine({ simd: 'baseline' }) });
const stop = new AbortController();
const log = redisLog({ url, name });
const worker = runKeyed({ model, log, lanes: 8192, signal: stop.signal, ...options });
const report = () => {
  const { rss } = process.memoryUsage();
  process.send?.({ ...worker.metrics, rss, cpu: process.cpuUsage() });
};
const timer = setInterval(report, 100);
process.on('message', () => stop.abort());
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => stop.abort());
await worker.done;
clearInterval(timer);
report();
await log.close();
process.disconnect?.();
