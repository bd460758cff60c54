import type { Answer } from './worker-server.js';

/** Asks a worker one thing at a time; each question has one answer. */
export class WorkerClient<Request> {
  private readonly worker: Worker;
  private last: Promise<unknown> = Promise.resolve();
  /** Rejected when it did not start, or broke down: then it answers nothing any more. */
  private readonly broken: Promise<never>;
  private hasFailed = false;

  /** @param url of a module that lies beside the panel's */
  constructor(url: URL) {
    this.worker = new Worker(url, { type: 'module' });
    this.broken = new Promise((_, reject) => {
      this.worker.onerror = (event) => {
        this.hasFailed = true;
        reject(new Error(event.message || 'the worker did not start'));
      };
    });
    this.broken.catch(() => undefined);
  }

  ask<R>(request: Request, transfer: Transferable[] = []): Promise<R> {
    const answer = this.last.then(() => {
      const answered = new Promise<R>((resolve, reject) => {
        this.worker.onmessage = ({ data }: MessageEvent<Answer<R>>) =>
          'error' in data ? reject(new Error(data.error)) : resolve(data.value);
        this.worker.postMessage(request, transfer);
      });
      return Promise.race([answered, this.broken]);
    });
    this.last = answer.catch(() => undefined);
    return answer;
  }

  get failed(): boolean {
    return this.hasFailed;
  }

  stop(): void {
    this.worker.terminate();
  }
}
