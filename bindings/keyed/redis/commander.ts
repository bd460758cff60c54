import { createHash } from 'node:crypto';
import { HiddenstateError } from '../../errors.js';
import type { Argument, Connection, Reply } from './connection.js';
import { answerOf, forbiddenError, isForbidden, isPassing, unreachableError } from './faults.js';
import { Reach } from './reach.js';
import type { Script } from './scripts.js';

/** What became of a command that had to be sent more than once. */
export interface Patience {
  /** Ends the tries. */
  readonly signal?: AbortSignal;
  /** Whether it is sent once alone. */
  readonly once?: boolean;
  /** Whether it is given up after a while. What works for hours tries for ever; what is asked for once does not. */
  readonly bounded?: boolean;
}

/** What is bounded waits for the timeout of a command, and for this long at least: a server may be starting. In milliseconds. */
const LEAST_BOUND = 3000;

/** The longest pause between two tries, in milliseconds. */
const LONGEST_PAUSE = 500;

/** Sends commands until Redis answers them. All that is sent through it may be done twice. */
export class Commander {
  /** Whether Redis can be reached. */
  readonly reach: Reach;
  private readonly digests = new Map<Script, string>();

  /**
   * @param timeout after how many milliseconds without an answer a command is sent again
   */
  constructor(
    private readonly connection: Connection,
    private readonly who: string,
    private readonly timeout: number,
  ) {
    this.reach = new Reach(connection.where);
    connection.onTrouble = (error) => {
      if (error === undefined) this.reach.ended(connection, true);
      else this.reach.failed(connection, error);
    };
  }

  /** Where Redis is. */
  get where(): string {
    return this.connection.where;
  }

  /** What is wrong with the connection, though it may answer. */
  get trouble(): unknown {
    return this.connection.trouble?.();
  }

  /**
   * @throws what Redis answers and no second try mends
   * @throws {HiddenstateError} `HIDDENSTATE_HOST` if `signal` was aborted before an answer came
   */
  async command(key: string, name: string, args: readonly Argument[], patience: Patience = {}): Promise<Reply> {
    return this.retrying(() => this.connection.send(key, name, args), patience);
  }

  /** Runs a script; a Redis that does not know it is sent its text. */
  async script(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    patience: Patience = {},
  ): Promise<Reply> {
    const count = String(keys.length);
    let digest = this.digests.get(script);
    if (digest === undefined) {
      digest = createHash('sha1').update(script.lua).digest('hex');
      this.digests.set(script, digest);
    }
    const short = [digest, count, ...keys, ...args];
    return this.retrying(async () => {
      try {
        return await this.connection.send(keys[0], 'EVALSHA', short);
      } catch (error) {
        if (answerOf(error) !== 'NOSCRIPT') throw error;
        return this.connection.send(keys[0], 'EVAL', [script.lua, count, ...keys, ...args]);
      }
    }, patience);
  }

  /** Lets go of the connection. */
  close(): void {
    this.connection.close();
  }

  private async retrying(send: () => Promise<Reply>, { signal, once, bounded }: Patience): Promise<Reply> {
    const began = performance.now();
    const bound = Math.max(this.timeout, LEAST_BOUND);
    // Who fails, for the list of those that do.
    const series = {};
    let well = false;
    try {
      for (let tries = 0; ; tries++) {
        try {
          const reply = await this.within(send(), signal);
          well = true;
          return reply;
        } catch (error) {
          const { who, where } = this;
          const cause = this.causeOf(error);
          if (isForbidden(cause)) throw forbiddenError(who, where, cause);
          if (once || !isPassing(error)) throw error;
          if (bounded && performance.now() - began > bound - LONGEST_PAUSE) {
            throw unreachableError(who, where, cause, bound);
          }
          // What is bounded says it itself.
          if (!bounded) this.reach.failed(series, cause);
          await pause(Math.min(5 * 2 ** tries, LONGEST_PAUSE), signal);
          if (signal?.aborted) throw this.givenUp(error);
        }
      }
    } finally {
      this.reach.ended(series, well);
    }
  }

  /** Why a command failed: where Redis itself did not answer, the connection may know. */
  private causeOf(error: unknown): unknown {
    const trouble = this.connection.trouble?.();
    if (trouble === undefined) return error;
    return isForbidden(trouble) || answerOf(error) === undefined ? trouble : error;
  }

  /** Rejects if there is no answer within `timeout`; an answer that comes later is dropped. */
  private within(answer: Promise<Reply>, signal: AbortSignal | undefined): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
      };
      const stop = () => {
        end();
        reject(this.givenUp(signal?.reason));
      };
      const timer = setTimeout(() => {
        end();
        reject(new Silence('no answer'));
      }, this.timeout);
      signal?.addEventListener('abort', stop, { once: true });
      answer.then(resolve, reject).finally(end);
      if (signal?.aborted) stop();
    });
  }

  private givenUp(cause: unknown): HiddenstateError {
    return new HiddenstateError('HOST', `${this.who}: Redis did not answer before it was told to stop`, { cause });
  }
}

/** A command that was not answered in time. */
class Silence {
  constructor(readonly message: string) {}
}

/** Waits, or until a signal is aborted. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}
