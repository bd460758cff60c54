/** Sends the events: `node producer.js REDIS_URL`. Goes on where it stopped, if it is started again. */
import { redisLog } from 'hiddenstate/keyed/redis';
import { readEvents } from './data.js';

const log = redisLog({ url: process.argv[2], name: 'jobs', partitions: 8, retain: Number.POSITIVE_INFINITY });
const producer = await log.producer({ name: 'us-employment.csv' });
const events = readEvents().map(({ key, ...rest }, i) => ({ key, value: JSON.stringify(rest), sequence: i + 1 }));
for (let at = producer.resumeAfter; at < events.length; at += 24) {
  await producer.send(events.slice(at, at + 24));
  // So that there is something to see.
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await log.close();
