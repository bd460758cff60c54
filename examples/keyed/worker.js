/** A worker: `node worker.js REDIS_URL`. Start as many as you like, on as many machines as reach Redis. */
import { runKeyed } from 'hiddenstate/keyed';
import { redisLog } from 'hiddenstate/keyed/redis';
import { Forecaster } from './forecaster.js';

const log = redisLog({ url: process.argv[2], name: 'jobs', partitions: 8, retain: Number.POSITIVE_INFINITY });
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const text = new TextDecoder();
const worker = runKeyed({
  model: new Forecaster(),
  log,
  lease: 1000,
  lanes: 64,
  encode: ({ value }) => {
    const { month, jobs } = JSON.parse(text.decode(value));
    return { x: [jobs, Number(month.slice(5, 7)) - 1] };
  },
  decode: ([expected, forecast, score], { value }) => ({
    ...JSON.parse(text.decode(value)),
    expected,
    forecast,
    score,
  }),
  signal: stop.signal,
});
await worker.done;
await log.close();
