import { HiddenstateError, rangeError, typeError } from '../errors.js';
import type { SequentialState } from '../index.js';
import { assertOptions, assertSize } from '../options.js';
import { describeValue, isFloat32Array } from '../tensor.js';
import type { Thread } from './queue.js';
import { copyStates, type Share, sliceStates } from './split.js';
import type { StreamTask } from './worker.js';

/** A thread and those lanes of a stream that it keeps. */
export interface Station {
  readonly thread: Thread;
  readonly share: Share;
}

/**
 * Streams that advance together on all threads of a pool. Every lane stays on one thread, its state in that thread's
 * memory; what travels is the inputs and the outputs.
 */
export class PoolStream {
  private alive = true;

  /** @internal */
  constructor(
    /** Streams that advance together. */
    readonly batch: number,
    /** Features of one input. */
    readonly inputSize: number,
    /** Features of one output. */
    readonly outputSize: number,
    private readonly id: number,
    private readonly stations: readonly Station[],
    /** A thread that is closed would start again for a call that still came. */
    private readonly isOpen: () => boolean,
  ) {}

  /**
   * Advances by one step. Calls are done in the order in which they come.
   *
   * @param x batch × inputSize numbers, one row after the other; copied before the call returns
   * @returns batch × outputSize numbers
   * @throws {TypeError | RangeError} if x does not fit; the state is unchanged. An index past the table of an Embedding is
   *   found out by the thread that meets it: its lanes stay where they are, those of other threads have advanced
   * @throws {Error} after `dispose()`, or after `close()` of the pool
   */
  async step(x: Float32Array): Promise<Float32Array> {
    this.assertAlive('step');
    const { batch, inputSize, outputSize } = this;
    if (!isFloat32Array(x) || x.length !== batch * inputSize) {
      const error = isFloat32Array(x) ? rangeError : typeError;
      throw error(`PoolStream.step: x: got ${describeValue(x)}, expected Float32Array(${batch * inputSize})`);
    }
    const parts = await this.all('step', ({ from, to }) => ({ x: x.slice(from * inputSize, to * inputSize) }));
    const out = new Float32Array(batch * outputSize);
    this.stations.forEach(({ share }, i) => {
      out.set(parts[i] as Float32Array, share.from * outputSize);
    });
    return out;
  }

  /**
   * Begins anew: all streams, or one while the others go on.
   *
   * @param state as of `Sequential.stream`; zeros unless given. With `lane`, the state of a stream of one.
   * @throws {TypeError | RangeError} if the state does not fit, or there is no such lane
   * @throws {Error} after `dispose()`, or after `close()` of the pool
   */
  async reset(state?: SequentialState, options: { lane?: number } = {}): Promise<void> {
    this.assertAlive('reset');
    const who = 'PoolStream.reset';
    assertOptions(options, ['lane'], who);
    if (options.lane === undefined) {
      const own = (share: Share) => ({ state: sliceStates(state, this.batch, share, who) as SequentialState });
      await this.all('reset', state === undefined ? () => ({}) : own);
      return;
    }
    const { thread, share } = this.stationOf(options.lane, who);
    const task = {
      id: this.id,
      state: copyStates(state) as SequentialState | undefined,
      lane: options.lane - share.from,
    };
    await thread.run(task satisfies StreamTask, { name: 'reset' });
  }

  /**
   * Reads the state of one stream.
   *
   * @throws {TypeError | RangeError} if there is no such lane
   * @throws {Error} after `dispose()`, or after `close()` of the pool
   */
  async stateOf(lane: number): Promise<SequentialState> {
    this.assertAlive('stateOf');
    const { thread, share } = this.stationOf(lane, 'PoolStream.stateOf');
    const task: StreamTask = { id: this.id, lane: lane - share.from };
    return (await thread.run(task, { name: 'readLane' })) as SequentialState;
  }

  /** Gives the memory of all lanes back, after the calls that were made before. The pool's `close()` does so as well. */
  async dispose(): Promise<void> {
    if (!this.alive) return;
    this.alive = false;
    if (!this.isOpen()) return;
    await this.all('close', () => ({}));
  }

  private all(name: string, task: (share: Share) => Omit<StreamTask, 'id'>): Promise<unknown[]> {
    const tasks = this.stations.map(({ share }) => ({ id: this.id, ...task(share) }));
    return Promise.all(this.stations.map(({ thread }, i) => thread.run(tasks[i], { name })));
  }

  private stationOf(lane: number, who: string): Station {
    assertSize(lane, `${who}: lane`, 0, this.batch - 1);
    return this.stations.find(({ share }) => lane < share.to) as Station;
  }

  private assertAlive(method: string): void {
    if (!this.alive)
      throw new HiddenstateError('DISPOSED', `PoolStream.${method}: got a disposed stream, expected a live one`);
    if (!this.isOpen())
      throw new HiddenstateError('DISPOSED', `PoolStream.${method}: got a closed pool, expected an open one`);
  }
}
