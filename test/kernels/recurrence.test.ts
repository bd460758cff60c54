import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CELL_KINDS } from '../../bindings/cells/kind.js';
import { layOutCell, quantizedScratch, stepScratch } from '../../bindings/cells/layout.js';
import { CellWeights } from '../../bindings/cells/weights.js';
import { padToLanes } from '../../bindings/engine/abi.js';
import type { Engine } from '../../bindings/engine/engine.js';
import { packedFormat, quantizedAt, type WeightFormat } from '../../bindings/weights/quantized.js';
import { INT8_BUILDS } from '../support/builds.js';
import { ErrorLedger, relativeError } from '../support/compare.js';
import { dequantized, int8Tolerance } from '../support/int8.js';
import type { LayerKind, ReferenceOptions } from '../support/parameter-shapes.js';
import { mulberry32, randomArray, randomStateDict } from '../support/random.js';
import { referenceForward } from '../support/reference.js';
import { expectFilled, expectSameBits } from './bits.js';
import { trials } from './draw.js';
import { Buffers, guard } from './guarded-engine.js';

const KINDS = {
  rnnTanh: { layer: 'RNN', extra: { nonlinearity: 'tanh' } },
  rnnRelu: { layer: 'RNN', extra: { nonlinearity: 'relu' } },
  lstm: { layer: 'LSTM', extra: {} },
  gru: { layer: 'GRU', extra: { resetAfter: true } },
  gruResetBefore: { layer: 'GRU', extra: { resetAfter: false } },
} as const satisfies Record<string, { layer: LayerKind; extra: Partial<ReferenceOptions> }>;

const size = (greatest: number) => fc.integer({ min: 1, max: greatest });

const runs = fc.record({
  format: fc.constantFrom<WeightFormat>('float32', 'int8'),
  name: fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[])),
  inputSize: size(67),
  hiddenSize: size(67),
  proj: fc.nat(),
  bias: fc.boolean(),
  /** Lengths of the sequences. */
  lengths: fc.array(size(9), { minLength: 1, maxLength: 6 }),
  reverse: fc.boolean(),
  /** Vectors between the end of an output and the next. */
  gap: fc.nat(2),
  seed: fc.integer(),
});

type Run = typeof runs extends fc.Arbitrary<infer T> ? T : never;

/** Everything a kernel call and its reference need. */
function setUp(engine: Engine, run: Run) {
  const { name, inputSize, hiddenSize, bias, seed } = run;
  const { layer, extra } = KINDS[name];
  const projSize = layer === 'LSTM' && run.proj % 2 === 1 && hiddenSize > 1 ? 1 + (run.proj % (hiddenSize - 1)) : 0;
  const options = { inputSize, hiddenSize, bias, projSize, ...extra };
  const random = mulberry32(seed);
  const plain = randomStateDict(layer, options, random);
  const dict = run.format === 'int8' ? dequantized(plain) : plain;
  const kind = CELL_KINDS[name];
  const layout = layOutCell({ kind, inputSize, hiddenSize, projSize, bias }, packedFormat(engine, run.format));
  const buffers = new Buffers(engine);
  const weights = new CellWeights(engine, layout, buffers.zeros(layout.size));
  for (const { name: parameter, write } of weights.parameters('_l0')) write(dict[parameter].data);
  const lengths = [...run.lengths].sort((a, b) => b - a);
  const batch = lengths.length;
  const width = projSize || hiddenSize;
  const h = randomArray(batch * width, random);
  const c = randomArray(batch * hiddenSize, random);
  return { layer, options, dict, kind, weights, buffers, lengths, batch, width, h, c, random };
}

const toleranceOf = ({ format }: Run, engine: Engine): number => (format === 'int8' ? int8Tolerance(engine) : 5e-6);

/** Where a ragged batch lies: `counts` rows a step, and the step of the unpacked sequence that a packed row stands for. */
function packing({ reverse }: Run, lengths: readonly number[]) {
  const counts = Array.from({ length: lengths[0] }, (_, t) => lengths.filter((length) => length > t).length);
  const rows: { packed: number; unpacked: number }[] = [];
  for (const [t, count] of counts.entries()) {
    for (let b = 0; b < count; b++) {
      const step = reverse ? lengths[b] - 1 - t : t;
      rows.push({ packed: rows.length, unpacked: step * lengths.length + b });
    }
  }
  return { counts, rows };
}

/** A ragged batch as [T, B, width], each sequence in the order in which the kernel meets it. */
function unpack(rows: ReturnType<typeof packing>['rows'], packed: Float32Array, size: number, width: number) {
  const data = new Float32Array(size * width);
  for (const row of rows) data.set(packed.subarray(row.packed * width, (row.packed + 1) * width), row.unpacked * width);
  return data;
}

describe.each(INT8_BUILDS)('the recurrent kernels, $name', ({ name: build, create }) => {
  const engine = create();
  const { broken } = guard(engine);
  const ledger = new ErrorLedger(`recurrent kernels, ${build}`);
  const int8Ledger = new ErrorLedger(`recurrent kernels, int8, ${build}`);
  afterAll(() => {
    ledger.print();
    int8Ledger.print();
  });

  /** Compares the state in memory with the reference's, its padding with zero. */
  function checkState(run: Run, at: number, expected: Float64Array, width: number, batch: number, title: string): void {
    const stride = padToLanes(width);
    const error = relativeError(new Buffers(engine).read(at, batch, width, stride), expected);
    (run.format === 'int8' ? int8Ledger : ledger).add(title, error);
    expect(error, title).toBeLessThanOrEqual(toleranceOf(run, engine));
    for (let b = 0; b < batch; b++) {
      const row = at / 4 + b * stride;
      expectFilled(engine.f32, row + width, row + stride, 0, `padding of ${title}`);
    }
  }

  /** Places h and c, and compares them afterwards. */
  function placeState(run: Run, { kind, options, buffers, batch, width, h, c }: ReturnType<typeof setUp>) {
    const { hiddenSize } = options;
    const hAt = buffers.rows(h, width, padToLanes(width));
    const cAt = kind.hasCellState ? buffers.rows(c, hiddenSize, padToLanes(hiddenSize)) : 0;
    const state = { h: { data: h, dims: [1, batch, width] }, c: { data: c, dims: [1, batch, hiddenSize] } };
    const check = (truth: { h: Float64Array; c?: Float64Array }) => {
      checkState(run, hAt, truth.h, width, batch, `${run.name} h`);
      if (cAt) checkState(run, cAt, truth.c as Float64Array, hiddenSize, batch, `${run.name} c`);
      expect(broken()).toEqual([]);
      buffers.release();
    };
    return { hAt, cAt, state, check };
  }

  it('cellStep equals float64 and writes to nothing but h, c and its scratch', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const set = setUp(engine, run);
        const { layer, options, dict, kind, weights, buffers, batch, random } = set;
        const { inputSize, hiddenSize, projSize } = options;
        const { layout, wx, wh, wr } = weights;
        const { gateRows } = layout;
        const x = randomArray(batch * inputSize, random, 2);
        const { hAt, cAt, state, check } = placeState(run, set);
        const xAt = buffers.rows(x, inputSize, padToLanes(inputSize));
        const scratch = buffers.zeros(batch * gateRows + stepScratch(layout, batch));
        const sizes = [kind.cell, batch, inputSize, hiddenSize, projSize] as const;
        const q = quantizedAt(engine, run.format, buffers.zeros(quantizedScratch(layout, batch, batch)));
        engine.kernels.cellStep(hAt, cAt, xAt, wx, wh, wr, scratch, q, ...sizes);
        expectSameBits(buffers.read(xAt, batch, inputSize, padToLanes(inputSize)), x, 'x');
        check(referenceForward(layer, options, dict, { data: x, dims: [1, batch, inputSize] }, { state }));
      }),
      trials(build, 200),
    );
  });

  /** Runs a ragged batch through both kernels of a sequence, every buffer of exactly its size. */
  function runSequence(run: Run, set: ReturnType<typeof setUp>, hAt: number, cAt: number, packed: Float32Array) {
    const { options, kind, weights, buffers, lengths, batch, width } = set;
    const { inputSize, hiddenSize, projSize } = options;
    const { layout, wx, wh, wr } = weights;
    const { gateRows } = layout;
    const { counts, rows } = packing(run, lengths);
    const gates = buffers.zeros(rows.length * gateRows);
    const scratch = buffers.zeros(stepScratch(layout, batch));
    const countsAt = buffers.zeros(padToLanes(counts.length));
    const outStride = padToLanes(width) + run.gap * 4;
    const out = buffers.rows(new Float32Array(rows.length * outStride).fill(7), outStride, outStride);
    const input = padToLanes(inputSize);
    const xAt = buffers.rows(packed, inputSize, input);
    new Int32Array(engine.memory.buffer, countsAt, counts.length).set(counts);
    const q = quantizedAt(engine, run.format, buffers.zeros(quantizedScratch(layout, rows.length, batch)));
    engine.kernels.storedAffine(gates, wx, xAt, q, rows.length, gateRows, input, gateRows, input);
    const sizes = [kind.cell, counts.length, hiddenSize, projSize, outStride, run.reverse ? 1 : 0] as const;
    engine.kernels.cellSequence(out, hAt, cAt, gates, wh, wr, scratch, q, countsAt, ...sizes);
    return rows.map((row) => buffers.read(out + row.packed * outStride * 4, 1, outStride, outStride));
  }

  it('cellSequence equals float64 on ragged batches, either way, and writes only where it says', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const set = setUp(engine, run);
        const { layer, options, dict, lengths, batch, width, random } = set;
        const { rows } = packing(run, lengths);
        const packed = randomArray(rows.length * options.inputSize, random, 2);
        const { hAt, cAt, state, check } = placeState(run, set);
        const outputs = runSequence(run, set, hAt, cAt, packed);
        const dims = [lengths[0], batch, options.inputSize];
        const input = { data: unpack(rows, packed, lengths[0] * batch, options.inputSize), dims };
        const truth = referenceForward(layer, options, dict, input, { state, lengths });
        for (const [i, got] of outputs.entries()) {
          const at = rows[i].unpacked * width;
          expect(relativeError(got.subarray(0, width), truth.output.subarray(at, at + width))).toBeLessThan(
            toleranceOf(run, engine),
          );
          expectFilled(got, width, padToLanes(width), 0, 'padding of an output');
          expectFilled(got, padToLanes(width), got.length, 7, 'gap after an output');
        }
        check(truth);
      }),
      trials(build, 200),
    );
  });
});

describe('the debug build', () => {
  const engine = INT8_BUILDS[2].create();
  const buffers = new Buffers(engine);
  const at = buffers.zeros(4096);

  it('refuses misaligned states and workspaces', () => {
    const { cellStep, cellSequence } = engine.kernels;
    expect(() => cellStep(at + 4, 0, at, at, at, 0, at, 0, 3, 1, 4, 4, 0)).toThrow(/cellStep.*aligned/);
    expect(() => cellStep(at, 0, at + 4, at, at, 0, at, 0, 3, 1, 4, 4, 0)).toThrow(/cellStep.*aligned/);
    expect(() => cellSequence(at + 4, at, 0, at, at, 0, at, 0, at, 3, 1, 4, 0, 4, 0)).toThrow(/cellSequence.*aligned/);
    expect(() => cellSequence(at, at, 0, at + 4, at, 0, at, 0, at, 3, 1, 4, 0, 4, 0)).toThrow(/cellSequence.*aligned/);
  });
});
