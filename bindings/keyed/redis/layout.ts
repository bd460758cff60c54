import { HiddenstateError } from '../../errors.js';
import type { Commander, Patience } from './commander.js';
import type { SharedKeys } from './keys.js';
import { listOf, pairsOf } from './replies.js';

/** How a log is divided. */
export interface Layout {
  readonly partitions: number;
  /** How often the number has been changed. */
  readonly generation: number;
}

/** Used where a log is new and nobody has said how many. */
export const DEFAULT_PARTITIONS = 16;

/** Reads how a log is divided; undefined where there is none. */
export async function readLayout(
  commander: Commander,
  { config }: SharedKeys,
  patience: Patience = {},
): Promise<Layout | undefined> {
  const reply = await commander.command(config, 'HMGET', [config, 'partitions', 'generation'], patience);
  const [partitions, generation] = listOf(reply);
  return partitions === null ? undefined : { partitions: Number(partitions), generation: Number(generation) };
}

/**
 * Reads how a log is divided, and divides it if it is new.
 *
 * @param partitions how many it shall have; what it has unless given
 * @throws {HiddenstateError} `HIDDENSTATE_DATA` if it has another number of them
 */
export async function openLayout(
  commander: Commander,
  shared: SharedKeys,
  partitions: number | undefined,
  who: string,
  patience: Patience,
): Promise<Layout> {
  const { config } = shared;
  let layout = await readLayout(commander, shared, patience);
  if (!layout) {
    await commander.command(config, 'HSETNX', [config, 'generation', '0'], patience);
    await commander.command(
      config,
      'HSETNX',
      [config, 'partitions', String(partitions ?? DEFAULT_PARTITIONS)],
      patience,
    );
    layout = (await readLayout(commander, shared, patience)) as Layout;
  }
  if (partitions !== undefined && layout.partitions !== partitions) {
    throw new HiddenstateError(
      'DATA',
      `${who}: got partitions ${partitions}, expected ${layout.partitions} as the log has; ` +
        `"hiddenstate keyed partitions --to ${partitions}" changes the number without loss`,
    );
  }
  return layout;
}

/** How a log was divided from the beginning until now: earlier ones whose results may not all have been read, then the present one. */
export async function layoutsOf(commander: Commander, { config }: SharedKeys): Promise<readonly Layout[]> {
  const fields = pairsOf(await commander.command(config, 'HGETALL', [config]));
  const generation = Number(fields.get('generation'));
  const earlier = Array.from({ length: generation }, (_, g) => ({
    generation: g,
    partitions: Number(fields.get(`partitions:${g}`)),
  }));
  return [...earlier, { generation, partitions: Number(fields.get('partitions')) }];
}
