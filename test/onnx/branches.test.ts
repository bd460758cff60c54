/** Branches of an If: their operators are looked for when a model is loaded, the rest is read and checked when one is taken. */
import { describe, expect, it } from 'vitest';
import { describeOnnx, loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { graphAttribute, graphProto, infoProto, message, modelProto, nodeProto } from './model-bytes.js';

const X = infoProto('x', ['n', 2]);
const FEEDS = { x: { data: Float32Array.of(1, 1), dims: [1, 2] } };

const engine = createEngine();

describe('a branch of an If', () => {
  const GOOD_BRANCH = graphProto({ nodes: [nodeProto('Neg', ['x'], ['y'])] });

  /** An If that takes a branch where `c` is true, and one that is good where it is not. */
  const ifOf = (branch: Uint8Array) =>
    nodeProto('If', ['c'], ['y'], [graphAttribute('then_branch', branch), graphAttribute('else_branch', GOOD_BRANCH)]);
  const modelOf = (branch: Uint8Array, opset?: number) =>
    modelProto({ nodes: [ifOf(branch)], inputs: [X, infoProto('c', [], 9)] }, opset);
  const feeds = (taken: boolean) => ({ ...FEEDS, c: { data: Uint8Array.of(Number(taken)), dims: [] } });

  const unknown = graphProto({ nodes: [nodeProto('Abs', ['x'], ['a']), nodeProto('GridSample', ['a'], ['y'])] });
  const foreign = message({ 1: 'x', 2: 'y', 3: 'far away', 4: 'Abs', 7: 'com.example' });
  const nested = (levels: number): Uint8Array =>
    levels === 0 ? unknown : graphProto({ nodes: [ifOf(nested(levels - 1))] });

  it.each([
    [
      'an operator that is not there',
      unknown,
      /^loadOnnx: node "the GridSample": got operator "GridSample" \(opset 17\)/,
    ],
    ['one in a branch within', nested(3), /^loadOnnx: node "the GridSample": got operator "GridSample" \(opset 17\)/],
    [
      'one of another domain',
      graphProto({ nodes: [foreign] }),
      /^loadOnnx: node "far away": got operator "Abs" \(opset 17, domain "com.example"\)/,
    ],
    ['nodes that end too soon', unknown.slice(0, 20), /^loadOnnx: got \d+ bytes that are no ONNX .*premature EOF/],
    ['a node of another wire type', message({ 1: 5 }), /^loadOnnx: got \d+ bytes .*field 1 has wire type 0/],
  ])('is refused when the model is loaded, taken or not: %s', async (_, branch, expected) => {
    await expect(loadOnnx(modelOf(branch), { engine })).rejects.toThrow(expected);
  });

  it('may use what its opset has, and not what a later one has', async () => {
    const branch = graphProto({ nodes: [nodeProto('Mish', ['x'], ['y'])] });
    (await loadOnnx(modelOf(branch, 18), { engine })).dispose();
    await expect(loadOnnx(modelOf(branch, 17), { engine })).rejects.toThrow(/got operator "Mish" \(opset 17\)/);
  });

  const neg = nodeProto('Neg', ['x'], ['y']);
  const inner = graphProto({ nodes: [nodeProto('Neg', ['x'], ['inner'])], outputs: ['inner'] });
  const cut = Uint8Array.of(0x0a, 0x7f);
  const lying = message({ 1: [2 ** 29], 2: 1, 8: 'w', 9: new Uint8Array(16) });

  it.each([
    [
      'a name that nothing computes',
      graphProto({ nodes: [nodeProto('Add', ['x', 'z'], ['y'])] }),
      /^Onnx model: Add "the Add": got input "z" that nothing computes/,
    ],
    [
      'a name that a branch within computes',
      graphProto({ nodes: [ifOf(inner), nodeProto('Abs', ['inner'], ['z'])], outputs: ['z'] }),
      /^Onnx model: Abs "the Abs": got input "inner" that nothing computes/,
    ],
    [
      'a cycle',
      graphProto({ nodes: [nodeProto('Add', ['x', 'y'], ['z']), nodeProto('Neg', ['z'], ['y'])] }),
      /^Onnx model: Add "the Add": got input "y" that is computed later/,
    ],
    ['a name computed again', graphProto({ nodes: [neg, neg] }), /^Onnx model: Neg "the Neg": got output "y" again/],
    ['an output that nothing computes', graphProto({ nodes: [] }), /^Onnx model: got graph output "y"/],
    [
      'an If in it without an else',
      graphProto({ nodes: [nodeProto('If', ['c'], ['y'], [graphAttribute('then_branch', GOOD_BRANCH)])] }),
      /^Onnx model: If "the If": got no attribute else_branch, expected a graph/,
    ],
    [
      'a tensor that claims too much',
      graphProto({ nodes: [neg], tensors: [lying] }),
      /^loadOnnx: tensor "w": got 4 el/,
    ],
    [
      'an output that ends within a field',
      message({ 1: neg, 12: cut }),
      /^loadOnnx: If "the If": got a branch that cannot be read \(premature EOF\)/,
    ],
    [
      'attributes that end within a field',
      graphProto({ nodes: [nodeProto('Neg', ['x'], ['y'], [cut])] }),
      /^loadOnnx: Neg "the Neg": got attributes .*premature EOF/,
    ],
  ])('is refused when it is taken, each time, and not before: %s', async (_, branch, expected) => {
    const model = await loadOnnx(modelOf(branch), { engine });
    const loaded = engine.bytesInUse;
    expect(() => model.run(feeds(true))).toThrow(expected);
    expect(() => model.run(feeds(true))).toThrow(expected);
    expect(engine.bytesInUse).toBe(loaded);
    expect([...(model.run(feeds(false)).y.data as Float32Array)]).toEqual([-1, -1]);
    model.dispose();
    expect(engine.bytesInUse).toBe(loaded);
  });

  it.each([
    ['an operator that is not there', nested(2), /operator "GridSample" \(opset 17, 1 node\)/],
    ['a name that nothing computes', graphProto({ nodes: [nodeProto('Abs', ['z'], ['y'])] }), /Abs .*: got input "z"/],
    ['a tensor that claims too much', graphProto({ nodes: [neg], tensors: [lying] }), /tensor "w": got 4 elements/],
  ])('is looked into by describeOnnx: %s', (_, branch, expected) => {
    expect(describeOnnx(modelOf(branch)).problems).toEqual([expect.stringMatching(expected)]);
  });
});
