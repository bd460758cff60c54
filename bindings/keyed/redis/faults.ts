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

/** What Redis answers to whoever may not talk to it, or not so. */
const FORBIDDEN = ['NOAUTH', 'WRONGPASS', 'NOPERM'];

/** Whether Redis refused who asks, or the password: another try would be refused as well. */
export function isForbidden(error: unknown): boolean {
  return FORBIDDEN.includes(answerOf(error) ?? '');
}

/** The error of a user or a password that Redis does not take. */
export function forbiddenError(who: string, where: string, error: unknown): HiddenstateError {
  const expected =
    answerOf(error) === 'NOPERM'
      ? 'a user who may run scripts, INFO, and the commands of streams, hashes and sorted sets; see ACL SETUSER'
      : 'a user and a password that it takes, as in redis://user:password@host:port';
  return new HiddenstateError('HOST', `${who}: got ${messageOf(error)} from Redis at ${where}, expected ${expected}`, {
    cause: error,
  });
}

/** What helps, by what was got: a word of Redis, a code of the network, or a part of a message. */
const WAYS_OUT: readonly (readonly [sign: RegExp, way: string])[] = [
  [/ECONNREFUSED/, 'nothing listens there: start redis-server, or give the address of one that runs (url, --redis)'],
  [/ENOTFOUND|EAI_AGAIN/, 'no such host is known: mend the name in the address (url, --redis)'],
  [/^MOVED|^ASK/, 'it is a node of a cluster: use redisLog({ client: new Cluster(…) })'],
  [/^CLUSTERDOWN/, 'its cluster has slots that no node serves: see redis-cli --cluster check'],
  [/^LOADING/, 'it is reading its file: try again when it has'],
  [/^READONLY/, 'it is a replica: give the address of the master, or a client with Sentinel'],
  [/^MASTERDOWN|^NOREPLICAS/, 'see that its master and its replicas run'],
  [/^OOM/, 'give it more memory (maxmemory), or remove what is not needed'],
  [/^MISCONF/, 'it cannot write its file: see its log'],
  [/Protocol error|RESP/, 'something else than Redis listens there: give the address of Redis (url, --redis)'],
  [
    /SSL|TLS|certificate|ECONNRESET|closed/i,
    'rediss:// is for a Redis with TLS, redis:// for one without: is it the right one?',
  ],
  [/^no answer/, 'something else listens there, a firewall is between, or Redis is stopped or busy'],
];

/** The error of a Redis that was given its time to answer, and did not answer as it should. */
export function unreachableError(who: string, where: string, error: unknown, milliseconds: number): HiddenstateError {
  const got = messageOf(error);
  const { code = '' } = error as { code?: string };
  const [, way] = WAYS_OUT.find(([sign]) => sign.test(code) || sign.test(got)) ?? [];
  return new HiddenstateError(
    'HOST',
    `${who}: got ${got} from ${where} for ${milliseconds / 1000} s, expected a Redis that answers; ` +
      (way ?? 'see that Redis runs there and can be reached from here'),
    { cause: error },
  );
}

/** The error of a server that is not one that can be used. */
export function unusableError(
  who: string,
  where: string,
  got: string,
  expected = 'a Redis that takes its commands; see the address (url, --redis), its database included',
): HiddenstateError {
  return new HiddenstateError('HOST', `${who}: got ${got} from Redis at ${where}, expected ${expected}`);
}

/** What an error says, in one line and without a full stop. Several failed addresses of one host say nothing but a code. */
export function messageOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message?.split('\n')[0].replace(/\.(?: Please report this\.)?$/, '') || code || String(error);
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
