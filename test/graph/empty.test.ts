/** Nothing as input: what comes of it is right, and comes at once however large the other extents are. */
import { describe, expect, it } from 'vitest';
import { tensorOf } from '../../bindings/graph/index.js';
import { createEngine } from '../../bindings/index.js';
import { f32, graphOf, info, modelOf, node } from './graph-of.js';

const engine = createEngine();

describe('the greatest and the least of nothing', () => {
  it.each([
    ['ReduceMax', 'int32', -(2 ** 31)],
    ['ReduceMin', 'int32', 2 ** 31 - 1],
    ['ReduceMax', 'uint8', 0],
    ['ReduceMin', 'uint8', 255],
    ['ReduceMax', 'float32', Number.NEGATIVE_INFINITY],
    ['ReduceMin', 'float32', Number.POSITIVE_INFINITY],
  ] as const)('%s of %s is the end of the type', (op, dtype, expected) => {
    const graph = graphOf([info('x', [2])], ['y'], [node(op, ['none'], ['y'], { axes: [1], keepdims: 0 })], {
      none: tensorOf(dtype, [2, 0], []),
    });
    const model = modelOf(engine, graph);
    expect(Array.from(model.run({ x: f32([2], 0, 0) }).y.data as Int32Array)).toEqual([expected, expected]);
    model.dispose();
  });

  it('of int64 converts to float as the end of the type does', () => {
    const nodes = [node('ReduceMax', ['none'], ['most'], { axes: [0] }), node('Cast', ['most'], ['y'], { to: 1 })];
    const model = modelOf(engine, graphOf([info('x', [1])], ['y'], nodes, { none: tensorOf('int64', [0], []) }));
    expect(model.run({ x: f32([1], 0) }).y.data[0]).toBe(-(2 ** 63));
    model.dispose();
  });
});

it.each(['Softmax', 'Relu', 'LogSoftmax', 'Neg'])('%s of 2^30 rows of nothing takes no time', (op) => {
  const model = modelOf(engine, graphOf([info('x', [2 ** 30, 0])], ['y'], [node(op, ['x'], ['y'])]));
  const begin = performance.now();
  expect(model.run({ x: { data: new Float32Array(0), dims: [2 ** 30, 0] } }).y.dims).toEqual([2 ** 30, 0]);
  expect(performance.now() - begin).toBeLessThan(200);
  model.dispose();
});

it("a layer normalization's mean is float32 whatever it normalizes, unless stash_type says otherwise", () => {
  const run = (attributes: Record<string, number>) => {
    const nodes = [node('LayerNormalization', ['x', 'scale'], ['y', 'mean', 'inverse'], attributes)];
    const scale = tensorOf('float64', [2], [1, 1]);
    const model = modelOf(engine, graphOf([info('x', [1, 2], 'float64')], ['y', 'mean', 'inverse'], nodes, { scale }));
    const { y, mean, inverse } = model.run({ x: { data: Float64Array.of(1, 3), dims: [1, 2] } });
    model.dispose();
    return { types: [y.type, mean.type, inverse.type], mean: mean.data[0], inverse: inverse.data[0] };
  };
  const plain = run({ epsilon: 0 });
  expect(plain.types).toEqual(['float64', 'float32', 'float32']);
  expect([plain.mean, plain.inverse]).toEqual([2, 1]);
  expect(run({ stash_type: 11 }).types).toEqual(['float64', 'float64', 'float64']);
  expect(() => run({ stash_type: 8 })).toThrow(/LayerNormalization "y": stash_type: got 8, expected/);
});
