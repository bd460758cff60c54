/** How long work may keep the event loop waiting. */
const SLICE_MS = 12;

/** Lets the event loop turn now and then, so that pages stay alive and an abort is heard. */
export class Pace {
  private last = now();

  /** Returns at once most of the time. */
  async breathe(): Promise<void> {
    if (now() - this.last < SLICE_MS) return;
    await turn();
    this.last = now();
  }

  /** Says that the event loop has turned meanwhile: something was waited for that it brought. */
  turned(): void {
    this.last = now();
  }

  /** Does work piece by piece, and lets the event loop turn between them where it is due. */
  async walk<T>(pieces: Generator<undefined, T>): Promise<T> {
    for (;;) {
      if (now() - this.last >= SLICE_MS) await this.breathe();
      const result = pieces.next();
      if (result.done) return result.value;
    }
  }
}

/**
 * Resolves once the event loop has gone round. No timer does that: Node makes each last a millisecond, and browsers four once
 * they follow from one another, which is a tenth to a quarter of all training.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Milliseconds of a clock that only goes on. */
export function now(): number {
  return performance.now();
}
