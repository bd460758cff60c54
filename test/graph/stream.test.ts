/** Streams of graphs: which tensors are states, where they are kept, what is refused. */
import { describe, expect, it } from 'vitest';
import { tensorOf } from '../../bindings/graph/index.js';
import { createEngine } from '../../bindings/index.js';
import { graphOf, info, modelOf, node } from './graph-of.js';

/** y = 2 · (h + x), hn = h + x: a running sum. */
const SUM = graphOf(
  [info('x', ['b', 2]), info('h', ['b', 2])],
  ['y', 'hn'],
  [node('Add', ['h', 'x'], ['hn']), node('Mul', ['hn', 'two'], ['y'])],
  { two: tensorOf('float32', [], [2]) },
);

/** Two states that change places at every step, and nothing else. */
const SWAP = graphOf(
  [info('x', [1]), info('a', [1]), info('b', [1])],
  ['y', 'a_out', 'b_out'],
  [node('Add', ['x', 'a'], ['y']), node('Identity', ['b'], ['a_out']), node('Identity', ['a'], ['b_out'])],
);

/** Two sequences of h and x [1, B, 2], whose lanes lie along the second axis; and whole numbers counted in c [B]. */
const LANES = graphOf(
  [info('x', [1, 'b', 2]), info('h', [1, 'b', 2])],
  ['y', 'hn'],
  [node('Add', ['h', 'x'], ['hn']), node('Mul', ['hn', 'two'], ['y'])],
  { two: tensorOf('float32', [], [2]) },
);

describe('lanes of a stream', () => {
  it('advance alone and in any order, steps as many calls of step', () => {
    const model = modelOf(createEngine(), LANES);
    const stream = model.stream({ batch: 3 });
    expect([stream.batch, stream.inputSize, stream.outputSize]).toEqual([3, 2, 2]);
    expect([...stream.step(Float32Array.of(1, 2, 3, 4, 5, 6))]).toEqual([2, 4, 6, 8, 10, 12]);
    expect([...stream.step(Float32Array.of(10, 20, 30, 40), undefined, { lanes: [2, 0] })]).toEqual([30, 52, 62, 84]);
    expect([...stream.state.h.data]).toEqual([31, 42, 3, 4, 15, 26]);
    expect([...stream.steps(Float32Array.of(1, 1, 2, 2), undefined, { lanes: [1] })]).toEqual([8, 10, 12, 14]);
    expect(stream.stateOf(1)).toEqual({ h: { type: 'float32', data: Float32Array.of(6, 7), dims: [1, 1, 2] } });
    stream.copyLane(0, stream, 1);
    stream.reset(undefined, { lane: 2 });
    expect([...stream.state.h.data]).toEqual([6, 7, 6, 7, 0, 0]);
    stream.reset({ h: { data: Float32Array.of(8, 9), dims: [1, 1, 2] } }, { lane: 1 });
    expect([...stream.steps(new Float32Array(12))]).toEqual([12, 14, 16, 18, 0, 0, 12, 14, 16, 18, 0, 0]);
    expect(() => stream.step(new Float32Array(2), undefined, { lanes: [3] })).toThrow(/lanes\[0\]: got 3/);
    expect(() => stream.steps(new Float32Array(5))).toThrow(/stream\.steps: x: .*whole steps, 6 numbers each/);
    expect(() => stream.copyLane(0, model.stream({ batch: 3 }), 3)).toThrow(/source: lane/);
    expect(() => model.stream({ batch: 2 })).toThrow(/got dims \[1, 2, 2\], expected exactly one axis/);
    model.dispose();
  });
});

describe('a stream', () => {
  it('keeps its state, takes another one, begins anew', () => {
    const engine = createEngine();
    const model = modelOf(engine, SUM);
    const stream = model.stream();
    expect([stream.inputSize, stream.outputSize]).toEqual([2, 2]);
    expect([...stream.step(Float32Array.of(1, 2))]).toEqual([2, 4]);
    expect([...stream.step(Float32Array.of(1, 2))]).toEqual([4, 8]);
    const { h } = stream.state;
    expect(h).toEqual({ type: 'float32', data: Float32Array.of(2, 4), dims: [1, 2] });
    stream.reset({ h: { data: Float32Array.of(10, 20), dims: [1, 2] } });
    expect([...stream.step(Float32Array.of(1, 2))]).toEqual([22, 44]);
    stream.reset();
    expect([...stream.step(Float32Array.of(1, 2))]).toEqual([2, 4]);
    model.dispose();
  });

  it('is independent of others of its model, and of its runs', () => {
    const engine = createEngine();
    const before = engine.bytesInUse;
    const model = modelOf(engine, SUM);
    const streams = [model.stream(), model.stream({ state: { h: { data: Float32Array.of(5, 5), dims: [1, 2] } } })];
    const wide = model.stream({ dims: { x: [3, 2], h: [3, 2] } });
    streams[0].step(Float32Array.of(1, 1));
    wide.step(new Float32Array(6).fill(9));
    model.run({ x: { data: new Float32Array(2), dims: [1, 2] }, h: { data: new Float32Array(2), dims: [1, 2] } });
    expect([...streams[0].step(Float32Array.of(1, 1))]).toEqual([4, 4]);
    expect([...streams[1].step(Float32Array.of(1, 1))]).toEqual([12, 12]);
    for (const stream of [...streams, wide]) stream.dispose();
    model.dispose();
    expect(engine.bytesInUse).toBe(before);
  });

  it('plans with its fixed feeds: a shape made of one is known at once', () => {
    const graph = graphOf(
      [info('x', [4]), info('rows', [1], 'int64'), info('h', [2, 2])],
      ['y', 'hn'],
      [
        node('Mul', ['rows', 'one'], ['count']),
        node('Concat', ['count', 'rest'], ['shape'], { axis: 0 }),
        node('Reshape', ['x', 'shape'], ['matrix']),
        node('Add', ['matrix', 'h'], ['hn']),
        node('Identity', ['hn'], ['y']),
      ],
      { one: tensorOf('int64', [1], [1]), rest: tensorOf('int64', [1], [-1]) },
    );
    const model = modelOf(createEngine(), graph);
    const stream = model.stream({ feeds: { rows: { data: BigInt64Array.of(2n), dims: [1] } } });
    stream.step(Float32Array.of(1, 2, 3, 4));
    expect([...stream.step(Float32Array.of(1, 2, 3, 4))]).toEqual([2, 4, 6, 8]);
    expect(() => model.stream({ feeds: { rows: { data: BigInt64Array.of(3n), dims: [1] } } })).toThrow(/got shape/);
    model.dispose();
  });

  it('moves states that are each other, not over each other', () => {
    const model = modelOf(createEngine(), SWAP);
    const state = { a: { data: Float32Array.of(1), dims: [1] }, b: { data: Float32Array.of(2), dims: [1] } };
    const stream = model.stream({ state });
    const outputs = [0, 0, 0].map((x) => stream.step(Float32Array.of(x))[0]);
    expect(outputs).toEqual([1, 2, 1]);
    model.dispose();
  });

  it.each([
    ['and nothing else reads the old state', 'Neg', ['hn'], (next: number) => -next],
    ['and the old state is read afterwards', 'Sub', ['hn', 'h'], (next: number, last: number) => next - last],
  ] as const)('advances a recurrence, hn = tanh(x + h), %s', (_, op, inputs, expected) => {
    const eye = Array.from({ length: 16 }, (_unused, i) => (i % 5 === 0 ? 1 : 0));
    const graph = graphOf(
      [info('x', [1, 1, 4]), info('h', [1, 1, 4])],
      ['y', 'hn'],
      [node('RNN', ['x', 'w', 'r', '', '', 'h'], ['', 'hn'], { hidden_size: 4 }), node(op, inputs, ['y'])],
      { w: tensorOf('float32', [1, 4, 4], eye), r: tensorOf('float32', [1, 4, 4], eye) },
    );
    const model = modelOf(createEngine(), graph);
    const stream = model.stream();
    let last = [0, 0, 0, 0];
    for (const x of [0.5, -1, 0.25]) {
      const next = last.map((h, i) => Math.tanh(x * i + h));
      const y = stream.step(Float32Array.from({ length: 4 }, (_unused, i) => x * i));
      next.forEach((value, i) => {
        expect(y[i]).toBeCloseTo(expected(value, last[i]), 5);
        expect(stream.state.h.data[i]).toBeCloseTo(value, 5);
      });
      last = next;
    }
    model.dispose();
  });

  it('keeps all outputs of one step and the last of them in one place', () => {
    const eye = tensorOf(
      'float32',
      [1, 12, 12],
      Array.from({ length: 144 }, (_unused, i) => (i % 13 === 0 ? 1 : 0)),
    );
    const graph = graphOf(
      [info('x', [1, 1, 12]), info('h', [1, 1, 12])],
      ['y', 'hn', 'twice', 'apart'],
      [
        node('RNN', ['x', 'w', 'r', '', '', 'h'], ['all', 'hn'], { hidden_size: 12 }),
        node('Reshape', ['all', 'flat'], ['y']),
        node('Add', ['y', 'y'], ['twice']),
        node('Sub', ['all', 'hn'], ['apart']),
      ],
      { w: eye, r: eye, flat: tensorOf('int64', [1], [12]) },
    );
    const model = modelOf(createEngine(), graph);
    const x = Float32Array.from({ length: 12 }, (_unused, i) => i / 8 - 1);
    const first = x.map(Math.tanh);
    const second = x.map((value, i) => Math.tanh(value + first[i]));
    const stream = model.stream();
    const steps = [stream.step(x).slice(), stream.step(x)];
    [first, second].forEach((expected, t) => {
      for (const [i, value] of expected.entries()) expect(steps[t][i]).toBeCloseTo(value, 6);
    });
    const h = { data: first, dims: [1, 1, 12] };
    const { y, hn, twice, apart } = model.run({ x: { data: x, dims: [1, 1, 12] }, h });
    for (const [i, value] of second.entries()) expect(y.data[i]).toBeCloseTo(value, 6);
    expect(hn.data).toEqual(y.data);
    expect([...(twice.data as Float32Array)]).toEqual(Array.from(y.data as Float32Array, (value) => 2 * value));
    expect([...(apart.data as Float32Array)].every((value) => value === 0)).toBe(true);
    expect(h.data).toEqual(first);
    model.dispose();
  });

  it('takes states by the names it is given, and inputs of integers', () => {
    const graph = graphOf(
      [info('token', [1], 'int64'), info('left', [1, 2])],
      ['right', 'seen'],
      [
        node('Gather', ['table', 'token'], ['row']),
        node('Add', ['row', 'left'], ['right']),
        node('Neg', ['right'], ['seen']),
      ],
      { table: tensorOf('float32', [3, 2], [1, 2, 3, 4, 5, 6]) },
    );
    const model = modelOf(createEngine(), graph);
    const stream = model.stream({ states: { left: 'right' } });
    expect([...stream.step(Float32Array.of(2))]).toEqual([-5, -6]);
    expect([...stream.step(Float32Array.of(0))]).toEqual([-6, -8]);
    model.dispose();
  });

  it.each([
    ['h0', 'hn'],
    ['h_in', 'h_out'],
    ['state', 'stateN'],
    ['h', 'h.1'],
    ['past_h', 'new_h'],
    ['initial_h', 'h_n'],
  ])('finds by itself that %s becomes %s', (before, after) => {
    const graph = graphOf([info('x', [1]), info(before, [1])], [after], [node('Add', ['x', before], [after])]);
    const model = modelOf(createEngine(), graph);
    const stream = model.stream({ output: after });
    expect([1, 1, 1].map((x) => stream.step(Float32Array.of(x))[0])).toEqual([1, 2, 3]);
    model.dispose();
  });

  it('takes no memory while it steps', () => {
    const engine = createEngine();
    const model = modelOf(engine, SUM);
    const stream = model.stream();
    const [x, out] = [Float32Array.of(1, 2), new Float32Array(2)];
    const { buffer } = engine.memory;
    const taken = engine.bytesInUse;
    // Rounds, because a busy machine optimises late, and what is interpreted makes garbage of its numbers.
    const bytesAStep = Array.from({ length: 8 }, () => {
      globalThis.gc?.();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 20_000; i++) stream.step(x, out);
      return (process.memoryUsage().heapUsed - before) / 20_000;
    });
    expect(Math.min(...bytesAStep)).toBeLessThan(16);
    expect(engine.bytesInUse).toBe(taken);
    expect(engine.memory.buffer).toBe(buffer);
    model.dispose();
  });
});

describe('streams in memory', () => {
  it('are given back with their model', () => {
    const engine = createEngine();
    const before = engine.bytesInUse;
    const model = modelOf(engine, SUM);
    const streams = [model.stream(), model.stream()];
    streams[0].dispose();
    model.dispose();
    expect(engine.bytesInUse).toBe(before);
    for (const stream of streams) stream.dispose();
    expect(engine.bytesInUse).toBe(before);
  });

  it('have an output that is known, or the input itself, in a place of its own', () => {
    const graph = (output: string) =>
      graphOf([info('x', [2])], [output], [node('Identity', ['x'], ['same'])], {
        known: tensorOf('float32', [2], [3, 4]),
      });
    const stepOf = (output: string) => [...modelOf(createEngine(), graph(output)).stream().step(Float32Array.of(1, 2))];
    expect(stepOf('known')).toEqual([3, 4]);
    expect(stepOf('same')).toEqual([1, 2]);
  });
});

describe('a stream that cannot be', () => {
  const engine = createEngine();
  const model = modelOf(engine, SUM);

  it.each([
    ['an option that is not there', { stat: {} }, /got option "stat"/],
    ['a state that is not there', { states: { z: 'hn' } }, /states: got "z", expected one of x, h/],
    ['a next state that is not there', { states: { h: 'z' } }, /states: got "z", expected one of y, hn/],
    ['no states', { states: {} }, /got inputs "x", "h" left for step, expected one/],
    [
      'a next state of other dims',
      { dims: { x: [4, 2] } },
      /"h": got a next state of float32 \[4, 2\], expected float32 \[1, 2\]/,
    ],
    ['dims that are not those declared', { dims: { x: [1, 3] } }, /dims of "x": got \[1, 3\], expected \["b", 2\]/],
    [
      'a fixed input that is not there',
      { feeds: { z: { data: new Float32Array(1), dims: [1] } } },
      /got "z", expected one of/,
    ],
    [
      'a state of other dims',
      { state: { h: { data: new Float32Array(4), dims: [2, 2] } } },
      /got dims \[2, 2\], expected \[1, 2\]/,
    ],
  ])('is refused: %s', (_, options, expected) => {
    const before = engine.bytesInUse;
    expect(() => model.stream(options as never)).toThrow(expected);
    expect(engine.bytesInUse).toBe(before);
  });

  it('says so when it steps', () => {
    const stream = model.stream();
    expect(() => stream.step(new Float32Array(3))).toThrow(
      /step: x: got Float32Array\(3\), expected a Float32Array of 2 numbers/,
    );
    expect(() => stream.step([1, 2] as never)).toThrow(TypeError);
    expect(() => stream.step(new Float32Array(2), new Float32Array(1))).toThrow(/step: out: got Float32Array\(1\)/);
    stream.dispose();
    expect(() => stream.step(new Float32Array(2))).toThrow(/got a disposed stream/);
    const orphan = modelOf(engine, SUM);
    const last = orphan.stream();
    orphan.dispose();
    expect(() => last.step(new Float32Array(2))).toThrow(/got a disposed model/);
    last.dispose();
  });
});
