import { WorkerClient } from '../shared/worker-client.js';
import type { Look, Request } from './messages.js';
import type { Writer } from './writer.js';

/** Gradient and gates of the characters on the screen, worked out in a worker while the writing rests. */
export class LookBack {
  private readonly worker = new WorkerClient<Request>(new URL('./write-worker.js', import.meta.url));
  private known: { readonly of: string; readonly look: Look } | undefined;
  private asked = '';

  /** @param onLook called when there is something new to show */
  constructor(
    bytes: Uint8Array,
    private readonly onLook: () => void,
  ) {
    void this.worker.ask({ kind: 'model', bytes });
  }

  /** What is known of what was written from one character on; asked for if nothing is, one window at a time. */
  of(writer: Writer, from: number): Look | undefined {
    const key = `${writer.count} ${from}`;
    if (this.known?.of === key) return this.known.look;
    if (this.asked === '') void this.ask(key, writer, from);
    return undefined;
  }

  stop(): void {
    this.worker.stop();
  }

  private async ask(key: string, writer: Writer, from: number): Promise<void> {
    this.asked = key;
    try {
      const look = await this.worker.ask<Look>({ kind: 'look', window: writer.window(from) });
      this.known = { of: key, look };
    } finally {
      this.asked = '';
    }
    this.onLook();
  }
}
