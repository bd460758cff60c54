import type { RedisLog } from '../../keyed/redis/index.js';
import type { Arguments } from '../arguments.js';
import { CliError } from '../cli-error.js';
import { Progress } from '../terminal/progress.js';
import { writeErr } from '../terminal/standard-output.js';
import { withLog } from './open-log.js';

/** `hiddenstate keyed partitions`: changes how many there are. */
export async function changePartitions(args: Arguments): Promise<void> {
  const to = args.number('to', { least: 1, most: 4096, integer: true });
  if (to === undefined) throw new CliError('no --to given; say how many partitions there shall be, as in --to 32');
  await withLog(
    args,
    (log) => change(log, to),
    ({ message }) => writeErr(message),
  );
}

async function change(log: RedisLog, to: number): Promise<void> {
  const { repartition } = await import('../../keyed/redis/index.js');
  const progress = new Progress('changing partitions');
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end);
  try {
    // Of a log that is there: a name that was misspelt makes none.
    const before = (await log.status()).partitions.length;
    if (before === to) return writeErr(`${log.name} has ${to} partitions already`);
    await repartition(log, to, {
      signal: stop.signal,
      onProgress: ({ step, done, partitions }) =>
        progress.update(
          (done / partitions + (step === 'copying' ? 1 : 0)) / 2,
          () => `${step} ${done} of ${partitions}`,
        ),
    });
    progress.clear();
    writeErr(`${log.name}: ${before} partitions became ${to}`);
  } catch (error) {
    progress.clear();
    throw error instanceof CliError ? error : new CliError((error as Error).message);
  } finally {
    process.removeListener('SIGINT', end);
  }
}
