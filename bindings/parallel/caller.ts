import type { Tasks, WorkStation } from './station.js';
import type { Place } from './thread.js';

/** The caller's own thread, for what takes less time than a message to another. */
export class Caller implements Place {
  private station: WorkStation | undefined;

  /** @param make makes its model, when the first call comes */
  constructor(private readonly make: () => WorkStation) {}

  async run<Name extends keyof Tasks>(name: Name, task: Tasks[Name]): Promise<unknown> {
    this.station ??= this.make();
    return this.station.do(name, task);
  }

  async close(): Promise<void> {
    this.station?.dispose();
    this.station = undefined;
  }
}
