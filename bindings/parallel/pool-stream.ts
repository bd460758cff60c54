import { HiddenstateError, rangeError, typeError } from '../errors.js';
import type { SequentialState } from '../index.js';
import { assertOptions, assertSize } from '../options.js';
import { checkLanes, countSteps, type LaneOptions } from '../streaming.js';
import { describeValue, isFloat32Array } from '../tensor.js';
import { copyStates, joinStates, type Share, sliceStates } from './split.js';
import type { Tasks } from './station.js';
import type { Place } from './thread.js';

/** A thread and those lanes of a stream that it keeps. */
export interface Station {
  readonly place: Place<Tasks>;
  readonly share: Share;
}

/**
 * Streams that advance together on all threads of a pool. Every lane stays on one thread, its state in that thread's
 * memory; what travels is the inputs and the outputs.
 *
 * @example
 * ```ts
 * import { GRU, Sequential } from 'hiddenstate';
 * import { openPool, type PoolStream } from 'hiddenstate/parallel';
 *
 * const pool = await openPool(new Sequential([new GRU({ inputSize: 4, hiddenSize: 8 })]), { threads: 2 });
 * const stream: PoolStream = await pool.stream({ batch: 100 });
 * const y = await stream.step(new Float32Array(100 * 4));
 * console.log(y.length); // 800
 * await pool.close();
 * ```
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
    private readonly isOpen: () => boolean,
  ) {}

  /**
   * Advances by one step. Calls are done in the order in which they come.
   *
   * @param x batch × inputSize numbers, one row after the other; copied before the call returns
   * @param out where the outputs go when the promise is fulfilled; a new array unless given
   * @param options `lanes`: the sequences that advance; x and out then hold only their rows, in that order, and the others rest
   * @returns batch × outputSize numbers
   * @throws {TypeError | RangeError} if an argument does not fit; the state is unchanged. An index past the table of an
   *   Embedding is found out by the thread that meets it: its lanes stay where they are, those of other threads have advanced
   * @throws {Error} after `dispose()`, or after `close()` of the pool
   */
  async step(x: Float32Array, out?: Float32Array, options?: LaneOptions): Promise<Float32Array> {
    this.assertAlive('step');
    const lanes = this.lanesOf(options, 'step');
    const size = (lanes?.length ?? this.batch) * this.inputSize;
    if (!isFloat32Array(x) || x.length !== size) {
      const error = isFloat32Array(x) ? rangeError : typeError;
      throw error(`PoolStream.step: x: got ${describeValue(x)}, expected Float32Array(${size})`);
    }
    return this.advance('step', x, 1, lanes, out);
  }

  /**
   * Advances by as many steps as x holds, with the bits of as many calls of `step`, and one message a thread.
   *
   * @param x T × batch × inputSize numbers, step after step; copied before the call returns
   * @returns T × batch × outputSize numbers
   * @throws as `step`
   */
  async steps(x: Float32Array, out?: Float32Array, options?: LaneOptions): Promise<Float32Array> {
    this.assertAlive('steps');
    const lanes = this.lanesOf(options, 'steps');
    const count = countSteps(x, (lanes?.length ?? this.batch) * this.inputSize, 'PoolStream', '.steps');
    return this.advance('steps', x, count, lanes, out);
  }

  private async advance(
    method: string,
    x: Float32Array,
    count: number,
    lanes: ArrayLike<number> | undefined,
    into: Float32Array | undefined,
  ): Promise<Float32Array> {
    const { inputSize, outputSize, stations } = this;
    const rows = lanes?.length ?? this.batch;
    const size = count * rows * outputSize;
    if (into !== undefined && (!isFloat32Array(into) || into.length !== size)) {
      const error = isFloat32Array(into) ? rangeError : typeError;
      throw error(`PoolStream.${method}: out: got ${describeValue(into)}, expected Float32Array(${size})`);
    }
    // Of each thread: which rows of a step are its, and which of its lanes they are.
    const parts = stations.map(({ share: { from, to } }) => {
      const own = Array.from({ length: rows }, (_, row) => row).filter((row) => {
        const lane = lanes ? lanes[row] : row;
        return lane >= from && lane < to;
      });
      return { own, lanes: lanes && own.map((row) => lanes[row] - from) };
    });
    const tasks = parts.map((part, i) => {
      const { place } = stations[i];
      const length = count * part.own.length;
      const rowsOf = place.lend(length * inputSize) ?? new Float32Array(length * inputSize);
      moveRows(rowsOf, x, part.own, rows, count, inputSize, false);
      return { id: this.id, x: rowsOf, out: place.lend(length * outputSize), lanes: part.lanes };
    });
    const given = tasks.map((task) => [task.x, task.out]);
    const results = await Promise.allSettled(
      tasks.map((task, i) => (parts[i].own.length === 0 ? undefined : stations[i].place.run('steps', task))),
    );
    try {
      const failure = results.find((result) => result.status === 'rejected');
      if (failure) throw failure.reason;
      const out = into ?? new Float32Array(size);
      results.forEach((result, i) => {
        if (result.status === 'fulfilled' && result.value !== undefined)
          moveRows(result.value as Float32Array, out, parts[i].own, rows, count, outputSize, true);
      });
      return out;
    } finally {
      // Only now: a thread that is still at work reads and writes it.
      for (const [i, memory] of given.entries()) for (const each of memory) if (each) stations[i].place.giveBack(each);
    }
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
    const { place, share } = this.stationOf(options.lane, who);
    const task = {
      id: this.id,
      state: copyStates(state) as SequentialState | undefined,
      lane: options.lane - share.from,
    };
    await place.run('reset', task);
  }

  /**
   * Reads the state of one stream.
   *
   * @throws {TypeError | RangeError} if there is no such lane
   * @throws {Error} after `dispose()`, or after `close()` of the pool
   */
  async stateOf(lane: number): Promise<SequentialState> {
    this.assertAlive('stateOf');
    const { place, share } = this.stationOf(lane, 'PoolStream.stateOf');
    return (await place.run('readLane', { id: this.id, lane: lane - share.from })) as SequentialState;
  }

  /** A copy of the state of all streams, as `reset` takes it. */
  get state(): Promise<SequentialState> {
    return this.readState();
  }

  private async readState(): Promise<SequentialState> {
    this.assertAlive('state');
    return joinStates(await this.all('readState', () => ({}))) as SequentialState;
  }

  /**
   * Gives one stream the state of another, which keeps it; between threads it travels as tensors do. The state is that after
   * the calls of `source` that were made before, and calls of these streams that are made after it see it.
   *
   * @param source streams of the same pool, these included
   * @throws {TypeError | RangeError} if source is no stream of this model, or there is no such lane
   * @throws {Error} after `dispose()`, or after `close()` of the pool
   */
  async copyLane(lane: number, source: PoolStream, sourceLane = 0): Promise<void> {
    this.assertAlive('copyLane');
    const { place, share } = this.stationOf(lane, 'PoolStream.copyLane');
    if (!(source instanceof PoolStream)) {
      throw typeError(`PoolStream.copyLane: source: got ${describeValue(source)}, expected streams of a pool`);
    }
    const task = source.stateOf(sourceLane).then((state) => ({ id: this.id, state, lane: lane - share.from }));
    // Where the thread refuses the call, nobody else looks at the promise.
    task.catch(() => undefined);
    await place.run('reset', task);
  }

  /** Gives the memory of all lanes back, after the calls that were made before. The pool's `close()` does so as well. */
  async dispose(): Promise<void> {
    if (!this.alive) return;
    this.alive = false;
    if (!this.isOpen()) return;
    await this.all('close', () => ({}));
  }

  private lanesOf(options: LaneOptions | undefined, method: string): ArrayLike<number> | undefined {
    if (options === undefined) return undefined;
    const who = `PoolStream.${method}`;
    assertOptions(options, ['lanes'], who);
    return options.lanes && Array.from(checkLanes(options.lanes, new Uint8Array(this.batch), who));
  }

  private all<Name extends keyof Tasks>(name: Name, task: (share: Share) => Omit<Tasks[Name], 'id'>) {
    const tasks = this.stations.map(({ share }) => ({ id: this.id, ...task(share) }) as unknown as Tasks[Name]);
    return Promise.all(this.stations.map(({ place }, i) => place.run(name, tasks[i])));
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

/** Copies the rows of a thread out of those of all lanes at every step, or back. */
function moveRows(
  own: Float32Array,
  all: Float32Array,
  rows: readonly number[],
  batch: number,
  count: number,
  size: number,
  back: boolean,
): void {
  for (let t = 0; t < count; t++) {
    for (let i = 0; i < rows.length; i++) {
      const [a, b] = [(t * rows.length + i) * size, (t * batch + rows[i]) * size];
      if (back) all.set(own.subarray(a, a + size), b);
      else own.set(all.subarray(b, b + size), a);
    }
  }
}
