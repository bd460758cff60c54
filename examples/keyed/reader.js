/** Reads the results and prints the anomalies: `node reader.js REDIS_URL COUNT`. Ends after so many results. */
import { redisLog } from 'hiddenstate/keyed/redis';

const [, , url, count] = process.argv;
const log = redisLog({ url, name: 'jobs' });
const stop = new AbortController();
const text = new TextDecoder();
let seen = 0;
let anomalies = 0;
for await (const { results } of log.results({ group: 'alarms', signal: stop.signal })) {
  for (const { key, value } of results) {
    const { month, jobs, expected, score } = JSON.parse(text.decode(value));
    if (score > 5) {
      anomalies++;
      console.log(
        `${month.slice(0, 7)}  ${key}: ${jobs} thousand jobs, expected ${expected.toFixed(1)} (${score.toFixed(1)} standard deviations)`,
      );
    }
  }
  seen += results.length;
  if (seen >= Number(count)) stop.abort();
}
console.log(`${seen} results, ${anomalies} anomalies`);
await log.close();
