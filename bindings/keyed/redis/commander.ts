import { createHash } from 'node:crypto';
import { HiddenstateError } from '../../errors.js';
import type { Argument, Connection, Reply } from './connection.js';
import { answerOf, isPassing } from './faults.js';
import type { Script } from './scripts.js';

/** What became of a command that had to be sent more than once. */
export interface Patience {
  /** Ends the tries. */
  readonly signal?: AbortSignal;
  /** Whether it is sent once alone. */
  readonly once?: boolean;
  /** Told once for each series of tries. */
  readonly onRetry?: (error: unknown) => void;
}

/** The longest pause between two tries, in milliseconds. */
const LONGEST_PAUSE = 500;

/** Sends commands until Redis answers them. All that is sent through it may be done twice. */
export class Commander {
  private readonly digests = new Map<Script, string>();

  /**
   * @param timeout after how many milliseconds without an answer a command is sent again
   */
  constructor(
    private readonly connection: Connection,
    private readonly who: string,
    private readonly timeout: number,
  ) {}

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

  private async retrying(send: () => Promise<Reply>, { signal, once, onRetry }: Patience): Promise<Reply> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.within(send(), signal);
      } catch (error) {
        if (once || !isPassing(error)) throw error;
        if (tries === 0) onRetry?.(error);
        await pause(Math.min(5 * 2 ** tries, LONGEST_PAUSE), signal);
        if (signal?.aborted) throw this.givenUp(error);
      }
    }
  }

  /** An answer within the time that is allowed. What comes later is answered to nobody. */
  private within(answer: Promise<Reply>, signal: AbortSignal | undefined): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Silence(`no answer for ${this.timeout} ms`)), this.timeout);
      const stop = () => reject(this.givenUp(signal?.reason));
      signal?.addEventListener('abort', stop, { once: true });
      answer.then(resolve, reject).finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
      });
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
