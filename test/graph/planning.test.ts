/** Plans: what is folded, what is shared, what is specialised, what is kept and given back. */
import { describe, expect, it } from 'vitest';
import { tensorOf } from '../../bindings/graph/index.js';
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

describe('a graph that cannot run', () => {
  it.each([
    ['an operator that is not there', [node('Det', ['x'], ['y'])], /got operator "Det" \(opset 17\)/],
    ['a name that nothing computes', [node('Abs', ['z'], ['y'])], /Abs "y": got input "z" that nothing computes/],
    ['a cycle', [node('Abs', ['z'], ['y']), node('Abs', ['y'], ['z'])], /got input "z" that is computed later/],
    ['a name assigned twice', [node('Abs', ['x'], ['y']), node('Neg', ['x'], ['y'])], /got output "y" again/],
  ])('is refused when it is made: %s', (_, nodes, message) => {
    const engine = createEngine();
    const before = engine.bytesInUse;
    expect(() => modelOf(engine, graphOf([info('x')], ['y'], nodes))).toThrow(message);
    expect(engine.bytesInUse).toBe(before);
  });
});
