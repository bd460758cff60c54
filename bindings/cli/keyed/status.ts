import type { Arguments } from '../arguments.js';
import { oneLine, printableJson } from '../cli-error.js';
import { counted, formatCount } from '../terminal/format.js';
import { writeOut } from '../terminal/standard-output.js';
import { tableLines } from '../terminal/table.js';
import { withLog } from './open-log.js';

/** Between two looks, for the rate. */
const LOOK = 1000;

/** `hiddenstate keyed status` */
export function showStatus(args: Arguments): Promise<void> {
  return withLog(args, async (log) => {
    const first = await log.status();
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    const status = await log.status();
    const partitions = status.partitions.map((partition, p) => ({
      ...partition,
      rate: Math.max(0, Math.round(((partition.events - first.partitions[p].events) * 1000) / LOOK)),
    }));
    if (args.has('json')) return await writeOut(printableJson({ ...status, partitions }));
    const titles = ['partition', 'owner', 'epoch', 'lag', 'keys', 'events/s', 'unread', 'dead'];
    const columns = titles.map((title) => ({
      title,
      align: title === 'owner' ? ('left' as const) : ('right' as const),
    }));
    const rows = partitions.map(({ partition, owner, epoch, lag, keys, rate, results, dead }) => [
      String(partition),
      owner === undefined ? '-' : oneLine(owner).slice(0, 20),
      ...[epoch, lag, keys, rate, results, dead].map(formatCount),
    ]);
    const sum = (of: 'lag' | 'keys' | 'rate') => formatCount(partitions.reduce((total, part) => total + part[of], 0));
    const head = `${oneLine(status.name)}: ${counted(status.workers.length, 'worker')}, model version ${oneLine(status.version ?? 'none yet')}`;
    await writeOut(
      `${[head, `${sum('keys')} keys, ${sum('lag')} events wait, ${sum('rate')} events/s`, ...tableLines(columns, rows)].join('\n')}\n`,
    );
  });
}
