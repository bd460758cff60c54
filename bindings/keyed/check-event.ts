import { isOwnError } from '../errors.js';
import { describeValue } from '../tensor.js';
import type { LogEvent } from './log.js';
import type { Encoded, KeyedEvent, Settings } from './options.js';

/** An event that can be computed with. */
export interface Checked {
  readonly event: KeyedEvent;
  readonly x: ArrayLike<number>;
}

/** The longest reason that is kept. */
const LONGEST_REASON = 500;

/**
 * Checks an event. What is wrong with it is no error: the event is set aside, and its key goes on with the next.
 *
 * @returns the event and its input, or the reason why it cannot be used
 */
export function checkEvent(event: LogEvent, inputSize: number, { encode, maxBytes }: Settings): Checked | string {
  if (event.value.length > maxBytes) return `got ${event.value.length} bytes, expected at most ${maxBytes}`;
  let encoded: Encoded;
  try {
    encoded = encode(event);
  } catch (error) {
    return reasonFor('encode', error);
  }
  const key = encoded?.key ?? event.key;
  if (typeof key !== 'string' || key === '') return `got key ${describeValue(key)}, expected some text`;
  const x = encoded?.x;
  if (typeof x?.length !== 'number') return `got x ${describeValue(x)}, expected ${inputSize} numbers`;
  if (x.length !== inputSize) return `got ${x.length} numbers, expected ${inputSize}`;
  for (let i = 0; i < inputSize; i++) {
    if (!Number.isFinite(x[i])) return `got ${describeValue(x[i])} as number ${i}, expected a finite one`;
  }
  return { event: key === event.key ? (event as KeyedEvent) : { ...event, key }, x };
}

/** What was thrown, as a reason. */
export function reasonFor(who: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (isOwnError(error) ? message : `${who}: ${message}`).slice(0, LONGEST_REASON);
}
