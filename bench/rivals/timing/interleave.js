/**
 * Times contenders against each other as `interleave` of the library's own measure module does (bursts in turn, there and
 * back again, medians), with what rivals need besides: calls that are awaited, a word before each burst, and few rounds for
 * those that are slow. Every burst begins with one untimed call, so that it does not pay for the caches of its neighbour.
 */

/** Longer than this, and one call is a burst and a warm-up too. */
const SLOW = 400;
/** Longer than this, and the call that was made to check the output is the measurement. */
const ONCE = 2000;
const MOST_ROUNDS = 31;
const LEAST_ROUNDS_SLOW = 3;

/**
 * @param entries `{ id, run, isAsync?, startsSlowly?, prepare?, scale?, first }`: scale multiplies the times found, for runs that are a
 *   fraction of the work; first is how many milliseconds the first call took
 * @returns for each id `{ median, rounds, samples }` in microseconds a run; a sample of a round that was left out is null
 */
export async function interleave(entries, pace) {
  const { seconds, leastRounds } = pace;
  const share = (seconds * 1000) / entries.length;
  const racers = [];
  for (const entry of entries) {
    const { repeats, elapsed } = await calibrate(entry, pace);
    racers.push({ entry, repeats, rounds: roundsOf(entry, elapsed, share, leastRounds), samples: [] });
  }
  const rounds = Math.max(...racers.map((racer) => racer.rounds));
  const order = [...racers];
  for (let round = 0; round < rounds; round++) {
    for (const { entry, repeats, rounds: own, samples } of order) {
      // Spread evenly over all rounds.
      const due = Math.floor(((round + 1) * own) / rounds) > Math.floor((round * own) / rounds);
      samples.push(due ? await sample(entry, repeats) : null);
    }
    order.reverse();
  }
  return Object.fromEntries(racers.map(({ entry, samples }) => [entry.id, summary(samples)]));
}

function roundsOf({ first }, elapsed, share, leastRounds) {
  if (first > ONCE) return 1;
  const least = elapsed > SLOW ? Math.min(leastRounds, LEAST_ROUNDS_SLOW) : leastRounds;
  return Math.min(MOST_ROUNDS, Math.max(least, Math.floor(share / elapsed)));
}

async function calibrate(entry, { burstMilliseconds, warmupMilliseconds, slowStartMilliseconds, isFirst }) {
  if (entry.first > SLOW) return { repeats: 1, elapsed: entry.first };
  // Megabytes of wasm are compiled anew in the background, function by function: it takes more than a second to full speed.
  const warmup = isFirst && entry.startsSlowly ? slowStartMilliseconds : warmupMilliseconds;
  const end = performance.now() + warmup;
  await entry.prepare?.();
  do {
    await burst(entry, 1);
  } while (performance.now() < end);
  for (let repeats = 1; ; repeats *= 2) {
    const elapsed = await burst(entry, repeats);
    if (elapsed >= burstMilliseconds) return { repeats, elapsed };
  }
}

async function sample(entry, repeats) {
  if (entry.first > ONCE) return entry.first * 1000 * (entry.scale ?? 1);
  await entry.prepare?.();
  if (entry.first <= SLOW) await burst(entry, 1);
  return ((await burst(entry, repeats)) * 1000 * (entry.scale ?? 1)) / repeats;
}

/** Milliseconds that `repeats` calls take. */
async function burst({ run, isAsync }, repeats) {
  const start = performance.now();
  if (isAsync) for (let i = 0; i < repeats; i++) await run();
  else for (let i = 0; i < repeats; i++) run();
  return performance.now() - start;
}

function summary(samples) {
  const taken = samples.filter((value) => value !== null);
  return { median: median(taken), rounds: taken.length, samples };
}

/** Median of the ratios within the rounds that both took part in. */
export function medianRatio(slow, fast) {
  const both = slow.samples.map((value, i) =>
    value === null || fast.samples[i] === null ? null : value / fast.samples[i],
  );
  const ratios = both.filter((value) => value !== null);
  return ratios.length > 0 ? median(ratios) : slow.median / fast.median;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
