import type { Order, Report } from './messages.js';

/** A worker of the panel. It lives as long as the panel: so the panel works without a network once it is there. */
export class WorkerLine {
  private readonly worker = new Worker(new URL('./train-worker.js', import.meta.url), { type: 'module' });
  /** Counts what was begun: a report on what was given up is not heard. */
  private run = 0;

  constructor(onReport: (report: Report) => void) {
    this.worker.onmessage = ({ data }: MessageEvent<{ run: number; report: Report }>) => {
      if (data.run === this.run) onReport(data.report);
    };
    this.worker.onerror = (event) =>
      onReport({ kind: 'failed', message: event.message || 'The worker did not start.' });
  }

  /** Begins something; what went on before is given up. */
  begin(order: Order): void {
    this.run++;
    this.worker.postMessage({ run: this.run, order });
  }

  /** Says something about what goes on. */
  order(order: Order): void {
    this.worker.postMessage({ run: this.run, order });
  }

  /** Gives up what goes on, without an answer. */
  giveUp(): void {
    this.run++;
    this.worker.postMessage({ run: this.run, order: { kind: 'stop' } });
  }

  close(): void {
    this.worker.terminate();
  }
}
