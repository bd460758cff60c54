/** The file of a fit's threads: a copy of the model comes with the first message, and parts of batches with those that follow. */
import { createEngine, loadModel, type Sequential } from '../index.js';
import { serveStation } from '../parallel/serve-station.js';
import { bce, crossEntropy, gaussianNLL, huber, mae, mse, quantile, smoothL1, Tape } from './index.js';
import type { Loss, LossRecipe } from './losses/loss.js';
import type { ShardLoad } from './shards/load.js';
import { ShardStation } from './shards/station.js';

/** The library's, by the names that they are sent by. */
const LOSSES: Readonly<Record<string, (options: never) => Loss>> = {
  bce,
  crossEntropy,
  gaussianNLL,
  huber,
  mae,
  mse,
  quantile,
  smoothL1,
};

function makeLoss({ name, options }: LossRecipe): Loss {
  return LOSSES[name](options as never);
}

serveStation(({ bytes, simd, isBare, shards, loss, ...options }: ShardLoad) => {
  const loaded: Sequential = loadModel(bytes, { engine: createEngine({ simd }) });
  const model = isBare ? loaded.modules[0] : loaded;
  const tapes = new Map(shards.map((shard) => [shard, new Tape(model, options)]));
  return new ShardStation(model, tapes, loss && makeLoss(loss));
});
