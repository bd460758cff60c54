import { HiddenstateError, rangeError } from '../errors.js';
import { startWorker, type WorkerPort } from './host.js';
import { bytesOf, ownBuffers, type Reply, reviveError } from './messages.js';
import type { Copy, Tasks } from './station.js';

/** Where calls of a pool are done: a thread of its own, or the caller's. */
export interface Place {
  /**
   * Does a call after those that came before it.
   *
   * @param task its arguments, the caller's own no longer
   */
  run<Name extends keyof Tasks>(name: Name, task: Tasks[Name]): Promise<unknown>;
  /** Ends it after the calls that were made before. */
  close(): Promise<void>;
}

/** A call that was sent and is not yet answered. */
interface Call {
  readonly bytes: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes of arguments that may wait for one thread. */
const MOST_BYTES = 2 ** 30;

/**
 * A worker and the calls that it was sent. Messages arrive in the order in which they were sent, the worker answers each before
 * it takes the next, and so the first call that is open is the one that an answer belongs to.
 */
export class Thread implements Place {
  private readonly port: WorkerPort;
  private calls: Call[] = [];
  /** Where in `calls` the first open one is: a shift would copy the whole array. */
  private first = 0;
  private bytes = 0;
  private failure: Error | undefined;
  private idle: (() => void)[] = [];

  /**
   * @param most how many calls may wait
   * @param script the worker's file, where it is not the one beside this
   */
  constructor(
    copy: Copy,
    private readonly most: number,
    script?: string | URL,
  ) {
    this.port = startWorker({
      script,
      onMessage: (reply) => this.settle(reply as Reply),
      onEnd: (cause) => {
        const message = `Pool: got a thread that ended: ${cause?.message}, expected one that runs`;
        this.fail(new HiddenstateError('HOST', message, { cause }));
      },
    });
    this.port.post({ name: 'load', task: copy }, []);
  }

  /**
   * @throws {RangeError} if too many calls wait
   * @throws {Error} what the call throws, or why the thread has ended
   */
  run<Name extends keyof Tasks>(name: Name, task: Tasks[Name]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.failure) throw this.failure;
      const bytes = bytesOf(task);
      const count = this.calls.length - this.first;
      // The first one is running, and does not wait.
      if (count > this.most || (count > 1 && this.bytes + bytes > MOST_BYTES)) {
        throw rangeError(
          `Pool: got a call while ${count} calls of ${this.bytes} bytes wait for a thread, ` +
            `expected at most ${this.most} calls and ${MOST_BYTES} bytes: await some, or raise maxWaiting`,
        );
      }
      this.port.post({ name, task }, ownBuffers(task));
      if (count === 0) this.port.hold();
      this.bytes += bytes;
      this.calls.push({ bytes, resolve, reject });
    });
  }

  async close(): Promise<void> {
    if (this.first < this.calls.length) await new Promise<void>((resolve) => this.idle.push(resolve));
    this.failure ??= new HiddenstateError('DISPOSED', 'Pool: got a closed pool, expected an open one');
    await this.port.end();
  }

  /** Ends it at once. */
  end(): Promise<void> {
    return this.port.end();
  }

  private settle({ result, error }: Reply): void {
    const call = this.calls[this.first];
    if (!call) return;
    this.first++;
    this.bytes -= call.bytes;
    if (error) call.reject(reviveError(error));
    else call.resolve(result);
    if (this.first === this.calls.length) this.rest();
    else if (this.first === COMPACT) {
      this.calls = this.calls.slice(this.first);
      this.first = 0;
    }
  }

  /** Every open call is rejected, and every later one. */
  private fail(error: Error): void {
    this.failure ??= error;
    const open = this.calls.slice(this.first);
    for (const { reject } of open) reject(this.failure);
    this.rest();
    void this.port.end();
  }

  private rest(): void {
    this.calls = [];
    this.first = 0;
    this.bytes = 0;
    this.port.letGo();
    for (const resolve of this.idle.splice(0)) resolve();
  }
}

/** Calls done before the array of open ones is made anew. */
const COMPACT = 1024;
