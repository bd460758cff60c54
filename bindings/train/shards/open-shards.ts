/** Loaded when a fit divides its batches: shards, each with a tape of its own, on this thread or on others. */
import type { Module } from '../../index.js';
import type { WorkerOptions } from '../../parallel/host.js';
import { shares } from '../../parallel/split.js';
import { startThreads } from '../../parallel/start-threads.js';
import { Thread } from '../../parallel/thread.js';
import type { Tensor } from '../../tensor.js';
import type { Batch } from '../data/batches.js';
import type { Comparison } from '../fit/evaluate.js';
import type { Pace } from '../fit/pace.js';
import type { Passes } from '../fit/passes.js';
import type { DividedLoss, Loss } from '../losses/loss.js';
import type { Parameters } from '../parameters.js';
import { Tape } from '../tape/tape.js';
import { type ShardLoad, savedModel } from './load.js';
import { OwnPlace } from './own-place.js';
import { ShardedPasses } from './sharded-passes.js';
import { ShardStation, type ShardTasks } from './station.js';

/** How a fit is divided. */
export interface Division {
  /** Parts of each batch. */
  readonly shards: number;
  /** Threads that work on them: 1 is the caller's. */
  readonly threads: number;
  /** The threads' file, where it is not the one beside this. */
  readonly worker: string | URL | undefined;
  /** Of the batches: the most steps and sequences. */
  readonly steps: number;
  readonly batch: number;
  readonly dropout: number;
  readonly loss: Loss;
}

const WHO = 'fit';

/**
 * Starts the shards of a fit.
 *
 * @param parameters the fit's own: their values are what shards compute with, and to their gradients shards add
 * @param compare by the loss, which the caller's thread has to call if it is one of the user's own
 * @throws {Error} if a thread cannot start
 */
export async function openShards(
  model: Module,
  parameters: Parameters,
  { shards, threads, worker, steps, batch, dropout, loss }: Division,
  compare: Comparison,
  pace: Pace,
): Promise<Passes> {
  const numbers = Array.from({ length: shards }, (_, i) => i);
  const options = { steps, batch: Math.ceil(batch / shards), dropout };
  const owned = shares(shards, threads);
  const { recipe } = loss as Partial<DividedLoss>;
  const sharded = { recipe, compare: (output: Tensor, batch: Batch) => pace.walk(compare(output, batch)) };
  if (owned.length === 1) {
    const tapes = new Map(numbers.map((shard) => [shard, new Tape(model, options)]));
    const place = new OwnPlace(new ShardStation(model, tapes, recipe && loss), pace);
    return new ShardedPasses(model, parameters, owned, [place], sharded, () => {});
  }
  const saved = savedModel(model);
  const loads = owned.map(
    ({ from, to }): ShardLoad => ({
      ...saved,
      ...options,
      shards: numbers.slice(from, to),
      loss: recipe,
    }),
  );
  const next = loads.values();
  const places = await startThreads<ShardTasks>(
    WHO,
    owned.length,
    () => new Thread(WHO, next.next().value, workerFile(worker), 1),
  );
  return new ShardedPasses(model, parameters, owned, places, sharded, () => pace.turned());
}

function workerFile(script: string | URL | undefined): Pick<WorkerOptions, 'web' | 'file'> {
  return {
    // In these words, because bundlers look for them and bring the worker's file along.
    web: () =>
      script
        ? new Worker(script, { type: 'module' })
        : new Worker(new URL('./train-shard-worker.js', import.meta.url), { type: 'module' }),
    file: () => script ?? new URL('./train-shard-worker.js', import.meta.url),
  };
}
