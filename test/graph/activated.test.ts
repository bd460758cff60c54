/** Activations inside the kernels of cells: each family against float64, at the ends of its range too. */
import { afterAll, describe, expect, it } from 'vitest';
import { activationRecords, Family } from '../../bindings/cells/general/activation-record.js';
import { type ScalarName, scalarFunction } from '../../bindings/cells/general/scalar-functions.js';
import { Cell } from '../../bindings/cells/kind.js';
import { graphKernels } from '../../bindings/graph/kernels.js';
import { Buffers, guard } from '../kernels/guarded-engine.js';
import { BUILDS } from '../support/builds.js';
import { ErrorLedger } from '../support/compare.js';
import { mulberry32 } from '../support/random.js';

/** Every function that a kernel knows, with the constants that files give it. */
const FUNCTIONS: readonly [name: ScalarName, alpha?: number, beta?: number][] = [
  ['linear'],
  ['relu'],
  ['relu6'],
  ['hard_tanh'],
  ['hard_sigmoid'],
  ['hard_sigmoid', 1 / 6, 0.5],
  ['hard_sigmoid', -0.3, 0.1],
  ['sparse_sigmoid'],
  ['affine', 1.7, -0.4],
  ['affine', 0, 0.25],
  ['leaky_relu'],
  ['leaky_relu', -1.5],
  ['thresholded_relu'],
  ['thresholded_relu', -0.25],
  ['tanh'],
  ['scaled_tanh', 1.7159, 2 / 3],
  ['sigmoid'],
  ['elu'],
  ['elu', 0.3],
  ['selu'],
  ['celu'],
  ['celu', 0.4],
  ['softsign'],
  ['softplus'],
  ['log_sigmoid'],
  ['silu'],
];

const LIMITS = [
  0,
  -0,
  Infinity,
  -Infinity,
  Number.NaN,
  1e-45,
  -1e-40,
  1e-20,
  -1e-20,
  3.4e38,
  -3.4e38,
  88.7,
  -88.7,
  104,
  -104,
];

const SIZE = 4096;

/** The limits, then numbers of every size and of those that matter. */
function inputs(): Float32Array {
  const random = mulberry32(20261130);
  return Float32Array.from({ length: SIZE }, (_, i) => {
    if (i < LIMITS.length) return LIMITS[i];
    return i % 2 ? (random() - 0.5) * 24 : (random() - 0.5) * 10 ** (random() * 12 - 8);
  });
}

const describeCell = (name: ScalarName, alpha?: number, beta?: number, clip?: number) => {
  const activation = { name, alpha, beta };
  return {
    kind: 'RNN',
    inputSize: 1,
    hiddenSize: SIZE,
    bias: false,
    functions: { gate: activation, candidate: activation, output: activation },
    resetAfter: false,
    coupled: false,
    clip,
  } as const;
};

describe.each(BUILDS)('activations in the kernels, $name', ({ name: build, create }) => {
  const engine = create();
  const { broken } = guard(engine);
  const kernels = graphKernels(engine);
  const ledger = new ErrorLedger(`activations in kernels, ${build}`);
  afterAll(() => ledger.print());
  const buffers = new Buffers(engine);
  const x = inputs();
  // An RNN whose recurrent weights are zeros: its new state is the activation of its gates.
  const wh = buffers.zeros(SIZE * 5);
  const records = buffers.zeros(28);
  const counts = buffers.zeros(4);
  new Int32Array(engine.memory.buffer, counts, 1)[0] = 1;

  /** The activation of x, as a state of four units a call. */
  function apply(record: Float32Array): Float32Array {
    const out = new Float32Array(SIZE);
    engine.f32.set(record, records / 4);
    const [h, gates, y] = [buffers.zeros(4), buffers.zeros(8), buffers.zeros(4)];
    for (let i = 0; i < SIZE; i += 4) {
      engine.f32.fill(0, h / 4, h / 4 + 4);
      engine.f32.set(x.subarray(i, i + 4), gates / 4);
      kernels.activatedSequence(y, h, 0, gates, wh, 0, records, counts, Cell.RNN_TANH, 1, 4, 4, 0);
      out.set(engine.f32.subarray(y / 4, y / 4 + 4), i);
    }
    return out;
  }

  it.each(FUNCTIONS)('%s(%s, %s) is what float64 makes of it, NaN and infinities included', (name, alpha, beta) => {
    const f = scalarFunction(name, alpha, beta);
    const got = apply(activationRecords(describeCell(name, alpha, beta)) as Float32Array);
    for (let i = 0; i < SIZE; i++) {
      const expected = Math.fround(f(x[i]));
      const title = `${name}(${alpha}, ${beta}) of ${x[i]}`;
      if (!Number.isFinite(expected)) expect(got[i], title).toBe(expected);
      else {
        const error = Math.abs(got[i] - f(x[i])) / Math.max(1, Math.abs(expected));
        ledger.add(name, error);
        expect(error, title).toBeLessThanOrEqual(5e-7);
      }
    }
    expect(broken()).toEqual([]);
  });

  it('bounds what goes in by clip', () => {
    const got = apply(activationRecords(describeCell('affine', 2, 1, 0.5)) as Float32Array);
    for (let i = 0; i < SIZE; i++) {
      const expected = 2 * Math.min(Math.max(x[i], -0.5), 0.5) + 1;
      if (Number.isNaN(expected)) expect(got[i]).toBeNaN();
      else expect(got[i]).toBeCloseTo(expected, 6);
    }
  });
});

describe('activations that no kernel knows', () => {
  it('are left to functions of rows', () => {
    for (const name of ['gelu', 'exponential', 'mish', 'squareplus'] as const) {
      expect(activationRecords(describeCell(name))).toBeUndefined();
    }
    expect(activationRecords(describeCell('celu', -1))).toBeUndefined();
    expect(Object.values(Family)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
