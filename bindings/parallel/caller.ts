import { rangeError } from '../errors.js';
import type { Tasks, WorkStation } from './station.js';
import type { Place } from './thread.js';

/** The caller's own thread, for what takes less time than a message to another. */
export class Caller implements Place<Tasks> {
  private station: WorkStation | undefined;
  /** Calls behind one whose arguments are still on their way, and that one. */
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param make makes its model, when the first call comes
   * @param most how many calls may wait
   */
  constructor(
    private readonly make: () => WorkStation,
    private readonly most: number,
  ) {}

  async run<Name extends keyof Tasks>(name: Name, task: Tasks[Name] | Promise<Tasks[Name]>): Promise<unknown> {
    if (this.waiting === 0 && !(task instanceof Promise)) return this.do(name, task);
    if (this.waiting > this.most) {
      throw rangeError(`Pool: got a call while ${this.waiting} wait, expected at most ${this.most}: await some`);
    }
    this.waiting++;
    const done = this.doAfter(this.last, name, task);
    this.last = done.catch(() => undefined);
    return done;
  }

  lend(): undefined {}

  giveBack(): void {}

  async close(): Promise<void> {
    await this.last;
    this.station?.dispose();
    this.station = undefined;
  }

  private async doAfter<Name extends keyof Tasks>(
    before: Promise<unknown>,
    name: Name,
    task: Tasks[Name] | Promise<Tasks[Name]>,
  ): Promise<unknown> {
    try {
      await before;
      return this.do(name, await task);
    } finally {
      this.waiting--;
    }
  }

  private do<Name extends keyof Tasks>(name: Name, task: Tasks[Name]): unknown {
    this.station ??= this.make();
    return this.station.do(name, task);
  }
}
