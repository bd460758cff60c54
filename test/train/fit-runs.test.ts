/** `fit` follows PyTorch: its windows, lanes, losses, clipping, schedules and optimisers, fifty steps and more. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Engine, Sequential } from '../../bindings/index.js';
import {
  Adam,
  AdamW,
  cosineAnnealingLR,
  crossEntropy,
  fit,
  gaussianNLL,
  huber,
  type Loss,
  lanes,
  mse,
  oneCycleLR,
  reduceLROnPlateau,
  SGD,
  splitByTime,
  stepLR,
  windows,
} from '../../bindings/train/index.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';
import { CASES, drawer, expectedOf, type FitCase } from './golden/read.js';
import { gradientError } from './gradient-error.js';
import { drawWeights, moduleOf } from './models.js';

const LOSSES = { mse, huber, gaussianNLL, crossEntropy };
const OPTIMIZERS = { SGD, Adam, AdamW };
const SCHEDULES = { cosineAnnealingLR, stepLR, oneCycleLR, reduceLROnPlateau };
const BATCHES = { windows, lanes };
const EMBEDDED = 4;

/** The series of fits.py: numbers that lean on those before them, or tokens that mostly count up. */
function seriesOf({ loss, rows, features, tokens }: FitCase, random: () => number) {
  if (loss === 'crossEntropy') {
    const data = new Float32Array(rows);
    for (let t = 1; t < rows; t++) data[t] = (data[t - 1] + (random() < 0.7 ? 1 : 3)) % tokens;
    return { data, dims: [rows] };
  }
  const values = new Float64Array(rows * features);
  for (let t = 1; t < rows; t++) {
    const before = (t - 1) * features;
    for (let i = 0; i < features; i++) {
      values[t * features + i] = 0.625 * values[before + i] - 0.25 * values[before + 1 - i] + 0.75 * (2 * random() - 1);
    }
  }
  return { data: Float32Array.from(values), dims: [rows, features] };
}

function modelOf({ kind, layer, loss, features, tokens }: FitCase, engine: Engine): Sequential {
  const symbols = loss === 'crossEntropy';
  const outFeatures = symbols ? tokens : loss === 'gaussianNLL' ? 2 * features : features;
  const recurrent = moduleOf({ kind, inputSize: symbols ? EMBEDDED : features, ...layer }, engine);
  return new Sequential([
    ...(symbols ? [moduleOf({ kind: 'Embedding', numEmbeddings: tokens, embeddingDim: EMBEDDED }, engine)] : []),
    recurrent,
    moduleOf({ kind: 'Linear', inFeatures: recurrent.outputSize as number, outFeatures }, engine),
  ]);
}

/** Runs a case as fits.py does, and gives what it wrote. */
async function train(run: FitCase, engine: Engine): Promise<Record<string, number[]>> {
  const { random, tensor } = drawer(run.seed);
  const [past, latest] = splitByTime(seriesOf(run, random), run.validationFraction);
  using model = modelOf(run, engine);
  drawWeights(model, (dims) => tensor(dims, 0.25));
  const { kind, ...cut } = run.batches;
  const plain = LOSSES[run.loss]();
  const found: Record<string, number[]> = { losses: [], norms: [], rates: [] };
  let latestLoss = Number.NaN;
  const loss: Loss = (...given) => {
    const result = plain(...given);
    latestLoss = result.value;
    return result;
  };
  const { history } = await fit(model, BATCHES[kind](past, cut as never), {
    loss,
    epochs: run.epochs,
    optimizer: (parameters) => new OPTIMIZERS[run.optimizer](parameters, run.options),
    schedule: SCHEDULES[run.schedule.name](run.schedule.options as never),
    clipNorm: run.clipNorm,
    clipValue: run.clipValue,
    validation: BATCHES[kind](latest, cut as never),
    onProgress({ gradientNorm, learningRate }) {
      found.losses.push(latestLoss);
      found.norms.push(gradientNorm);
      found.rates.push(learningRate);
    },
  });
  return {
    ...found,
    epochs: history.map((report) => report.loss),
    validation: history.map(({ validationLoss }) => validationLoss as number),
    final: Object.values(model.stateDict()).flatMap(({ data }) => [...data]),
  };
}

describe.each(BUILDS)('fit on the $name build', ({ name, create }) => {
  const ledger = new ErrorLedger(`loss curves of fit against PyTorch's, ${name}`);
  afterAll(() => ledger.print());

  it.each(CASES.fits)('follows PyTorch in $name', async (run) => {
    const got = await train(run, create());
    const expected = expectedOf(run);
    expect(expected.losses.data.length).toBeGreaterThanOrEqual(50);
    for (const part of ['losses', 'epochs', 'validation', 'norms']) {
      const { data } = expected[part];
      expect(got[part].length).toBe(data.length);
      data.forEach((value, i) => {
        const error = Math.abs(got[part][i] - value) / value;
        ledger.add(`${run.name} ${part} ${i}`, error);
        expect(error, `${part} ${i}`).toBeLessThanOrEqual(1e-4);
      });
    }
    expect(gradientError(got.rates, expected.rates.data)).toBeLessThanOrEqual(1e-6);
    expect(gradientError(got.final, expected.final.data)).toBeLessThanOrEqual(1e-4);
  });

  it('was made to learn: every curve falls, and the rate that waits for the validation loss has moved', () => {
    for (const run of CASES.fits) {
      const { epochs, rates } = expectedOf(run);
      expect(epochs.data.at(-1)).toBeLessThan(epochs.data[0]);
      expect(new Set(rates.data).size).toBeGreaterThan(1);
    }
  });
});
