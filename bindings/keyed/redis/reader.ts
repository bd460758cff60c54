import type { ReadOptions, ResultBatch } from '../log.js';
import { type Commander, type Patience, pause } from './commander.js';
import type { Reply } from './connection.js';
import { answerOf, isPassing } from './faults.js';
import { partitionKeys } from './keys.js';
import type { Layout } from './layout.js';
import { listOf, resultsOf, textOf } from './replies.js';
import { TRIM_RESULTS } from './scripts.js';

/** How long a reader may keep results before another of its group gets them, in milliseconds. */
const ABANDONED = 30_000;

/** The longest pause between two looks where no results come, in milliseconds. */
const LONGEST_LOOK = 10;

/** After how many batches results that all groups have are removed. */
const TRIM_EVERY = 16;

/** What a reader needs of its log. */
export interface ReaderParts {
  readonly commander: Commander;
  readonly name: string;
  readonly layouts: () => Promise<readonly Layout[]>;
}

/** Reads results as one of a consumer group. */
export async function* readResults(parts: ReaderParts, options: ReadOptions): AsyncGenerator<ResultBatch> {
  const { group, consumer = 'reader', limit = 500, signal } = options;
  const { commander, name } = parts;
  const ask: Ask = { group, consumer, limit, patience: { signal } };
  try {
    // Results under an earlier number of partitions come first: the order of a key holds across the change.
    for (let round = 0; !signal?.aborted; round++) {
      const { generation, partitions } = (await parts.layouts())[round];
      const shares = Array.from(
        { length: partitions },
        (_, partition) => new Share(commander, partitionKeys(name, generation, partition).out, partition),
      );
      for (const share of shares) await share.open(ask);
      yield* readShares(shares, ask, async () => (await parts.layouts()).length > round + 1);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** Reads until nothing is left and nothing can come. */
async function* readShares(
  shares: readonly Share[],
  ask: Ask,
  isPast: () => Promise<boolean>,
): AsyncGenerator<ResultBatch> {
  const { signal } = ask.patience;
  for (let wait = 1; !signal?.aborted; ) {
    let found = false;
    // Asked before the last look: what was written until then is still found.
    const past = wait >= LONGEST_LOOK && (await isPast());
    for (const share of shares) {
      const batch = await share.next(ask);
      if (!batch) continue;
      found = true;
      yield batch;
      await batch.acknowledge();
      if (++share.batches === TRIM_EVERY) await share.trim(ask);
    }
    if (!found && past) return;
    if (!found) {
      for (const share of shares) if (share.batches > 0) await share.trim(ask);
      await pause(wait, signal);
    }
    wait = found ? 1 : Math.min(wait * 1.5, LONGEST_LOOK);
  }
}

/** Who asks, and for how much. */
interface Ask {
  readonly group: string;
  readonly consumer: string;
  readonly limit: number;
  readonly patience: Patience;
}

/** The results of one partition, for one reader. */
class Share {
  /** What this reader had before it died comes first. */
  private recovered = false;
  private looked = Number.NEGATIVE_INFINITY;
  /** Batches since results were removed. */
  batches = 0;

  constructor(
    private readonly commander: Commander,
    private readonly out: string,
    private readonly partition: number,
  ) {}

  async open({ group, patience }: Ask): Promise<void> {
    try {
      await this.commander.command(this.out, 'XGROUP', ['CREATE', this.out, group, '0', 'MKSTREAM'], patience);
    } catch (error) {
      if (answerOf(error) !== 'BUSYGROUP') throw error;
    }
  }

  async next(ask: Ask): Promise<ResultBatch | undefined> {
    const entries = (await this.own(ask)) ?? (await this.abandoned(ask)) ?? (await this.fresh(ask));
    if (!entries) return undefined;
    let pending = true;
    return {
      partition: this.partition,
      results: resultsOf(entries),
      acknowledge: async () => {
        if (!pending) return;
        pending = false;
        const ids = entries.map((entry) => textOf((entry as readonly Reply[])[0]));
        await this.commander.command(this.out, 'XACK', [this.out, ask.group, ...ids], ask.patience);
      },
    };
  }

  async trim({ patience }: Ask): Promise<void> {
    this.batches = 0;
    await this.commander.script(TRIM_RESULTS, [this.out], [], patience);
  }

  private async own(ask: Ask): Promise<Entries | undefined> {
    if (this.recovered) return undefined;
    const entries = await this.read(ask, '0');
    if (!entries) this.recovered = true;
    return entries;
  }

  private async abandoned({ group, consumer, limit, patience }: Ask): Promise<Entries | undefined> {
    if (performance.now() - this.looked < ABANDONED / 3) return undefined;
    this.looked = performance.now();
    const args = [this.out, group, consumer, String(ABANDONED), '0-0', 'COUNT', String(limit)];
    const entries = listOf(listOf(await this.commander.command(this.out, 'XAUTOCLAIM', args, patience))[1]);
    if (entries.length === 0) return undefined;
    this.looked = Number.NEGATIVE_INFINITY;
    return entries;
  }

  /** Reads new results. If an answer is lost, Redis counts its results as delivered; they are asked for again before any later ones. */
  private fresh(ask: Ask): Promise<Entries | undefined> {
    return this.read({ ...ask, patience: { ...ask.patience, once: true } }, '>').catch((error) => {
      if (!isPassing(error) || ask.patience.signal?.aborted) throw error;
      this.recovered = false;
      return undefined;
    });
  }

  private async read({ group, consumer, limit, patience }: Ask, after: string): Promise<Entries | undefined> {
    const args = ['GROUP', group, consumer, 'COUNT', String(limit), 'STREAMS', this.out, after];
    const entries = listOf(streamOf(await this.commander.command(this.out, 'XREADGROUP', args, patience)));
    return entries.length > 0 ? entries : undefined;
  }
}

type Entries = readonly Reply[];

/** The entries of the one stream that was asked for: of a list of pairs, or of a map in the newer protocol. */
function streamOf(reply: Reply): Reply {
  if (Array.isArray(reply)) return listOf(reply[0])[1] ?? null;
  return reply !== null && typeof reply === 'object' ? (Object.values(reply)[0] as Reply) : null;
}
