/**
 * Gradients at every point of the grid of options: RNN (tanh, ReLU), LSTM (with projection and without), GRU (both resets) ×
 * one to three layers × directions × bias × plain, ragged or unbatched × batch first × initial state, 864 layers in all.
 * PyTorch's are digested, for the size of the file: three sums of each tensor's elements under drawn signs.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';
import { mulberry32 } from '../support/random.js';
import { CASES, expectedOf, type LayerCase } from './golden/read.js';
import { layerGradients } from './layer-gradients.js';
import { moduleOf } from './models.js';

/** Of a tensor's largest element, as in gradients.test.ts. */
const TOLERANCE = 1e-5;

const SUMS = 3;

/**
 * The greatest distance of the sums, in units of the tensor's largest element. The square of a sum under random signs is, on
 * the average, the sum of the squares: over √n it is the elements' root mean square.
 */
function digestError(golden: LayerCase, gradients: Record<string, Float32Array>): number {
  const random = mulberry32(golden.seed + 1);
  const { data, dims } = expectedOf(golden).digest;
  expect(Object.keys(gradients).length).toBe(dims[0]);
  const errors = Object.values(gradients).map((gradient, row) => {
    const [largest, ...sums] = data.subarray(row * (1 + SUMS), (row + 1) * (1 + SUMS));
    const apart = sums.map((sum) => {
      const got = gradient.reduce((total, value) => total + (random() < 0.5 ? value : -value), 0);
      return got === sum ? 0 : Math.abs(got - sum) / (largest * Math.sqrt(gradient.length));
    });
    return Math.max(...apart);
  });
  return Math.max(...errors);
}

const kindOf = ({ name }: LayerCase) => name.split('-')[1];
const KINDS = [...new Set(CASES.grid.map(kindOf))].map((kind) => {
  const cases = CASES.grid.filter((each) => kindOf(each) === kind);
  const [{ options }] = cases;
  const form = options.nonlinearity ?? (options.projSize ? 'projected' : options.resetAfter === false ? 'Cho' : '');
  return [`${cases[0].kind} ${form}`.trimEnd(), cases] as const;
});

it('is the whole grid', () => {
  expect(KINDS.map(([, cases]) => cases.length)).toEqual(Array(6).fill(3 * 2 * 2 * 3 * 2 * 2));
});

describe.each(BUILDS)('the grid on the $name build', ({ name, create }) => {
  const ledger = new ErrorLedger(`digests of gradients against autograd, ${name}`);
  afterAll(() => ledger.print());
  const engine = create();

  it.each(KINDS)('equals autograd: %s', (_, cases) => {
    for (const golden of cases) {
      using layer = moduleOf({ kind: golden.kind, ...golden.options }, engine);
      const error = digestError(golden, layerGradients(golden, layer));
      ledger.add(golden.name, error);
      expect(error, JSON.stringify(golden)).toBeLessThanOrEqual(TOLERANCE);
    }
  });
});
