import type { Module } from '../../index.js';
import { type Share, shares } from '../../parallel/split.js';
import { isPool, isRecurrent, leavesOf } from '../links/chain.js';

/** Where in the tensors of a model's batches the sequences are. */
export interface BatchAxes {
  /** Dimensions of an input of many sequences. */
  readonly rank: number;
  readonly input: number;
  readonly output: number;
}

/** Where the batch is in what a model reads and gives. */
export function batchAxes(model: Module): BatchAxes {
  const modules = leavesOf(model);
  const hasFeatures = modules[0].type !== 'Embedding';
  const timed = modules.filter((module) => isRecurrent(module) || isPool(module));
  const input = timed.length > 0 && timed[0].batchFirst ? 0 : 1;
  // A pool leaves a row of each sequence.
  return { rank: hasFeatures ? 3 : 2, input, output: modules.some(isPool) ? 0 : input };
}

/**
 * Which sequences of a batch each shard has.
 *
 * @returns undefined for an input that cannot be divided: a single sequence without a batch dimension
 */
export function divide(dims: readonly number[], { rank, input }: BatchAxes, shards: number): Share[] | undefined {
  return dims.length === rank ? shares(dims[input], shards) : undefined;
}
