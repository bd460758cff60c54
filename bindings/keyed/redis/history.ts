import type { History } from '../log.js';
import { BEGINNING } from '../log.js';
import type { Commander } from './commander.js';
import type { PartitionKeys } from './keys.js';
import { bytesOf, deadOf, eventsOf, resultsOf, textOf } from './replies.js';

/** What Redis keeps of one partition. */
export function historyOf(commander: Commander, keys: PartitionKeys): History {
  const once = { bounded: true };
  const range = (stream: string, after: string, limit: number) =>
    commander.command(stream, 'XRANGE', [stream, `(${after}`, '+', 'COUNT', String(limit)], once);
  return {
    events: async (after, limit) => eventsOf(await range(keys.in, after, limit)),
    results: async (after, limit) => resultsOf(await range(keys.out, after, limit)),
    dead: async (after, limit) => deadOf(await range(keys.dead, after, limit)),
    offset: async () => textOf(await commander.command(keys.meta, 'HGET', [keys.meta, 'offset'], once)) || BEGINNING,
    state: async (key) => {
      const bytes = await commander.command(keys.state, 'HGET', [keys.state, key], once);
      return bytes === null ? undefined : bytesOf(bytes);
    },
  };
}
