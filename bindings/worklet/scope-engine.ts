import { createEngine, type Engine } from '../index.js';

let engine: Engine | undefined;

/** The engine of all units of a scope: kernels are compiled once. The baseline build gives the same bits in every browser. */
export function scopeEngine(): Engine {
  engine ??= createEngine({ simd: 'baseline' });
  return engine;
}
