import { WorkerClient } from '../shared/worker-client.js';
import type { Request } from './messages.js';

/** What somebody does first who is about to open a file: until then the page loads nothing for it. */
const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'dragenter'] as const;

/**
 * The worker that has the file. It is started before there is one, so that a file waits for nothing, and is kept for the next, so that
 * no network is needed any more.
 */
export class FileWorker {
  private client: WorkerClient<Request> | undefined;
  /** What has no answer yet. */
  private readonly asked = new Set<Promise<unknown>>();

  constructor() {
    for (const sign of SIGNS) addEventListener(sign, this.prepare);
  }

  readonly prepare = (): void => {
    this.unwatch();
    if (this.client) return;
    this.client = newClient();
    // Where it fails the next file tries again, and says what is wrong.
    this.client.ask({ kind: 'prepare' }).catch(() => undefined);
  };

  /** For a new file: a worker that is still at work on another one, or broke down, is given up. */
  begin(): void {
    this.unwatch();
    if (this.asked.size > 0 || this.client?.failed) this.stop();
  }

  ask<R>(request: Request): Promise<R> {
    this.client ??= newClient();
    const answer = this.client.ask<R>(request);
    this.asked.add(answer);
    const forget = () => this.asked.delete(answer);
    answer.then(forget, forget);
    return answer;
  }

  stop(): void {
    this.unwatch();
    this.client?.stop();
    this.client = undefined;
    this.asked.clear();
  }

  private unwatch(): void {
    for (const sign of SIGNS) removeEventListener(sign, this.prepare);
  }
}

function newClient(): WorkerClient<Request> {
  return new WorkerClient<Request>(new URL('./file-worker.js', import.meta.url));
}
