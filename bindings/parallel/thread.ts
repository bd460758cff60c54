import { HiddenstateError, rangeError } from '../errors.js';
import { startWorker, type WorkerOptions, type WorkerPort } from './host.js';
import { bytesOf, ownBuffers, type Reply, reviveError } from './messages.js';
import { Room, sharesMemory } from './room.js';

/** Where calls are done: a thread of its own, or the caller's. `Tasks` says by name what can be done, and what it takes. */
export interface Place<Tasks> {
  /**
   * Does a call after those that came before it.
   *
   * @param task its arguments, the caller's own no longer; while a promise of them is open, the calls after it wait
   */
  run<Name extends keyof Tasks>(name: Name, task: Tasks[Name] | Promise<Tasks[Name]>): Promise<unknown>;
  /** Memory for the arguments or the result of one call, where the thread sees the caller's; undefined elsewhere. */
  lend(length: number): Float32Array | undefined;
  /** Takes memory back once the call is done; what was not lent is left alone. */
  giveBack(memory: Float32Array): void;
  /** Ends it after the calls that were made before. */
  close(): Promise<void>;
}

/** A call that is not yet answered. */
interface Call {
  readonly name: PropertyKey;
  task: unknown;
  readonly bytes: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes of arguments that may wait for one thread. */
const MOST_BYTES = 2 ** 30;

/**
 * A worker and the calls for it, each sent at once but for those behind one whose arguments are still on their way. Messages arrive in the order in which they were sent, the worker answers each before
 * it takes the next, and so the first call that is open is the one that an answer belongs to.
 */
export class Thread<Tasks> implements Place<Tasks> {
  private readonly port: WorkerPort;
  private calls: Call[] = [];
  /** Where in `calls` the first open one is: a shift would copy the whole array. */
  private first = 0;
  /** One past the last that was sent. */
  private sent = 0;
  private bytes = 0;
  private failure: Error | undefined;
  private idle: (() => void)[] = [];
  private readonly room = sharesMemory() ? new Room() : undefined;

  /**
   * @param who the beginning of error messages
   * @param load the first message, from which the worker makes what does the calls
   * @param script the worker's file
   * @param most how many calls may wait
   */
  constructor(
    private readonly who: string,
    load: unknown,
    script: Pick<WorkerOptions, 'web' | 'file'>,
    private readonly most: number,
  ) {
    this.port = startWorker({
      ...script,
      onMessage: (reply) => this.settle(reply as Reply),
      onEnd: (cause) => {
        const message = `${who}: got a thread that ended: ${cause?.message}, expected one that runs`;
        this.fail(new HiddenstateError('HOST', message, { cause }));
      },
    });
    this.port.post({ name: 'load', task: load }, []);
  }

  /**
   * @throws {RangeError} if too many calls wait
   * @throws {Error} what the call throws, or why the thread has ended
   */
  run<Name extends keyof Tasks>(name: Name, task: Tasks[Name] | Promise<Tasks[Name]>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.failure) throw this.failure;
      const isOpen = task instanceof Promise;
      const bytes = isOpen ? 0 : bytesOf(task);
      const count = this.calls.length - this.first;
      // The first one is running, and does not wait.
      if (count > this.most || (count > 1 && this.bytes + bytes > MOST_BYTES)) {
        throw rangeError(
          `${this.who}: got a call while ${count} calls of ${this.bytes} bytes wait for a thread, ` +
            `expected at most ${this.most} calls and ${MOST_BYTES} bytes: await some, or raise maxWaiting`,
        );
      }
      if (count === 0) this.port.hold();
      this.bytes += bytes;
      const call: Call = { name, task, bytes, resolve, reject };
      this.calls.push(call);
      if (isOpen) this.await(call, task);
      this.send();
    });
  }

  private await(call: Call, task: Promise<unknown>): void {
    task.then(
      (given) => {
        call.task = given;
        this.send();
      },
      (error) => {
        this.drop(call, error);
        this.send();
      },
    );
  }

  /** Rejects a call that was not sent. */
  private drop(call: Call, error: Error): void {
    const at = this.calls.indexOf(call);
    // Not there any more: the thread has ended before.
    if (at < 0) return;
    this.calls.splice(at, 1);
    this.bytes -= call.bytes;
    call.reject(error);
    if (this.first === this.calls.length) this.rest();
  }

  /** Sends what can be sent: all calls up to one whose arguments are still on their way. */
  private send(): void {
    while (this.sent < this.calls.length) {
      const call = this.calls[this.sent];
      if (call.task instanceof Promise) return;
      try {
        this.port.post({ name: call.name, task: call.task }, ownBuffers(call.task));
        call.task = undefined;
        this.sent++;
      } catch (error) {
        // What cannot be sent: an array of lengths that holds a function.
        this.drop(call, error as Error);
      }
    }
  }

  lend(length: number): Float32Array | undefined {
    return this.room?.take(length);
  }

  giveBack(memory: Float32Array): void {
    this.room?.giveBack(memory);
  }

  async close(): Promise<void> {
    if (this.first < this.calls.length) await new Promise<void>((resolve) => this.idle.push(resolve));
    this.failure ??= new HiddenstateError('DISPOSED', `${this.who}: got a closed pool, expected an open one`);
    await this.port.end();
  }

  /** Ends it at once. */
  end(): Promise<void> {
    return this.port.end();
  }

  private settle({ result, error }: Reply): void {
    const call = this.calls[this.first];
    if (this.first === this.sent) return;
    this.first++;
    this.bytes -= call.bytes;
    if (error) call.reject(reviveError(error));
    else call.resolve(result);
    if (this.first === this.calls.length) this.rest();
    else if (this.first === COMPACT) {
      this.calls = this.calls.slice(this.first);
      this.sent -= this.first;
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
    this.sent = 0;
    this.bytes = 0;
    this.port.letGo();
    for (const resolve of this.idle.splice(0)) resolve();
  }
}

/** Calls done before the array of open ones is made anew. */
const COMPACT = 1024;
