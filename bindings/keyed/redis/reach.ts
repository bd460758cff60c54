import { answerOf, messageOf } from './faults.js';

/** Told when Redis cannot be reached, or refuses for a while, and told again when that is over. */
export type ReachListener = (notice: { readonly event: 'retrying' | 'reached'; readonly message: string }) => void;

/**
 * Whether Redis can be reached. Many commands fail together: trouble begins with the first of them, and is over when none is left
 * that still tries, so that each trouble is told once.
 */
export class Reach {
  private readonly listeners = new Set<ReachListener>();
  /** What still tries: a command, or the connection itself. */
  private readonly failing = new Set<object>();
  private since = 0;

  /** @param where the address of Redis, for messages */
  constructor(readonly where: string) {}

  /** @returns what ends it */
  listen(listener: ReachListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  failed(what: object, error: unknown): void {
    this.failing.add(what);
    if (this.since > 0) return;
    this.since = Date.now();
    const time = new Date(this.since).toISOString();
    const text = answerOf(error)
      ? `Redis at ${this.where} refuses since ${time}: ${messageOf(error)}; retrying`
      : `cannot reach Redis at ${this.where} since ${time}: ${messageOf(error)}; retrying`;
    this.tell('retrying', text);
  }

  /** @param well whether it succeeded; whoever gave up says nothing of Redis */
  ended(what: object, well: boolean): void {
    if (!this.failing.delete(what) || this.failing.size > 0 || this.since === 0) return;
    const seconds = ((Date.now() - this.since) / 1000).toFixed(1);
    this.since = 0;
    if (well) this.tell('reached', `Redis at ${this.where} answers again after ${seconds} s`);
  }

  private tell(event: 'retrying' | 'reached', message: string): void {
    for (const listener of this.listeners) listener({ event, message });
  }
}
