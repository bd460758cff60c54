import { BEGINNING, type LogStatus, type PartitionStatus } from '../log.js';
import type { Commander } from './commander.js';
import { partitionKeys, type SharedKeys } from './keys.js';
import type { Layout } from './layout.js';
import { listOf, pairsOf, textOf } from './replies.js';
import { LOOK } from './scripts.js';

/** How all partitions of a log stand. */
export async function statusOf(
  commander: Commander,
  name: string,
  shared: SharedKeys,
  layout: Layout,
): Promise<LogStatus> {
  const reply = await commander.script(LOOK, [shared.workers, shared.owners, shared.config], [], { bounded: true });
  const partitions = await Promise.all(
    Array.from({ length: layout.partitions }, (_, p) => partitionStatus(commander, name, layout.generation, p)),
  );
  return {
    name,
    version: partitions.find(({ version }) => version !== undefined)?.version,
    workers: listOf(listOf(reply)[0]).map((worker) => nameOf(textOf(worker))),
    partitions: partitions.map(({ version: _, ...rest }) => rest),
  };
}

async function partitionStatus(
  commander: Commander,
  name: string,
  generation: number,
  partition: number,
): Promise<PartitionStatus & { version: string | undefined }> {
  const keys = partitionKeys(name, generation, partition);
  const ask = (key: string, command: string) => commander.command(key, command, [key], { bounded: true });
  const [fields, lease, states, results, dead] = await Promise.all([
    ask(keys.meta, 'HGETALL'),
    ask(keys.lease, 'EXISTS'),
    ask(keys.state, 'HLEN'),
    ask(keys.out, 'XLEN'),
    ask(keys.dead, 'XLEN'),
  ]);
  const meta = pairsOf(fields);
  const text = (field: string) => (meta.has(field) ? textOf(meta.get(field) ?? null) : undefined);
  const number = (field: string) => Number(text(field) ?? 0);
  return {
    partition,
    owner: Number(lease) === 1 ? nameOf(text('owner') ?? '') : undefined,
    epoch: number('epoch'),
    offset: text('offset') ?? BEGINNING,
    lag: Math.max(0, number('added') - number('events')),
    keys: Number(states),
    events: number('events'),
    results: Number(results),
    dead: Number(dead),
    version: text('version'),
  };
}

/** The name that a worker was given, without what makes it unique. */
function nameOf(worker: string): string {
  return worker.replace(/#[^#]*$/, '');
}
