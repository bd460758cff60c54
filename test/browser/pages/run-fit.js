import { noise } from './noise.js';
import { toBits } from './run-cases.js';

/**
 * Trains a small model on noise, on the engine of fixed bits, interrupts it and goes on from the checkpoint.
 *
 * @returns the weights in the end, and whether a timer of the page was heard meanwhile
 */
export async function runFit({ createEngine, GRU, Linear, Sequential }, { crossEntropy, fit, lanes, mse }) {
  const engine = createEngine({ simd: 'baseline' });
  const make = () =>
    new Sequential([
      new GRU({ inputSize: 2, hiddenSize: 9, numLayers: 2, seed: 1, engine }),
      new Linear({ inFeatures: 9, outFeatures: 2, seed: 2, engine }),
    ]);
  const data = lanes({ data: noise(800), dims: [400, 2] }, { steps: 10, batch: 4 });
  const options = { loss: mse(), epochs: 60, clipNorm: 1, dropout: 0.1, seed: 3 };
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const stop = new AbortController();
  let checkpoint;
  const model = make();
  await fit(model, data, {
    ...options,
    signal: stop.signal,
    checkpoint: {
      save: (bytes) => {
        checkpoint = bytes;
      },
    },
    onProgress: ({ epoch, batch }) => {
      if (batch === 1 && epoch < 5) spend(40);
      if (epoch === 30 && batch === 5) stop.abort('half-way');
    },
  }).catch((reason) => {
    if (reason !== 'half-way') throw reason;
  });
  const resumed = make();
  await fit(resumed, data, { ...options, resume: checkpoint });
  clearInterval(timer);
  const weights = Object.entries(resumed.stateDict()).map(([name, { data: values }]) => [name, toBits(values)]);
  const { value } = crossEntropy()({ data: noise(12), dims: [4, 3] }, { data: new Float32Array(4), dims: [4] });
  return { turned: turns > 0, numbers: { ...Object.fromEntries(weights), loss: toBits(Float32Array.of(value)) } };
}

/** Makes a step as long as those of a model so large that the page must get its turn after it. */
function spend(milliseconds) {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}
