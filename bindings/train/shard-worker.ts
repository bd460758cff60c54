/** The file of a fit's threads: a copy of the model comes with the first message, and parts of batches with those that follow. */
import { createEngine, loadModel, type Sequential } from '../index.js';
import { serveStation } from '../parallel/serve-station.js';
import { Tape } from './index.js';
import type { ShardLoad } from './shards/load.js';
import { ShardStation } from './shards/station.js';

serveStation(({ bytes, simd, isBare, shards, ...options }: ShardLoad) => {
  const loaded: Sequential = loadModel(bytes, { engine: createEngine({ simd }) });
  const model = isBare ? loaded.modules[0] : loaded;
  return new ShardStation(model, new Map(shards.map((shard) => [shard, new Tape(model, options)])));
});
