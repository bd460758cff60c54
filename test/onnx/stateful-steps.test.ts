/**
 * Streams on steps that are loops, and on steps that onnxruntime quantised: states stay in wasm memory, and the numbers are those of
 * PyTorch, or of onnxruntime.
 */
import { describe, expect, test } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import type { FeedTensor } from '../../bindings/graph/index.js';
import { BUILDS } from '../support/builds.js';
import { relativeError } from '../support/compare.js';
import { type CaseTensor, type OnnxCase, readArchive } from './archive.js';

const TOLERANCE = 5e-6;

const CASES = [...readArchive('exporters'), ...readArchive('quantized')];

function caseOf(name: string): OnnxCase {
  const found = CASES.find((each) => each.name === name);
  if (!found) throw new Error(`got no case ${name}, expected it in the archives`);
  return found;
}

/** Lane `b` of a tensor [rows, B, size] or [B, size]. */
function rowOf({ data, dims }: CaseTensor, t: number, b: number): number[] {
  const size = dims.at(-1) as number;
  const batch = dims.at(-2) as number;
  const at = (t * batch + b) * size;
  return Array.from(data as Float32Array).slice(at, at + size);
}

const asFeed = (row: readonly number[], dims: readonly number[]): FeedTensor => ({
  data: Float32Array.from(row),
  dims,
});

describe.each(BUILDS)('streams on $name', ({ create }) => {
  const engine = create();

  test.each(['ScriptedLnLstm-ts11d', 'ScriptedLnLstm-ts17d'])(
    '%s: a step of a scripted loop at a time',
    async (name) => {
      const { model: bytes, runs } = caseOf(name);
      const before = engine.bytesInUse;
      const model = await loadOnnx(bytes, { engine });
      const [{ inputs, outputs }] = runs;
      const [x, h, c] = inputs;
      const [steps, batch] = x.dims;
      const stream = model.stream({
        states: { in1: 'out1', in2: 'out2' },
        input: 'in0',
        output: 'out0',
        dims: { in0: [1, 1, 4], in1: [1, 5], in2: [1, 5] },
      });
      for (let b = 0; b < batch; b++) {
        stream.reset({ in1: asFeed(rowOf(h, 0, b), [1, 5]), in2: asFeed(rowOf(c, 0, b), [1, 5]) });
        const held = engine.bytesInUse;
        for (let t = 0; t < steps; t++) {
          const y = stream.step(Float32Array.from(rowOf(x, t, b)));
          expect(relativeError(y, rowOf(outputs[0], t, b))).toBeLessThan(TOLERANCE);
        }
        const last = stream.state.in2.data as Float32Array;
        expect(relativeError(last, rowOf(outputs[2], 0, b))).toBeLessThan(TOLERANCE);
        expect(engine.bytesInUse).toBe(held);
      }
      model.dispose();
      expect(engine.bytesInUse).toBe(before);
    },
  );

  test('the lanes of a batch of scripted steps are those of streams of one', async () => {
    const { model: bytes, runs } = caseOf('ScriptedLnLstm-ts17d');
    const model = await loadOnnx(bytes, { engine });
    const [{ inputs, outputs }] = runs;
    const [x, h, c] = inputs;
    const stream = model.stream({
      states: { in1: 'out1', in2: 'out2' },
      input: 'in0',
      output: 'out0',
      batch: 2,
      dims: { in0: [1, 2, 4] },
      state: {
        in1: asFeed([...rowOf(h, 0, 0), ...rowOf(h, 0, 1)], [2, 5]),
        in2: asFeed([...rowOf(c, 0, 0), ...rowOf(c, 0, 1)], [2, 5]),
      },
    });
    for (let t = 0; t < x.dims[0]; t++) {
      const y = stream.step(Float32Array.from([...rowOf(x, t, 0), ...rowOf(x, t, 1)]));
      expect(relativeError(y, [...rowOf(outputs[0], t, 0), ...rowOf(outputs[0], t, 1)])).toBeLessThan(TOLERANCE);
    }
    model.dispose();
  });

  test.each(['cells-dynamic-int8', 'cells-dynamic-uint8-rows', 'cells-qdq-u8s8-rows', 'cells-operators-u8s8'])(
    '%s: quantised cells, their states as they come out',
    async (name) => {
      const { model: bytes, runs } = caseOf(name);
      const model = await loadOnnx(bytes, { engine });
      const [hOut, cOut, gOut] = model.outputs.map((each) => each.name);
      const [{ inputs, outputs }] = runs;
      const stream = model.stream({
        states: { in1: hOut, in2: cOut, in3: gOut },
        input: 'in0',
        output: hOut,
        batch: 2,
        state: Object.fromEntries(inputs.slice(1).map(({ name: id, data, dims }) => [id, { data, dims }])),
      });
      const x = inputs[0].data as Float32Array;
      const first = stream.step(x);
      expect(relativeError(first, outputs[0].data as Float32Array)).toBeLessThan(TOLERANCE);
      // And on from there: the bits of `run` on the states that it gave back.
      const fed = Object.fromEntries(inputs.map(({ name: id, data, dims }) => [id, { data, dims }]));
      const results = model.run(fed);
      const states = { in1: results[hOut], in2: results[cOut], in3: results[gOut] };
      const { [hOut]: next } = model.run({ in0: fed.in0, ...states });
      expect([...stream.step(x)]).toEqual([...(next.data as Float32Array)]);
      model.dispose();
    },
  );
});
