import type { OpenedModel } from 'hiddenstate/files';
import type { Feed } from './feeds.js';
import type { Raced } from './messages.js';
import { openRival } from './rival.js';

/** Runs that are compared before anything is timed, and rounds of the race. */
const COMPARED = 10;
const ROUNDS = 7;
const BURST_MILLISECONDS = 30;
/** Sums in another order than ours may differ by so much. */
const TOLERANCE = 1e-3;

type Feeds = Readonly<Record<string, Feed>>;

/** Both run the same file on the same numbers; only when their outputs agree are they timed, by turns, one thread each. */
export async function race(model: OpenedModel, bytes: Uint8Array, feeds: Feeds, place: string): Promise<Raced> {
  const rival = await openRival(place, bytes, feeds);
  let difference = 0;
  for (let i = 0; i < COMPARED; i++) {
    const own = model.run(feeds);
    const other = await rival();
    for (const [name, tensor] of Object.entries(own)) {
      const values = tensor.data as ArrayLike<number | bigint>;
      for (let at = 0; at < values.length; at++)
        difference = Math.max(difference, Math.abs(Number(values[at]) - Number(other[name].data[at])));
    }
  }
  if (!(difference < TOLERANCE))
    throw new Error(`the outputs differ by ${difference.toPrecision(3)}, so nothing was timed`);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await burst(async () => void model.run(feeds)));
    theirs.push(await burst(async () => void (await rival())));
  }
  return { difference, runs: COMPARED, ours: median(ours), theirs: median(theirs) };
}

/** Microseconds of one call. */
async function burst(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  let calls = 0;
  do {
    await work();
    calls++;
  } while (performance.now() - start < BURST_MILLISECONDS);
  return ((performance.now() - start) / calls) * 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
