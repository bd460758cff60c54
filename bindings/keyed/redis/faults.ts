import { HiddenstateError } from '../../errors.js';

/** What Redis answers for a while only: it loads its file, fails over, is out of memory, or runs another script. */
const PASSING = [
  ...['LOADING', 'BUSY', 'TRYAGAIN', 'CLUSTERDOWN', 'MASTERDOWN', 'READONLY', 'NOREPLICAS'],
  ...['MISCONF', 'OOM', 'MOVED', 'ASK', 'UNBLOCKED', 'UNKILLABLE'],
];

/** The word by which Redis names an error; undefined for errors that are not its own, as those of the network. */
export function answerOf(error: unknown): string | undefined {
  const { message = '', code } = (error ?? {}) as { message?: string; code?: string };
  return code === undefined ? /^[A-Z]{2,}(?= |$)/.exec(message)?.[0] : undefined;
}

/** Whether the same command may well succeed later. Everything that Redis did not answer is taken for trouble of the network. */
export function isPassing(error: unknown): boolean {
  if (error instanceof HiddenstateError || error instanceof TypeError || error instanceof RangeError) return false;
  const answer = answerOf(error);
  return answer === undefined || PASSING.includes(answer);
}

/** The error of a log that has gone back behind what it had acknowledged. */
export function lostError(who: string, what: string): HiddenstateError {
  return new HiddenstateError(
    'LOST',
    `${who}: ${what}. Redis has lost what it had acknowledged, as after a failover without WAIT or a cut append-only file. ` +
      'Stop all workers, send the events after what the log still has again from their source (resumeAfter of a named producer ' +
      'says from where), then start the workers anew: they go on from what is there',
  );
}

/** The error of a worker whose partition another has taken. */
export function fencedError(who: string): HiddenstateError {
  return new HiddenstateError('FENCED', `${who}: the partition has another owner now; nothing was written`);
}

/** The error of a partition in which Redis has done half a transaction. */
export function tornError(who: string): HiddenstateError {
  return new HiddenstateError(
    'LOST',
    `${who}: Redis has done half a transaction, as it may when it reads an append-only file that was cut. ` +
      'Restore the log from a backup or under another name; run Redis with aof-load-truncated no, and mend a cut file ' +
      'with redis-check-aof --fix before Redis reads it',
  );
}
