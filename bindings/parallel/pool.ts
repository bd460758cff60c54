import { HiddenstateError, rangeError, typeError } from '../errors.js';
import {
  Embedding,
  type ForwardOptions,
  loadModel,
  type Module,
  Sequential,
  type SequentialResult,
  type SequentialState,
  type StreamOptions,
} from '../index.js';
import { assertOptions, assertSize } from '../options.js';
import { assertTensor, describeValue, elementCount, type Tensor } from '../tensor.js';
import { Caller } from './caller.js';
import { parallelism, type WorkerOptions } from './host.js';
import { PoolStream } from './pool-stream.js';
import {
  copyStates,
  copyTensor,
  joinStates,
  putSlice,
  type Share,
  shares,
  sliceStates,
  sliceTensor,
  wholeOf,
} from './split.js';
import { startThreads } from './start-threads.js';
import { type Copy, type ForwardTask, type Tasks, WorkStation } from './station.js';
import { type Place, Thread } from './thread.js';

/** Options of `openPool`. */
export interface PoolOptions {
  /** Threads, each with a copy of the model. As many as the machine runs at once, unless given. */
  threads?: number;
  /** Calls that may wait for a thread; one more is refused. Their arguments may hold 1 GiB in all. Default 65536. */
  maxWaiting?: number;
  /**
   * Multiplications (steps × batch × weights) below which a call is done on the caller's thread, because a message to another
   * would take longer. Of a stream, those of one step. Default 2 million, some 200 µs; 0 sends every call.
   */
  minWork?: number;
  /** Where the threads' file `parallel-worker.js` is, for bundlers that do not find it by themselves (esbuild). */
  worker?: string | URL;
}

const MOST_THREADS = 256;
const MOST_WAITING = 65536;
const LEAST_WORK = 2e6;

/** What a pool has to know of the model that its threads have. */
interface Shape {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Dimensions of a batched input, and which of them is the batch. */
  readonly rank: number;
  readonly batchAxis: number;
  /** Weights, each of which is multiplied once a step, but for the rows of a table. */
  readonly weights: number;
}

/**
 * A model on several threads: batches are divided among them, streams live on them.
 *
 * @example
 * ```ts
 * import { GRU, Sequential } from 'hiddenstate';
 * import { openPool, type Pool } from 'hiddenstate/parallel';
 *
 * const model = new Sequential([new GRU({ inputSize: 4, hiddenSize: 8 })]);
 * const pool: Pool = await openPool(model, { threads: 2, minWork: 0 });
 * const batches = [1, 2, 3].map(() => ({ data: new Float32Array(5 * 6 * 4), dims: [5, 6, 4] }));
 * const results = await Promise.all(batches.map((batch) => pool.forward(batch)));
 * console.log(results.length); // 3
 * await pool.close();
 * ```
 */
export class Pool {
  private alive = true;
  private streams = 0;
  private readonly isOpen = () => this.alive;

  /** @internal */
  constructor(
    private readonly shape: Shape,
    private readonly threads: readonly Place<Tasks>[],
    /** The caller's thread, for calls of less than `minWork`. */
    private readonly caller: Place<Tasks>,
    private readonly minWork: number,
  ) {}

  /**
   * Runs the model over a batch of sequences, divided among the threads. The bits are those of `Sequential.forward`.
   *
   * @param input as of `Sequential.forward`, copied before the call returns; without a batch, one thread does it all
   * @returns output and states, as of `Sequential.forward`
   * @throws {TypeError | RangeError} if an argument does not fit
   * @throws {Error} after `close()`
   */
  async forward(input: Tensor, options: ForwardOptions<SequentialState> = {}): Promise<SequentialResult> {
    const who = 'Pool.forward';
    this.assertAlive('forward');
    assertTensor(input, `${who}: input`);
    assertOptions(options, ['state', 'lengths'], who);
    const { rank, batchAxis } = this.shape;
    const batch = input.dims.length === rank ? input.dims[batchAxis] : 1;
    const rows = rank === 2 ? input.data.length : input.data.length / this.shape.inputSize;
    const isSmall = rows * this.shape.weights < this.minWork;
    const parts = shares(Math.max(1, batch), this.threads.length);
    const { state, lengths } = options;
    if (isSmall || parts.length === 1) {
      const place = isSmall ? this.caller : this.threads[0];
      return this.run(place, {
        input: copyTensor(input, (length) => place.lend(length)),
        options: {
          state: copyStates(state) as SequentialState | undefined,
          lengths: lengths && Array.prototype.slice.call(lengths),
        },
      });
    }
    if (lengths !== undefined && lengths?.length !== batch) {
      throw rangeError(`${who}: lengths: got ${describeValue(lengths)}, expected one for each of ${batch} sequences`);
    }
    const optionsOf = (share: Share): ForwardTask['options'] => ({
      state: state && (sliceStates(state, batch, share, who) as SequentialState),
      lengths: lengths && Array.prototype.slice.call(lengths, share.from, share.to),
    });
    // Refused before memory is lent.
    const optionsOfAll = parts.map(optionsOf);
    let output: Tensor | undefined;
    // A thread begins while the input of the next is cut, and its part is put into its place while others compute.
    const states = await Promise.all(
      parts.map(async (share, i) => {
        const place = this.threads[i];
        const slice = sliceTensor(input, batchAxis, share, (length) => place.lend(length));
        const part = await this.run(place, { input: slice, options: optionsOfAll[i] });
        output ??= wholeOf(part.output, batchAxis, batch);
        putSlice(output, batchAxis, share.from, part.output);
        return part.state;
      }),
    );
    return { output: output as Tensor, state: joinStates(states) as SequentialState };
  }

  /**
   * Opens streams that advance together, their lanes divided among the threads.
   *
   * @throws {TypeError | RangeError} if batch or state do not fit
   * @throws {Error} if the model cannot be streamed, or after `close()`
   */
  async stream(options: StreamOptions<SequentialState> = {}): Promise<PoolStream> {
    const who = 'Pool.stream';
    this.assertAlive('stream');
    assertOptions(options, ['batch', 'state'], who);
    const { batch = 1, state } = options;
    assertSize(batch, `${who}: batch`);
    const id = this.streams++;
    const isSmall = batch * this.shape.weights < this.minWork;
    const places = isSmall ? [this.caller] : this.threads;
    const stations = shares(batch, places.length).map((share, i) => ({ place: places[i], share }));
    const tasks = stations.map(({ share }) => {
      const own = state === undefined ? undefined : (sliceStates(state, batch, share, who) as SequentialState);
      return { id, batch: share.to - share.from, state: own };
    });
    const opened = await Promise.allSettled(stations.map(({ place }, i) => place.run('open', tasks[i])));
    const failure = opened.find((each) => each.status === 'rejected');
    if (failure) {
      const open = stations.filter((_, i) => opened[i].status === 'fulfilled');
      await Promise.all(open.map(({ place }) => place.run('close', { id })));
      throw failure.reason;
    }
    const { inputSize, outputSize } = this.shape;
    return new PoolStream(batch, inputSize, outputSize, id, stations, this.isOpen);
  }

  /** Ends the threads, and with them all streams, after the calls that were made before. */
  async close(): Promise<void> {
    this.alive = false;
    await Promise.all([this.caller, ...this.threads].map((place) => place.close()));
  }

  private async run(place: Place<Tasks>, task: ForwardTask): Promise<SequentialResult> {
    const { data } = task.input;
    try {
      return (await place.run('forward', task)) as SequentialResult;
    } finally {
      place.giveBack(data);
    }
  }

  private assertAlive(method: string): void {
    if (!this.alive) throw new HiddenstateError('DISPOSED', `Pool.${method}: got a closed pool, expected an open one`);
  }
}

/**
 * Starts threads with a copy of a model each: workers, in browsers as in Node. No shared memory is needed; where the host has
 * it, arguments and results lie in it.
 *
 * @param model what the copies are made of; stays the caller's and may be disposed
 * @throws {TypeError | RangeError} if an argument does not fit
 * @throws {Error} if the model was disposed, or a thread cannot start; none is left running then
 *
 * @example
 * ```ts
 * import { GRU, Sequential } from 'hiddenstate';
 * import { openPool } from 'hiddenstate/parallel';
 *
 * const model = new Sequential([new GRU({ inputSize: 4, hiddenSize: 8 })]);
 * const pool = await openPool(model, { threads: 2 });
 * const { output } = await pool.forward({ data: new Float32Array(5 * 6 * 4), dims: [5, 6, 4] });
 * console.log(output.dims); // [ 5, 6, 8 ]
 * await pool.close();
 * ```
 */
export async function openPool(model: Sequential, options: PoolOptions = {}): Promise<Pool> {
  if (!(model instanceof Sequential)) {
    throw typeError(`openPool: model: got ${describeValue(model)}, expected a Sequential of hiddenstate`);
  }
  assertOptions(options, ['threads', 'maxWaiting', 'minWork', 'worker'], 'openPool');
  const { threads = parallelism(), maxWaiting = MOST_WAITING, minWork = LEAST_WORK, worker } = options;
  assertSize(threads, 'openPool: threads', 1, MOST_THREADS);
  assertSize(maxWaiting, 'openPool: maxWaiting');
  assertSize(minWork, 'openPool: minWork', 0);
  const copy: Copy = { bytes: model.save(), simd: model.engine.simd };
  const { engine } = model;
  const caller = new Caller(() => new WorkStation(loadModel(copy.bytes, { engine })), maxWaiting);
  const places = await startThreads<Tasks>(
    'openPool',
    threads,
    () => new Thread('Pool', copy, workerFile(worker), maxWaiting),
  );
  return new Pool(shapeOf(model), places, caller, minWork);
}

/** The file of a pool's threads. */
function workerFile(script?: string | URL): Pick<WorkerOptions, 'web' | 'file'> {
  return {
    // In these words, because bundlers look for them and bring the worker's file along.
    web: () =>
      script
        ? new Worker(script, { type: 'module' })
        : new Worker(new URL('./parallel-worker.js', import.meta.url), { type: 'module' }),
    file: () => script ?? new URL('./parallel-worker.js', import.meta.url),
  };
}

function shapeOf(model: Sequential): Shape {
  const modules = flatten(model);
  const batchFirst = modules.some((module) => 'batchFirst' in module && module.batchFirst === true);
  return {
    inputSize: model.inputSize,
    outputSize: model.outputSize,
    rank: modules[0] instanceof Embedding ? 2 : 3,
    batchAxis: batchFirst ? 0 : 1,
    weights: model.parameters.reduce((sum, { dims }) => sum + elementCount(dims, 'openPool'), 0),
  };
}

/** The modules of a Sequential and of those within it. */
function flatten(model: Sequential): Module[] {
  return model.modules.flatMap((module) => (module instanceof Sequential ? flatten(module) : [module]));
}
