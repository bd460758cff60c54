/** Jobs in 22 sectors of the US, month by month from 2006 to 2015 (Bureau of Labor Statistics, by way of vega-datasets): one event for a sector and a month. */
import { readFileSync } from 'node:fs';

/** Events in the order in which they happened: `{ key, month, jobs }`, jobs in thousands. */
export function readEvents() {
  const path = new URL('../../node_modules/vega-datasets/data/us-employment.csv', import.meta.url);
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  // The last column is a change, not a sector.
  const sectors = header.split(',').slice(1, -1);
  return lines.flatMap((line) => {
    const [month, ...jobs] = line.split(',');
    return sectors.map((key, i) => ({ key, month, jobs: Number(jobs[i]) }));
  });
}
