import { rangeError } from '../errors.js';

/** What is used of a Piscina of one thread; its own types would ask every user for those of Node. */
export interface Thread {
  run(task: unknown, options: { name: string }): Promise<unknown>;
  close(): Promise<void>;
}

/** A call that waits, or the one that runs. */
interface Call {
  readonly name: string;
  readonly task: unknown;
  readonly bytes: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes of arguments that may wait for one thread. */
const MOST_BYTES = 2 ** 30;

/**
 * The calls of one thread, run one after the other in the order in which they came. Bounded: a caller that never awaits is
 * told so before memory runs out.
 */
export class Queue implements Thread {
  private waiting: Call[] = [];
  /** Where in `waiting` the next call is: a shift would copy the whole array. */
  private next = 0;
  private bytes = 0;
  private running: Call | undefined;
  private failure: Error | undefined;
  private idle: (() => void)[] = [];

  /** @param most how many calls may wait */
  constructor(
    private readonly thread: Thread,
    private readonly most: number,
  ) {}

  /**
   * Runs a call after those that came before it.
   *
   * @param task its arguments, the caller's own no longer
   * @throws {RangeError} if too many calls wait
   * @throws {Error} what the call throws, or why the thread has ended
   */
  run(task: unknown, { name }: { name: string }): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.failure) throw this.failure;
      const bytes = bytesOf(task);
      const count = this.waiting.length - this.next;
      if (count >= this.most || (count > 0 && this.bytes + bytes > MOST_BYTES)) {
        throw rangeError(
          `Pool: got a call while ${count} calls of ${this.bytes} bytes wait for a thread, ` +
            `expected at most ${this.most} calls and ${MOST_BYTES} bytes: await some, or raise maxWaiting`,
        );
      }
      this.bytes += bytes;
      this.waiting.push({ name, task, bytes, resolve, reject });
      this.proceed();
    });
  }

  /** Ends the thread after the calls that were made before. */
  async close(): Promise<void> {
    if (this.running) await new Promise<void>((resolve) => this.idle.push(resolve));
    await this.thread.close();
  }

  /** The thread has ended: every call that waits or runs is rejected, and every later one. */
  fail(error: Error): void {
    this.failure ??= error;
    const calls = [...(this.running ? [this.running] : []), ...this.waiting.slice(this.next)];
    this.waiting = [];
    this.next = 0;
    this.bytes = 0;
    this.running = undefined;
    for (const { reject } of calls) reject(error);
    this.rest();
  }

  private proceed(): void {
    if (this.running) return;
    if (this.next === this.waiting.length) {
      this.waiting = [];
      this.next = 0;
      this.rest();
      return;
    }
    const call = this.waiting[this.next++];
    if (this.next === COMPACT) {
      this.waiting = this.waiting.slice(this.next);
      this.next = 0;
    }
    this.bytes -= call.bytes;
    this.running = call;
    const settle = (done: () => void) => {
      if (this.running !== call) return;
      done();
      this.running = undefined;
      this.proceed();
    };
    this.thread.run(call.task, { name: call.name }).then(
      (result) => settle(() => call.resolve(result)),
      (error) => settle(() => call.reject(error)),
    );
  }

  private rest(): void {
    for (const resolve of this.idle.splice(0)) resolve();
  }
}

/** Calls done before the array of waiting ones is made anew. */
const COMPACT = 1024;

/** Bytes of all arrays within the arguments of a call. */
function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, each) => sum + bytesOf(each), 0);
}
