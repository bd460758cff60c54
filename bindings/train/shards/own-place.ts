import type { Pace } from '../fit/pace.js';
import type { ShardPlace } from './sharded-passes.js';
import type { ShardStation, ShardTasks } from './station.js';

/** The caller's own thread, which lets the event loop turn between pieces. */
export class OwnPlace implements ShardPlace {
  constructor(
    private readonly station: ShardStation,
    private readonly pace: Pace,
  ) {}

  run<Name extends keyof ShardTasks>(name: Name, task: ShardTasks[Name]): Promise<unknown> {
    return this.pace.walk(this.station.pieces(name, task));
  }

  lend(): undefined {}

  giveBack(): void {}

  async end(): Promise<void> {
    this.station.dispose();
  }
}
