import type { LogEvent, LogResult } from '../log.js';
import { timeOf } from '../stream-id.js';
import type { Reply } from './connection.js';

/** Text of a reply. */
export function textOf(reply: Reply): string {
  return reply === null ? '' : String(reply);
}

/** Replies of a list; of none where there is none. */
export function listOf(reply: Reply): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

/** A flat list of names and values, as HGETALL and XINFO give it, or the object that a newer protocol makes of it. */
export function pairsOf(reply: Reply): Map<string, Reply> {
  const pairs = new Map<string, Reply>();
  if (Array.isArray(reply)) {
    for (let i = 0; i + 1 < reply.length; i += 2) pairs.set(textOf(reply[i]), reply[i + 1]);
  } else if (reply !== null && typeof reply === 'object') {
    for (const [name, value] of Object.entries(reply)) pairs.set(name, value as Reply);
  }
  return pairs;
}

/**
 * The bytes of a reply as an array of their own: a Buffer is a view of memory that others use, and its `slice` does not copy.
 */
export function bytesOf(reply: Reply | undefined): Uint8Array {
  return new Uint8Array((reply ?? EMPTY) as Buffer);
}

const EMPTY = new Uint8Array(0);

/** One entry of a stream: its id, and the bytes of the fields that are asked for. */
function fieldsOf(entry: Reply): readonly [id: string, fields: readonly Reply[]] {
  const [id, fields] = entry as readonly [Reply, Reply];
  return [textOf(id), listOf(fields)];
}

/** The value of a one-letter field. */
function field(fields: readonly Reply[], letter: number): Buffer | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] as Buffer;
    if (name.length === 1 && name[0] === letter) return fields[i + 1] as Buffer;
  }
  return undefined;
}

const [I, K, R, V] = [...'ikrv'].map((letter) => letter.charCodeAt(0));

/** The events of XRANGE. An entry without fields of ours is an event without a key. */
export function eventsOf(reply: Reply): LogEvent[] {
  return listOf(reply).map((entry) => {
    const [id, fields] = fieldsOf(entry);
    const key = field(fields, K);
    return { id, time: timeOf(id), key: key?.toString(), value: bytesOf(field(fields, V)) };
  });
}

/** The results of XRANGE or XREADGROUP, with their own positions. What is no result is left out. */
export function resultsOf(reply: Reply): (LogResult & { readonly position: string })[] {
  return listOf(reply).flatMap((entry) => {
    const [position, fields] = fieldsOf(entry);
    const id = field(fields, I);
    if (!id) return [];
    return [{ position, id: id.toString(), key: field(fields, K)?.toString() ?? '', value: bytesOf(field(fields, V)) }];
  });
}

/** What was set aside. */
export function deadOf(reply: Reply): (LogEvent & { readonly position: string; readonly reason: string })[] {
  return listOf(reply).map((entry) => {
    const [position, fields] = fieldsOf(entry);
    const id = field(fields, I)?.toString() ?? position;
    const reason = field(fields, R)?.toString() ?? '';
    return {
      position,
      id,
      reason,
      time: timeOf(id),
      key: field(fields, K)?.toString(),
      value: bytesOf(field(fields, V)),
    };
  });
}
