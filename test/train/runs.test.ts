/** Whole training runs follow PyTorch's: same weights, same batches, SGD, Adam and AdamW, fifty steps. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Engine, Linear, Sequential } from '../../bindings/index.js';
import { Adam, AdamW, clipGradientNorm, SGD, Tape } from '../../bindings/train/index.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';
import { CASES, drawer, expectedOf, type RunCase } from './golden/read.js';
import { gradientError } from './gradient-error.js';
import { drawWeights, moduleOf } from './models.js';

/** Mean cross-entropy of rows of logits in float64, and its gradient. */
function crossEntropy(logits: Float32Array, targets: readonly number[], classes: number) {
  const gradient = new Float32Array(logits.length);
  let loss = 0;
  targets.forEach((target, row) => {
    const values = logits.subarray(row * classes, (row + 1) * classes);
    const exps = Array.from(values, Math.exp);
    const sum = exps.reduce((a, b) => a + b);
    loss += Math.log(sum) - values[target];
    exps.forEach((e, k) => {
      gradient[row * classes + k] = (e / sum - (k === target ? 1 : 0)) / targets.length;
    });
  });
  return { loss: loss / targets.length, gradient };
}

function train(run: RunCase, engine: Engine) {
  const { steps, batch, features, hidden, classes, kind, seed, options } = run;
  const { tensor } = drawer(seed);
  const layer = moduleOf({ kind, inputSize: features, hiddenSize: hidden }, engine);
  using model = new Sequential([layer, new Linear({ inFeatures: hidden, outFeatures: classes, engine })]);
  drawWeights(model, (dims) => tensor(dims, 0.25));
  using tape = new Tape(model, { batch, steps });
  const { parameters } = tape;
  using optimizer = new { SGD, Adam, AdamW }[run.optimizer](parameters, options);
  const losses: number[] = [];
  const norms: number[] = [];
  const inUse = engine.bytesInUse;
  for (let step = 0; step < 50; step++) {
    const x = tensor([steps, batch, features]);
    const targets = Array.from({ length: steps * batch }, (_, row) => {
      const before = (row < batch ? row : row - batch) * features;
      return (x.data[before] > 0 ? 2 : 0) + (x.data[before + 1] > 0 ? 1 : 0);
    });
    const { output } = tape.forward(x);
    const { loss, gradient } = crossEntropy(output.data, targets, classes);
    tape.zeroGradients();
    tape.backward({ data: gradient, dims: output.dims });
    norms.push(clipGradientNorm(parameters, run.clip ?? 1e9));
    optimizer.step();
    losses.push(loss);
  }
  expect(engine.bytesInUse).toBe(inUse);
  // What the model itself says of its weights is what was trained.
  const final = Object.values(model.stateDict()).flatMap(({ data }) => [...data]);
  return { losses, norms, final };
}

describe.each(BUILDS)('training on the $name build', ({ name, create }) => {
  const ledger = new ErrorLedger(`loss curves against PyTorch's, ${name}`);
  afterAll(() => ledger.print());

  it.each(CASES.runs)('follows PyTorch in $name', (run) => {
    const got = train(run, create());
    const { losses, norms, final } = expectedOf(run);
    losses.data.forEach((loss, step) => {
      const error = Math.abs(got.losses[step] - loss) / loss;
      ledger.add(`${run.name} step ${step}`, error);
      expect(error, `step ${step}`).toBeLessThanOrEqual(1e-4);
    });
    expect(gradientError(got.norms, norms.data)).toBeLessThanOrEqual(1e-4);
    expect(gradientError(got.final, final.data)).toBeLessThanOrEqual(1e-4);
    expect(losses.data[49]).toBeLessThan(losses.data[0]);
  });
});
