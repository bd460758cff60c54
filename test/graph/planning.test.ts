/** Plans: what is folded, what is shared, what is specialised, what is kept and given back. */
import { describe, expect, it, vi } from 'vitest';
import { type Graph, LazyTensor, tensorOf } from '../../bindings/graph/index.js';
import { createEngine } from '../../bindings/index.js';
import { BUILDS } from '../support/builds.js';
import { f32, graphOf, info, modelOf, node } from './graph-of.js';

/** y = relu(x · W + b), reshaped to the shape of x's first dimension and −1. */
const DENSE = graphOf(
  [info('x', ['n', 2])],
  ['y'],
  [
    node('MatMul', ['x', 'w'], ['product']),
    node('Add', ['product', 'b'], ['sum']),
    node('Relu', ['sum'], ['activated']),
    node('Shape', ['x'], ['shape']),
    node('Mul', ['shape', 'keep'], ['target']),
    node('Reshape', ['activated', 'open'], ['y']),
  ],
  {
    w: tensorOf('float32', [2, 3], [1, 2, 3, -1, -2, -3]),
    b: tensorOf('float32', [3], [0.5, 0.25, 0.125]),
    keep: tensorOf('int64', [2], [1, 1]),
    open: tensorOf('int64', [2], [-1, 1]),
  },
);

describe.each(BUILDS)('a graph on the $name build', ({ create }) => {
  it('computes, for every shape it is given', () => {
    const model = modelOf(create(), DENSE);
    expect([...model.run({ x: f32([1, 2], 3, 1) }).y.data]).toEqual([2.5, 4.25, 6.125]);
    const { y } = model.run({ x: f32([2, 2], 3, 1, 0, 1) });
    expect(y.dims).toEqual([6, 1]);
    expect(y.type).toBe('float32');
    expect([...y.data]).toEqual([2.5, 4.25, 6.125, 0, 0, 0]);
    model.dispose();
  });
});

describe('a plan', () => {
  it('takes no more memory when the same shapes run again, and gives all of it back', () => {
    const engine = createEngine();
    const before = engine.bytesInUse;
    const model = modelOf(engine, DENSE);
    model.run({ x: f32([1, 2], 3, 1) });
    const planned = engine.bytesInUse;
    for (let i = 0; i < 10; i++) model.run({ x: f32([1, 2], 3, i) });
    expect(engine.bytesInUse).toBe(planned);
    const runShapes = (from: number, to: number) => {
      for (let n = from; n < to; n++) model.run({ x: { data: new Float32Array(2 * n), dims: [n, 2] } });
    };
    runShapes(1, 9);
    const eight = engine.bytesInUse;
    runShapes(9, 40);
    runShapes(1, 9);
    expect(engine.bytesInUse).toBe(eight);
    model.dispose();
    expect(engine.bytesInUse).toBe(before);
  });

  it('that memory cannot hold leaves nothing in the memory of those that run', () => {
    const engine = createEngine();
    const product = (w: string, y: string) => node('MatMul', ['x', w], [y]);
    const branch = (w: string) => graphOf([], ['z'], [product(w, 'z')]);
    const graph = graphOf(
      [info('x', ['n', 2]), info('large', [], 'bool')],
      ['y'],
      [node('If', ['large'], ['y'], { then_branch: branch('many'), else_branch: branch('few') })],
      {
        few: tensorOf('float32', [2, 1], [1, 2]),
        many: tensorOf('float32', [2, 20_000], new Array(40_000).fill(1)),
      },
    );
    const model = modelOf(engine, graph);
    const run = (large: number) => model.run({ x: f32([1, 2], 3, 1), large: { data: Uint8Array.of(large), dims: [] } });
    expect([...run(0).y.data]).toEqual([5]);
    const held = engine.bytesInUse;
    // Room for the buffers and the packed weights, and not for the weights as they are beside them.
    const limit = engine.memory.buffer.byteLength + 4 * (20_000 + 5 * 20_000 + 20_000);
    const grow = vi.spyOn(engine.memory, 'grow');
    grow.mockImplementation((delta) => {
      if (engine.memory.buffer.byteLength + delta * 65536 > limit) throw new RangeError('no more');
      return WebAssembly.Memory.prototype.grow.call(engine.memory, delta);
    });
    for (let i = 0; i < 3; i++) {
      expect(() => run(1)).toThrow(/expected at most \d+ \(wasm memory\)/);
      expect(engine.bytesInUse).toBe(held);
    }
    expect([...run(0).y.data]).toEqual([5]);
    grow.mockRestore();
    expect(new Set(run(1).y.data as Float32Array)).toEqual(new Set([4]));
    model.dispose();
  });

  it('takes the branch that a fed integer chooses, for each of its values', () => {
    const branch = (name: string, op: string) => graphOf([], [name], [node(op, ['x'], [name])]);
    const graph = graphOf(
      [info('x', [2]), info('rate', [], 'int64')],
      ['y'],
      [
        node('Equal', ['rate', 'sixteen'], ['is']),
        node('If', ['is'], ['y'], { then_branch: branch('a', 'Neg'), else_branch: branch('b', 'Abs') }),
      ],
      { sixteen: tensorOf('int64', [], [16000]) },
    );
    const model = modelOf(createEngine(), graph);
    const run = (rate: bigint) => [
      ...model.run({ x: f32([2], -1, 2), rate: { data: BigInt64Array.of(rate), dims: [] } }).y.data,
    ];
    expect(run(16000n)).toEqual([1, -2]);
    expect(run(8000n)).toEqual([1, 2]);
    expect(run(16000n)).toEqual([1, -2]);
    model.dispose();
  });
});

describe('a graph of corner cases', () => {
  /** Runs a graph of one float32 input; all of it in good time, nothing left behind. */
  const runOn = (graph: Graph, dims: readonly number[]) => {
    const engine = createEngine();
    const before = engine.bytesInUse;
    const model = modelOf(engine, graph);
    const start = performance.now();
    try {
      return model.run({ x: { data: new Float32Array(dims.reduce((a, b) => a * b, 1)), dims } });
    } finally {
      model.dispose();
      expect(engine.bytesInUse).toBe(before);
      expect(performance.now() - start).toBeLessThan(2000);
    }
  };
  const ints = (...elements: number[]) => tensorOf('int64', [elements.length], elements);
  const recurrent = node('GRU', ['x', 'w', 'r'], ['y']);
  const gru = graphOf([info('x')], ['y'], [recurrent], {
    w: tensorOf('float32', [1, 3, 1], [1, 1, 1]),
    r: tensorOf('float32', [1, 3, 1], [1, 1, 1]),
  });
  const conv = graphOf([info('x')], ['y'], [node('Conv', ['x', 'w'], ['y'], { group: 2 })], {
    w: tensorOf('float32', [2, 1, 1], [1, 1]),
  });
  const pad = graphOf([info('x')], ['y'], [node('Pad', ['x', 'pads'], ['y'])], { pads: ints(0, 1, 0, 1) });

  it.each([
    ['Conv', conv, [0, 2, 2 ** 30], [0, 2, 2 ** 30]],
    ['Pad', pad, [0, 2 ** 30 - 2], [0, 2 ** 30]],
    ['GRU', gru, [2 ** 30, 0, 1], [2 ** 30, 1, 0, 1]],
  ])('makes nothing for the large extents of an empty tensor: %s', (_, graph, dims, expected) => {
    const { y } = runOn(graph, dims);
    expect(y.dims).toEqual(expected);
    expect(y.data.length).toBe(0);
  });

  it.each([
    ['a feed', pad, [0, 2 ** 31], /feed x: got dims \[0, 2147483648\], expected extents of at most 1073741824/],
    ['Pad', pad, [0, 2 ** 30], /^Pad .*: got dims \[0, 1073741826\], expected extents of at most/],
  ])('refuses an extent that is larger than any plan: %s', (_, graph, dims, message) => {
    expect(() => runOn(graph, dims)).toThrow(message);
  });

  it('refuses more turns than any plan has room for', () => {
    const graph = graphOf(
      [info('x')],
      ['y'],
      [node('Reshape', ['x', 'across'], ['z']), node('Add', ['x', 'z'], ['y'])],
      { across: ints(1, 64, 1, 64, 1, 64) },
    );
    expect(() => runOn(graph, [64, 1, 64, 1, 64, 1])).toThrow(
      /^Add .*: got dims \[64, .*\], expected at most 1073741824/,
    );
  });

  it('takes nothing backwards from an empty axis', () => {
    const graph = graphOf([info('x')], ['y'], [node('Slice', ['x', 'from', 'to', 'axis', 'step'], ['y'])], {
      from: ints(-1),
      to: ints(-(2 ** 40)),
      axis: ints(0),
      step: ints(-1),
    });
    expect(runOn(graph, [0, 2]).y.dims).toEqual([0, 2]);
  });

  it.each([
    [
      'Pad',
      ['x', 'pads', 'value'],
      { pads: ints(1, 1), value: ints(7) },
      /constant_value: got int64, expected float32/,
    ],
    [
      'Pad',
      ['x', 'pads', 'value'],
      { pads: ints(1, 1), value: tensorOf('float32', [0], []) },
      /constant_value: got dims \[0\], expected one element/,
    ],
    [
      'Gemm',
      ['w', 'w', 'c'],
      { w: tensorOf('float32', [1, 1], [1]), c: tensorOf('float64', [1], [1]) },
      /C: got float64, expected float32/,
    ],
  ])('refuses what is not of one kind: %s', (op, inputs, constants, message) => {
    expect(() => runOn(graphOf([info('x')], ['y'], [node(op, inputs, ['y'])], constants), [1])).toThrow(message);
  });

  it("prefers a branch's own constant to one around it", () => {
    const branch = graphOf([], ['a'], [node('Add', ['x', 'c'], ['a'])], { c: tensorOf('float32', [], [5]) });
    const graph = graphOf(
      [info('x')],
      ['y', 'z'],
      [node('If', ['yes'], ['y'], { then_branch: branch, else_branch: branch }), node('Add', ['x', 'c'], ['z'])],
      { c: tensorOf('float32', [], [3]), yes: tensorOf('bool', [], [1]) },
    );
    const { y, z } = runOn(graph, [1]);
    expect([y.data[0], z.data[0]]).toEqual([5, 3]);
  });
});

/** A tensor as a file holds it: its bytes begin at an odd address, and to decode it is an error. */
function held(dims: readonly number[], ...elements: number[]): LazyTensor {
  const bytes = new Uint8Array(1 + 4 * elements.length).subarray(1);
  bytes.set(new Uint8Array(Float32Array.from(elements).buffer));
  const decode = () => {
    throw new Error('decoded');
  };
  return new LazyTensor('float32', dims, decode, [bytes]);
}

describe('a tensor that a file holds', () => {
  const slice = (from: string, to: string, start: string, end: string) => node('Slice', [from, start, end], [to]);
  const bounds = {
    zero: tensorOf('int64', [1], [0]),
    one: tensorOf('int64', [1], [1]),
    three: tensorOf('int64', [1], [3]),
  };

  it('is cut and joined without being decoded', () => {
    const graph = graphOf(
      [info('x', [4, 1])],
      ['y'],
      [
        slice('a', 'head', 'zero', 'one'),
        slice('a', 'tail', 'one', 'three'),
        node('Concat', ['tail', 'head', 'b'], ['turned'], { axis: 0 }),
        node('Add', ['x', 'turned'], ['y']),
      ],
      { a: held([3, 2], 1, 2, 3, 4, 5, 6), b: held([1, 2], 7, 8), ...bounds },
    );
    const model = modelOf(createEngine(), graph);
    expect([...model.run({ x: f32([4, 1], 0, 10, 20, 30) }).y.data]).toEqual([3, 4, 15, 16, 21, 22, 37, 38]);
    model.dispose();
  });

  it('is joined along another axis, and with itself over and over', () => {
    const names = Array.from({ length: 8 }, (_, i) => `joined${i}`);
    const joins = names.slice(1).map((name, i) => node('Concat', [names[i], names[i]], [name], { axis: 0 }));
    const wide = node('Concat', ['a', 'a'], ['wide'], { axis: 1 });
    const row = held([1, 30], ...Array.from({ length: 30 }, (_, i) => i));
    const two = new LazyTensor('float32', [2, 1], () => Float32Array.of(1, 2), held([2, 1], 1, 2).pieces);
    const once = new LazyTensor('float32', [1], () => Float32Array.of(5), held([1], 5).pieces);
    const graph = graphOf(
      [info('x', [])],
      ['y', 'z', 'r'],
      [
        wide,
        ...joins,
        node('Concat', ['row', 'row'], ['rows'], { axis: 1 }),
        node('Add', ['x', 'wide'], ['y']),
        node('Add', ['x', names[7]], ['z']),
        node('Add', ['x', 'rows'], ['r']),
      ],
      { a: two, joined0: once, row },
    );
    const model = modelOf(createEngine(), graph);
    const { y, z, r } = model.run({ x: f32([], 1) });
    expect([...y.data]).toEqual([2, 2, 3, 3]);
    expect([...z.data]).toEqual(new Array(128).fill(6));
    expect([...r.data]).toEqual(Array.from({ length: 60 }, (_, i) => (i % 30) + 1));
    model.dispose();
  });
});

describe('a graph that cannot run', () => {
  it.each([
    ['an operator that is not there', [node('Det', ['x'], ['y'])], /got operator "Det" \(opset 17\)/],
    ['a name that nothing computes', [node('Abs', ['z'], ['y'])], /Abs "y": got input "z" that nothing computes/],
    ['a cycle', [node('Abs', ['z'], ['y']), node('Abs', ['y'], ['z'])], /got input "z" that is computed later/],
    ['an If of another domain', [{ ...node('If', ['x'], ['y']), domain: 'com.acme' }], /operator "If" .*"com.acme"/],
    ['an If without branches', [node('If', ['x'], ['y'])], /If "y": got no attribute then_branch, expected a graph/],
    ['a name assigned twice', [node('Abs', ['x'], ['y']), node('Neg', ['x'], ['y'])], /got output "y" again/],
  ])('is refused when it is made: %s', (_, nodes, message) => {
    const engine = createEngine();
    const before = engine.bytesInUse;
    expect(() => modelOf(engine, graphOf([info('x')], ['y'], nodes))).toThrow(message);
    expect(engine.bytesInUse).toBe(before);
  });
});
