import { HiddenstateError } from '../errors.js';

/**
 * Workers as a host has them: `Worker` in browsers, Deno and Bun, `node:worker_threads` in Node. Everything else of the pool is
 * the same everywhere.
 */

/** The other end of a worker, as its owner sees it. */
export interface WorkerPort {
  /** Sends a message; the buffers in `transfer` change hands. */
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  /** Keeps the process alive from now on, which an idle worker does not. */
  hold(): void;
  /** Undoes `hold`. */
  letGo(): void;
  /** Ends the worker, whatever it does. */
  end(): Promise<void>;
}

/** What `startWorker` takes. */
export interface WorkerOptions {
  /** Makes it where there is `Worker`: `new Worker(new URL('./file.js', import.meta.url), …)`, in these words, because bundlers look for them. */
  readonly web: () => Worker;
  /** Its file, for Node. */
  readonly file: () => string | URL;
  readonly onMessage: (message: unknown) => void;
  /** It could not start, or ended by itself; called at least once then. */
  readonly onEnd: (cause: Error) => void;
}

/** What of a `Worker` of either kind is used. */
interface HostWorker {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  terminate(): unknown;
}

interface NodeWorker extends HostWorker {
  on(event: 'message' | 'error' | 'messageerror' | 'exit', listener: (value: never) => void): void;
  ref(): void;
  unref(): void;
}

interface NodeThreads {
  readonly Worker: new (script: string | URL) => NodeWorker;
  readonly parentPort: { postMessage: HostWorker['postMessage']; on: NodeWorker['on'] } | null;
}

/** Node's own way to a built-in module, which bundlers for browsers do not follow. */
interface Host {
  readonly process?: {
    getBuiltinModule?(name: 'node:worker_threads'): NodeThreads | undefined;
    getBuiltinModule?(name: 'node:os'): { availableParallelism(): number } | undefined;
  };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  postMessage?: HostWorker['postMessage'];
  addEventListener?(event: 'message', listener: (event: { data: unknown }) => void): void;
}

const host = (): Host => globalThis as unknown as Host;

/** How many threads the machine runs at once, as far as the host says. */
export function parallelism(): number {
  const { process, navigator } = host();
  return process?.getBuiltinModule?.('node:os')?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1;
}

/** Whether the host has workers. */
export function hasWorkers(): boolean {
  return typeof Worker === 'function' || host().process?.getBuiltinModule?.('node:worker_threads') !== undefined;
}

/**
 * Starts a worker.
 *
 * @throws {Error} if the host has no workers, or refuses this one
 */
export function startWorker(options: WorkerOptions): WorkerPort {
  return typeof Worker === 'function' ? startWebWorker(options) : startNodeWorker(options);
}

function startWebWorker({ web, onMessage, onEnd }: WorkerOptions): WorkerPort {
  const worker = web();
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onmessageerror = () => onEnd(new HiddenstateError('HOST', 'a message could not be read'));
  worker.onerror = (event) => {
    event.preventDefault?.();
    onEnd(new HiddenstateError('HOST', event.message || 'its file cannot be loaded'));
  };
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    hold() {},
    letGo() {},
    end: async () => worker.terminate(),
  };
}

function startNodeWorker({ file, onMessage, onEnd }: WorkerOptions): WorkerPort {
  const threads = host().process?.getBuiltinModule?.('node:worker_threads');
  if (!threads) throw new HiddenstateError('HOST', 'openPool: got a host without Worker, expected one that has it');
  const worker = new threads.Worker(file());
  let ended = false;
  worker.on('message', onMessage);
  worker.on('error', onEnd);
  worker.on('messageerror', onEnd);
  worker.on('exit', (code: number) => {
    if (!ended) onEnd(new HiddenstateError('HOST', `exit code ${code}`));
  });
  worker.unref();
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold: () => worker.ref(),
    letGo: () => worker.unref(),
    async end() {
      ended = true;
      await worker.terminate();
    },
  };
}

/** What is sent back for a message, and the buffers that change hands. */
interface Answer {
  readonly reply: unknown;
  readonly transfer: readonly ArrayBuffer[];
}

/** A worker's own end: `answer` says what is sent back for each message, at once or later; nothing if it is undefined. */
export function serve(answer: (message: unknown) => Answer | undefined | Promise<Answer | undefined>): void {
  const scope = host();
  const port = scope.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
  const take = (to: Pick<HostWorker, 'postMessage'>, message: unknown) => {
    const given = answer(message);
    const send = (back: Answer | undefined) => back && to.postMessage(back.reply, back.transfer);
    if (given instanceof Promise) void given.then(send);
    else send(given);
  };
  if (port) port.on('message', (message: unknown) => take(port, message));
  else scope.addEventListener?.('message', ({ data }) => take(scope as HostWorker, data));
}
