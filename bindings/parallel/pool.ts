import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { HiddenstateError, rangeError, typeError } from '../errors.js';
import {
  Embedding,
  type ForwardOptions,
  type Module,
  Sequential,
  type SequentialResult,
  type SequentialState,
  type StreamOptions,
} from '../index.js';
import { assertOptions, assertSize } from '../options.js';
import { assertTensor, describeValue, type Tensor } from '../tensor.js';
import { PoolStream } from './pool-stream.js';
import { Queue, type Thread } from './queue.js';
import {
  copyStates,
  copyTensor,
  joinStates,
  joinTensors,
  type Share,
  shares,
  sliceStates,
  sliceTensor,
} from './split.js';
import type { Copy, ForwardTask, StreamTask } from './worker.js';

/** Options of `openPool`. */
export interface PoolOptions {
  /** Threads, each with a copy of the model. As many as the machine runs at once, unless given. */
  threads?: number;
  /** Calls that may wait for a thread; one more is refused. Their arguments may hold 1 GiB in all. Default 65536. */
  maxWaiting?: number;
}

const WORKER = fileURLToPath(new URL('./parallel-worker.js', import.meta.url));
const MOST_THREADS = 256;
const MOST_WAITING = 65536;

/** What a pool has to know of the model that its threads have. */
interface Shape {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Dimensions of a batched input, and which of them is the batch. */
  readonly rank: number;
  readonly batchAxis: number;
}

/** A model on several threads of Node: batches are divided among them, streams live on them. */
export class Pool {
  private alive = true;
  private streams = 0;

  /** @internal */
  constructor(
    private readonly shape: Shape,
    private readonly threads: readonly Thread[],
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
    const parts = shares(Math.max(1, batch), this.threads.length);
    const { state, lengths } = options;
    if (parts.length === 1) {
      return this.run(0, {
        input: copyTensor(input),
        options: {
          state: copyStates(state) as SequentialState | undefined,
          lengths: lengths && Array.prototype.slice.call(lengths),
        },
      });
    }
    if (lengths !== undefined && lengths?.length !== batch) {
      throw rangeError(`${who}: lengths: got ${describeValue(lengths)}, expected one for each of ${batch} sequences`);
    }
    const taskOf = (share: Share): ForwardTask => ({
      input: sliceTensor(input, batchAxis, share),
      options: {
        state: state && (sliceStates(state, batch, share, who) as SequentialState),
        lengths: lengths && Array.prototype.slice.call(lengths, share.from, share.to),
      },
    });
    const tasks = parts.map(taskOf);
    const results = await Promise.all(tasks.map((task, i) => this.run(i, task)));
    return {
      output: joinTensors(
        results.map(({ output }) => output),
        batchAxis,
      ),
      state: joinStates(results.map((result) => result.state)) as SequentialState,
    };
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
    const stations = shares(batch, this.threads.length).map((share, i) => ({ thread: this.threads[i], share }));
    const tasks = stations.map(({ share }): StreamTask => {
      const own = state === undefined ? undefined : (sliceStates(state, batch, share, who) as SequentialState);
      return { id, batch: share.to - share.from, state: own };
    });
    const opened = await Promise.allSettled(stations.map(({ thread }, i) => thread.run(tasks[i], { name: 'open' })));
    const failure = opened.find((each) => each.status === 'rejected');
    if (failure) {
      const open = stations.filter((_, i) => opened[i].status === 'fulfilled');
      await Promise.all(open.map(({ thread }) => thread.run({ id } satisfies StreamTask, { name: 'close' })));
      throw failure.reason;
    }
    const { inputSize, outputSize } = this.shape;
    return new PoolStream(batch, inputSize, outputSize, id, stations, () => this.alive);
  }

  /** Ends the threads, and with them all streams, after the calls that were made before. */
  async close(): Promise<void> {
    this.alive = false;
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private run(thread: number, task: ForwardTask): Promise<SequentialResult> {
    return this.threads[thread].run(task, { name: 'forward' }) as Promise<SequentialResult>;
  }

  private assertAlive(method: string): void {
    if (!this.alive) throw new HiddenstateError('DISPOSED', `Pool.${method}: got a closed pool, expected an open one`);
  }
}

/**
 * Starts threads with a copy of a model each. Node only.
 *
 * @param model what the copies are made of; stays the caller's and may be disposed
 * @throws {TypeError | RangeError} if an argument does not fit
 * @throws {Error} if the model was disposed, or a thread cannot start; none is left running then
 */
export async function openPool(model: Sequential, options: PoolOptions = {}): Promise<Pool> {
  if (!(model instanceof Sequential)) {
    throw typeError(`openPool: model: got ${describeValue(model)}, expected a Sequential of hiddenstate`);
  }
  assertOptions(options, ['threads', 'maxWaiting'], 'openPool');
  const { threads = availableParallelism(), maxWaiting = MOST_WAITING } = options;
  assertSize(threads, 'openPool: threads', 1, MOST_THREADS);
  assertSize(maxWaiting, 'openPool: maxWaiting');
  const copy: Copy = { bytes: model.save(), simd: model.engine.simd };
  const queues = Array.from({ length: threads }, () => startThread(copy, maxWaiting));
  const started = await Promise.allSettled(queues.map((queue) => queue.run({}, { name: 'ready' })));
  const failure = started.find((each) => each.status === 'rejected');
  if (failure) {
    await Promise.all(queues.map((queue) => queue.close()));
    const { reason } = failure;
    throw new HiddenstateError(
      'HOST',
      `openPool: got a thread that cannot start: ${reason?.message}, expected one that runs`,
      { cause: reason },
    );
  }
  return new Pool(shapeOf(model), queues);
}

/** A pool of one thread each, because a lane of a stream has to come back to the thread that keeps it. */
function startThread(copy: Copy, maxWaiting: number): Queue {
  const thread = new Piscina({
    filename: WORKER,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    workerData: copy,
    recordTiming: false,
  });
  const queue = new Queue(thread, maxWaiting);
  thread.on('error', (cause: Error) => {
    const message = `Pool: got a thread that ended: ${cause?.message}, expected one that runs`;
    queue.fail(new HiddenstateError('HOST', message, { cause }));
    // Left open it would start, and fail, again and again.
    void thread.destroy();
  });
  return queue;
}

function shapeOf(model: Sequential): Shape {
  const modules = flatten(model);
  const batchFirst = modules.some((module) => 'batchFirst' in module && module.batchFirst === true);
  return {
    inputSize: model.inputSize,
    outputSize: model.outputSize,
    rank: modules[0] instanceof Embedding ? 2 : 3,
    batchAxis: batchFirst ? 0 : 1,
  };
}

/** The modules of a Sequential and of those within it. */
function flatten(model: Sequential): Module[] {
  return model.modules.flatMap((module) => (module instanceof Sequential ? flatten(module) : [module]));
}
