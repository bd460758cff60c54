/** Stateful layers, and streams: what a whole sequence gives must come out of its pieces. */
import { describe, expect, it } from 'vitest';
import { loadKeras } from '../../bindings/formats/keras/index.js';
import { BUILDS } from '../support/builds.js';
import { relativeError } from '../support/compare.js';
import { caseNamed, feedsOf, type KerasCase, tfjsFiles, unpack } from './cases.js';

const TOLERANCE = 1e-6;

/** Steps [from, to) of a tensor [B, T, F]. */
function steps({ data, dims }: { data: Float32Array; dims: readonly number[] }, from: number, to: number) {
  const [batch, length, width] = dims;
  const cut = new Float32Array(batch * (to - from) * width);
  for (let b = 0; b < batch; b++) {
    cut.set(data.subarray((b * length + from) * width, (b * length + to) * width), b * (to - from) * width);
  }
  return { data: cut, dims: [batch, to - from, width] };
}

const stateful = ['SimpleRNN', 'LSTM', 'GRU'].map((kind) => `${kind}-stateful`);

describe.each(BUILDS)('states of Keras models on $name', ({ create }) => {
  const engine = create();

  function found(stem: string): KerasCase {
    for (const dialect of [2, 3]) {
      try {
        return caseNamed(`${stem}, Keras ${dialect}`);
      } catch {}
    }
    throw new Error(`no case ${stem}`);
  }

  it.each(['SimpleRNN', 'LSTM', 'GRU'])(
    '%s: lanes of a stream advance alone, steps are calls of step',
    async (kind) => {
      const kerasCase = found(`${kind}-stateful`);
      const model = await loadKeras(tfjsFiles(kerasCase), { engine });
      const [stream, plain, block] = [3, 1, 1].map((batch) => model.stream({ batch }));
      const x = Float32Array.from({ length: 4 * stream.inputSize }, (_, i) => Math.sin(i));
      const rows = Array.from({ length: 4 }, (_, i) => x.slice(i * stream.inputSize, (i + 1) * stream.inputSize));
      const expected = rows.map((row) => plain.step(row));
      for (const [t, row] of rows.entries()) {
        const both = new Float32Array(2 * stream.inputSize).fill(9);
        both.set(row, stream.inputSize);
        const lanes = t % 2 ? [0, 2] : [1, 2];
        expect(stream.step(both, undefined, { lanes }).slice(stream.outputSize)).toEqual(expected[t]);
      }
      expect(stream.stateOf(2)).toEqual(plain.state);
      expect(block.steps(x)).toEqual(Float32Array.from(expected.flatMap((y) => [...y])));
      block.reset();
      block.copyLane(0, stream, 2);
      expect(block.state).toEqual(plain.state);
      stream.reset(plain.state, { lane: 0 });
      expect(stream.stateOf(0)).toEqual(plain.state);
      model.dispose();
    },
  );

  it.each(stateful)('go on from run to run in %s until they are reset', async (stem) => {
    const kerasCase = found(stem);
    const model = await loadKeras(tfjsFiles(kerasCase), { engine });
    const [name] = model.inputs.map((input) => input.name);
    const x = feedsOf(kerasCase)[name];
    const expected = unpack(kerasCase.outputs[0]);
    for (let round = 0; round < 2; round++) {
      for (const [from, to] of [
        [0, 2],
        [2, 3],
        [3, 6],
      ]) {
        const got = model.predict(steps(x, from, to));
        expect(relativeError(got.data, steps(expected, from, to).data)).toBeLessThanOrEqual(TOLERANCE);
      }
      model.resetStates();
    }
    expect(model.inputs.length + model.outputs.length).toBe(2);
    model.predict(x);
    expect(() => model.predict(steps({ ...x, dims: [1, 18, 3] }, 0, 2))).toThrow(
      /got a batch of 1, expected 3 as in the run before/,
    );
    model.dispose();
  });

  it.each(['SimpleRNN-sequences', 'LSTM-sequences', 'GRU-sequences', 'GRU-reset-before', 'stacked-cells', 'LSTM-cell'])(
    'are kept by a stream of %s, step by step',
    async (stem) => {
      const kerasCase = found(stem);
      const before = engine.bytesInUse;
      const model = await loadKeras(tfjsFiles(kerasCase), { engine });
      const x = Object.values(feedsOf(kerasCase))[0];
      const expected = unpack(kerasCase.outputs[0]);
      const [batch, length] = expected.dims;
      const stream = model.stream({ batch });
      expect(stream.inputSize).toBe(x.dims[2]);
      for (let round = 0; round < 2; round++) {
        for (let t = 0; t < length; t++) {
          const got = stream.step(steps(x, t, t + 1).data);
          expect(relativeError(got, steps(expected, t, t + 1).data)).toBeLessThanOrEqual(TOLERANCE);
        }
        stream.reset();
      }
      const out = new Float32Array(batch * expected.dims[2]);
      expect(stream.step(steps(x, 0, 1).data, out)).toBe(out);
      expect(relativeError(out, steps(expected, 0, 1).data)).toBeLessThanOrEqual(TOLERANCE);
      stream.dispose();
      model.dispose();
      expect(engine.bytesInUse).toBe(before);
    },
  );

  it('cost a stream no memory, however long it runs', async () => {
    const model = await loadKeras(tfjsFiles(caseNamed('LSTM, Keras 3')), { engine });
    const stream = model.stream();
    const [x, out] = [new Float32Array(stream.inputSize), new Float32Array(stream.outputSize)];
    stream.step(x, out);
    const { buffer } = engine.memory;
    const before = engine.bytesInUse;
    for (let t = 0; t < 20_000; t++) stream.step(x, out);
    expect(engine.memory.buffer).toBe(buffer);
    expect(engine.bytesInUse).toBe(before);
    model.dispose();
  });

  it('are kept by a stream of tokens, whose last output a model of one output gives', async () => {
    const kerasCase = found('Embedding-int32');
    const model = await loadKeras(tfjsFiles(kerasCase), { engine });
    const ids = Object.values(feedsOf(kerasCase))[0];
    const expected = unpack(kerasCase.outputs[0]);
    const stream = model.stream({ batch: 3 });
    let got = new Float32Array();
    for (let t = 0; t < ids.dims[1]; t++) {
      got = stream.step(Float32Array.from({ length: 3 }, (_, b) => ids.data[b * ids.dims[1] + t])) as typeof got;
    }
    expect(relativeError(got, expected.data)).toBeLessThanOrEqual(TOLERANCE);
    stream.dispose();
    model.dispose();
  });
});

describe('streams of Keras models refuse', () => {
  const engine = BUILDS[0].create();
  const load = (name: string) => loadKeras(tfjsFiles(caseNamed(name)), { engine });

  it.each([
    [
      'GRU-bidirectional-concat, Keras 2',
      /layer "bidirectional" \("Bidirectional"\): got Bidirectional, which needs the whole/,
    ],
    [
      'convolutional-recurrent, Keras 2',
      /layer "conv1d" .* got a convolution over several steps, which needs the whole sequence/,
    ],
    ['shared-layer, Keras 3', /got a model of 2 inputs, 1 outputs and 4 states, expected one input/],
    ['Dense-steps, Keras 2', /0 states, expected one input, one output and a recurrent layer/],
  ])('%s', async (name, message) => {
    const model = await load(name);
    const before = engine.bytesInUse;
    expect(() => model.stream()).toThrow(message);
    expect(engine.bytesInUse).toBe(before);
    model.dispose();
  });

  it('steps of the wrong size or kind, and after dispose()', async () => {
    const model = await load('LSTM, Keras 3');
    const stream = model.stream();
    expect(() => stream.step(new Float32Array(2))).toThrow(
      /x: got Float32Array\(2\), expected a Float32Array of 3 numbers/,
    );
    expect(() => stream.step([1, 2, 3] as never)).toThrow(TypeError);
    expect(() => stream.step(new Float32Array(3), new Float32Array(4))).toThrow(
      /out: got Float32Array\(4\), expected a Float32Array of 5 numbers/,
    );
    expect(() => model.stream({ batch: 0 })).toThrow(RangeError);
    expect(() => model.stream({ size: 1 } as never)).toThrow(/got option "size"/);
    stream.dispose();
    expect(() => stream.step(new Float32Array(3))).toThrow(/disposed/);
    model.dispose();
    expect(() => model.stream()).toThrow(/disposed/);
    expect(() => model.run({})).toThrow();
  });
});
