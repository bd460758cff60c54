/** Something to time: `run` does the work once and leaves its results where they cannot be optimised away. */
export interface Candidate {
  readonly name: string;
  readonly run: () => void;
}

/** What `interleave` found for one candidate; all times are microseconds for one call of `run`. */
export interface Timing {
  readonly name: string;
  readonly medianMicroseconds: number;
  readonly min: number;
  /** One mean per burst, in the order of the rounds: sample r of every candidate was taken in the same round. */
  readonly samples: number[];
}

/** How long `interleave` measures. */
export interface InterleaveOptions {
  /** Measured time of all candidates together, without warming up: rounds are added until it is spent. Default 0.5. */
  readonly minSeconds?: number;
  /** For each candidate, so that the compilers have finished before the first round. At least one call. Default 0.05. */
  readonly warmupSeconds?: number;
  /** Least length of one burst; far above the timer's resolution, far below the drift of the machine. Default 2. */
  readonly burstMilliseconds?: number;
  /** Least number of rounds, however long one takes. Default 5. */
  readonly minRounds?: number;
}

/**
 * Times candidates against each other on a machine whose speed drifts: in each round every candidate runs one short
 * burst, so that all of them meet the same drift, and medians over the rounds forget the bursts that were disturbed.
 * Blocks until it is done. Needs a global `performance`.
 *
 * @returns one timing for each candidate, in their order
 * @throws RangeError if an option is negative, infinite or NaN
 */
export function interleave(candidates: readonly Candidate[], options: InterleaveOptions = {}): Timing[] {
  const { minSeconds = 0.5, warmupSeconds = 0.05, burstMilliseconds = 2, minRounds = 5 } = options;
  for (const [name, value] of Object.entries({ minSeconds, warmupSeconds, burstMilliseconds, minRounds })) {
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(`interleave: got ${name} ${value}, expected a finite number of at least 0`);
    }
  }
  const entries = candidates.map(({ name, run }) => {
    warmUp(run, warmupSeconds * 1000);
    return { name, run, repeats: calibrate(run, burstMilliseconds), samples: [] as number[] };
  });
  const order = [...entries];
  let spent = 0;
  for (let round = 0; entries.length > 0 && (round < minRounds || spent < minSeconds * 1000); round++) {
    for (const { run, repeats, samples } of order) {
      const elapsed = burst(run, repeats);
      samples.push((elapsed * 1000) / repeats);
      spent += elapsed;
    }
    // There and back again, so that no candidate always finds the cache and the heat that the same neighbour left.
    order.reverse();
  }
  return entries.map(({ name, samples }) => ({
    name,
    medianMicroseconds: median(samples),
    min: samples.reduce((least, sample) => Math.min(least, sample), Infinity),
    samples,
  }));
}

/**
 * How many times slower `slow` is than `fast`: the median of the ratios within each round, which is steadier than the
 * ratio of the medians because both bursts of a round met the same machine. Both must come from one `interleave`.
 */
export function medianRatio(slow: Timing, fast: Timing): number {
  return median(slow.samples.map((sample, round) => sample / fast.samples[round]));
}

function warmUp(run: () => void, milliseconds: number): void {
  const end = globalThis.performance.now() + milliseconds;
  do {
    run();
  } while (globalThis.performance.now() < end);
}

function calibrate(run: () => void, milliseconds: number): number {
  let repeats = 1;
  // Twice long enough: one burst alone may be long because the machine did something else meanwhile.
  while (burst(run, repeats) < milliseconds || burst(run, repeats) < milliseconds) {
    repeats *= 2;
  }
  return repeats;
}

/** Milliseconds that `repeats` calls take. */
function burst(run: () => void, repeats: number): number {
  const start = globalThis.performance.now();
  for (let i = 0; i < repeats; i++) {
    run();
  }
  return globalThis.performance.now() - start;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
