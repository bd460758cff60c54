import type { Answer } from './worker-server.js';

/** Asks a worker one thing at a time; each question has one answer. */
export class WorkerClient<Request> {
  private readonly worker: Worker;
  private last: Promise<unknown> = Promise.resolve();

  /** @param url of a module that lies beside the panel's */
  constructor(url: URL) {
    this.worker = new Worker(url, { type: 'module' });
  }

  ask<R>(request: Request, transfer: Transferable[] = []): Promise<R> {
    const answer = this.last.then(
      () =>
        new Promise<R>((resolve, reject) => {
          this.worker.onmessage = ({ data }: MessageEvent<Answer<R>>) =>
            'error' in data ? reject(new Error(data.error)) : resolve(data.value);
          this.worker.onerror = (event) => reject(new Error(event.message || 'the worker did not start'));
          this.worker.postMessage(request, transfer);
        }),
    );
    this.last = answer.catch(() => undefined);
    return answer;
  }

  stop(): void {
    this.worker.terminate();
  }
}
