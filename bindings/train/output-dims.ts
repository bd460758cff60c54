import type { Module } from '../index.js';
import { isPool, leavesOf } from './links/chain.js';

/** The dims of what a model gives for an input of these dims. */
export function outputDims(model: Module, dims: readonly number[]): number[] {
  const modules = leavesOf(model);
  const lead = modules[0].type === 'Embedding' ? dims : dims.slice(0, -1);
  const pool = modules.find(isPool);
  if (!pool) return [...lead, model.outputSize];
  // A pool leaves a row of each sequence.
  return lead.length === 2 ? [lead[pool.batchFirst ? 0 : 1], model.outputSize] : [model.outputSize];
}
