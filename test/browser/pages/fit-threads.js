/** A fit on two workers in a page: whether its weights are those of as many shards on the page's own thread. */
import { createEngine, Dropout, Linear, LSTM, Sequential } from '../../../dist/index.js';
import { fit, lanes, mse } from '../../../dist/train.js';
import { noise } from './noise.js';
import { toBits } from './run-cases.js';

async function weightsOf(division) {
  const engine = createEngine({ simd: 'baseline' });
  const model = new Sequential([
    new LSTM({ inputSize: 2, hiddenSize: 40, seed: 1, engine }),
    new Dropout({ p: 0.2, engine }),
    new Linear({ inFeatures: 40, outFeatures: 2, seed: 2, engine }),
  ]);
  const data = lanes({ data: noise(2 * 600), dims: [600, 2] }, { steps: 25, batch: 6 });
  const { loss } = await fit(model, data, { loss: mse(), epochs: 2, seed: 3, ...division });
  return [loss, ...Object.values(model.stateDict()).flatMap(({ data: weights }) => [...toBits(weights)])];
}

async function compare() {
  const shared = await weightsOf({ threads: 2 });
  const own = await weightsOf({ shards: 2 });
  return { isolated: globalThis.crossOriginIsolated, same: String(shared) === String(own), count: own.length };
}

globalThis.results = compare().then(
  (answer) => JSON.stringify(answer),
  (error) => JSON.stringify({ error: String(error?.stack ?? error) }),
);
