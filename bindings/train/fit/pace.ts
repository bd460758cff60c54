/** How long work may keep the event loop waiting. */
const SLICE_MS = 12;

/** Lets the event loop turn now and then, so that pages stay alive and an abort is heard. */
export class Pace {
  private last = now();

  /** Returns at once most of the time. */
  async breathe(): Promise<void> {
    if (now() - this.last < SLICE_MS) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
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

/** Milliseconds of a clock that only goes on. */
export function now(): number {
  return performance.now();
}
