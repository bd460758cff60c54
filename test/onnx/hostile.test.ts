/** Files that are broken, lie about their sizes or ask for the absurd: a clear error each, at once, nothing left behind. */
import { describe, expect, it } from 'vitest';
import { describeOnnx, type Feeds, loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import {
  type GraphParts,
  graphAttribute,
  graphProto,
  infoProto,
  intAttribute,
  intsAttribute,
  intsProto,
  message,
  modelProto,
  nodeProto,
  tensorProto,
} from './model-bytes.js';

/** All of it together: reading, planning, running. */
const MILLISECONDS = 500;

const X = infoProto('x', ['n', 2]);
const W = tensorProto('w', [2, 2], Float32Array.of(1, 2, 3, 4));
const PRODUCT: GraphParts = { nodes: [nodeProto('MatMul', ['x', 'w'], ['y'])], inputs: [X], tensors: [W] };
const GOOD = modelProto(PRODUCT);
const FEEDS = { x: { data: Float32Array.of(1, 1), dims: [1, 2] } };

const engine = createEngine();

/** Loads and runs; what it throws is ours, comes soon, and leaves memory as it was. */
async function refuses(bytes: Uint8Array, expected: RegExp, feeds: Feeds = FEEDS): Promise<void> {
  const before = engine.bytesInUse;
  const start = performance.now();
  const error = await loadOnnx(bytes, { engine })
    .then((model) => {
      const loaded = engine.bytesInUse;
      try {
        model.run(feeds);
      } finally {
        expect(engine.bytesInUse).toBe(loaded);
        model.dispose();
      }
      return undefined;
    })
    .catch((reason: unknown) => reason as Error);
  expect(error?.message).toMatch(expected);
  expect(performance.now() - start).toBeLessThan(MILLISECONDS);
  expect(engine.bytesInUse).toBe(before);
}

/** One node with constants, its first input the feed. */
function nodeWith(
  op: string,
  ints: readonly (readonly number[])[],
  attributes: readonly Uint8Array[] = [],
): Uint8Array {
  const names = ints.map((_, i) => `i${i}`);
  const tensors = ints.map((values, i) => intsProto(names[i], [values.length], values));
  return modelProto({ nodes: [nodeProto(op, ['x', ...names], ['y'], attributes)], inputs: [X], tensors });
}

describe('a file that is no model', () => {
  it('runs when nothing is wrong', async () => {
    const model = await loadOnnx(GOOD, { engine });
    expect([...(model.run(FEEDS).y.data as Float32Array)]).toEqual([4, 6]);
    model.dispose();
  });

  it('is refused, wherever it is cut, or loads as what is left of it', async () => {
    const before = engine.bytesInUse;
    for (let length = 0; length < GOOD.length; length++) {
      const error = await loadOnnx(GOOD.slice(0, length), { engine }).then(
        (model) => model.dispose(),
        (reason: unknown) => reason as Error,
      );
      if (error) expect(error.message, `${length} bytes`).toMatch(/^loadOnnx: .*got /);
      expect(engine.bytesInUse).toBe(before);
    }
  });

  it.each([
    ['nothing', new Uint8Array(0), /got 0 bytes without a graph/],
    [
      'text',
      new TextEncoder().encode('<!doctype html><title>404</title>'),
      /^loadOnnx: got 33 bytes that are no ONNX model/,
    ],
    ['another wire type', message({ 7: 3 }), /that are no ONNX model \(field 7 has wire type 0/],
  ])('is refused: %s', (_, bytes, expected) => refuses(bytes, expected));

  it.each([-1, 0, 29, 2 ** 31])('is refused with opset %i', (opset) =>
    refuses(modelProto(PRODUCT, opset), new RegExp(`got opset ${opset}, expected one from 1 to 28`)),
  );
});

describe('a tensor that claims too much', () => {
  const lying = (dims: readonly number[]) =>
    modelProto({ ...PRODUCT, tensors: [message({ 1: dims, 2: 1, 8: 'w', 9: new Uint8Array(16) })] });

  it.each([
    ['two gigabytes in a kilobyte', [2 ** 29], /tensor "w": got 4 elements of float32, expected 536870912/],
    ['dims that overflow', [2 ** 40, 2 ** 40], /expected a product of at most/],
    ['a negative dim', [-2, -2], /got dims \[-2, -2\], expected integers from 0/],
  ])('is refused: %s', (_, dims, expected) => refuses(lying(dims), expected));

  it('is refused: data in another file', () =>
    refuses(modelProto({ ...PRODUCT, tensors: [message({ 1: [2, 2], 2: 1, 8: 'w', 14: 1 })] }), /got external data/));

  it('is refused: a type that is not there', () =>
    refuses(modelProto({ ...PRODUCT, tensors: [message({ 1: [1], 2: 14, 8: 'w' })] }), /got data type complex64/));

  it('is refused: fewer strings than its dims say', () =>
    refuses(
      modelProto({ ...PRODUCT, tensors: [message({ 1: [2 ** 30], 2: 8, 6: ['a'], 8: 'w' })] }),
      /tensor "w": got 1 elements of string, expected 1073741824/,
    ));

  it('is refused when it is loaded, with the way out: strings to compute with', () =>
    refuses(
      modelProto({ ...PRODUCT, inputs: [infoProto('x', [2], 8)] }),
      /got strings, expected numbers: end the model before it/,
    ));
});

describe('a graph that is none', () => {
  const cycle = [nodeProto('Abs', ['b'], ['a']), nodeProto('Abs', ['a'], ['b']), nodeProto('Add', ['a', 'x'], ['y'])];

  it.each([
    ['a missing initializer', { ...PRODUCT, tensors: [] }, /MatMul "the MatMul": got input "w" that nothing computes/],
    ['a cycle', { nodes: cycle, inputs: [X] }, /Abs "the Abs": got input "b" that is computed later \(a cycle/],
    ['an output that nothing computes', { ...PRODUCT, outputs: ['z'] }, /got graph output "z"/],
    [
      'an If without an else',
      {
        nodes: [
          nodeProto('If', ['x'], ['y'], [graphAttribute('then_branch', graphProto({ nodes: [], outputs: ['x'] }))]),
        ],
        inputs: [X],
      },
      /If "the If": got no attribute else_branch, expected a graph/,
    ],
    [
      'an operator that is not there',
      { nodes: [nodeProto('Nowhere', ['x'], ['y'])], inputs: [X] },
      /node "the Nowhere": got operator "Nowhere" \(opset 17\)/,
    ],
    ['inputs of one name', { ...PRODUCT, inputs: [X, X] }, /got input "x" twice/],
  ])('is refused when it is loaded: %s', (_, parts, expected) => refuses(modelProto(parts), expected));

  it('is refused when it is loaded: branches within branches without end', () => {
    let graph = graphProto({ nodes: [] });
    for (let i = 0; i < 200; i++)
      graph = graphProto({ nodes: [nodeProto('If', ['c'], ['y'], [graphAttribute('then_branch', graph)])] });
    const parts = { nodes: [nodeProto('If', ['c'], ['y'], [graphAttribute('then_branch', graph)])], inputs: [X] };
    return refuses(modelProto(parts), /got graphs 33 deep, expected at most 32/);
  });
});

describe('a node that asks for the absurd', () => {
  const many = 2 ** 40;
  const constantOfShape = modelProto({
    nodes: [nodeProto('ConstantOfShape', ['s'], ['y'])],
    inputs: [X],
    tensors: [intsProto('s', [2], [many, many])],
  });
  const range = modelProto({
    nodes: [nodeProto('Range', ['a', 'b', 'c'], ['y'])],
    inputs: [X],
    tensors: [intsProto('a', [], [0]), intsProto('b', [], [2 ** 52]), intsProto('c', [], [1])],
  });

  it.each([
    ['ConstantOfShape', constantOfShape, /got dims \[1099511627776, 1099511627776\]/],
    ['Range', range, /got dims \[4503599627370496\] that need/],
    ['Expand', nodeWith('Expand', [[many, 1, 2]]), /that need 8796093022208 bytes, expected at most/],
    ['Expand below zero', nodeWith('Expand', [[-5, 2]]), /got shape \[-5, 2\], expected sizes/],
    ['Tile', nodeWith('Tile', [[2 ** 30, 2 ** 30]]), /got dims \[1073741824, 2147483648\]/],
    ['Pad', nodeWith('Pad', [[0, 0, 2 ** 45, 0]]), /got dims \[35184372088833, 2\]/],
    ['Reshape', nodeWith('Reshape', [[3, -1]]), /got shape \[3, -1\], expected one of 2 elements/],
    ['Squeeze', nodeWith('Squeeze', [[1]]), /got dims \[1, 2\], expected 1 at axis 1/],
    ['Unsqueeze', nodeWith('Unsqueeze', [[9]]), /got axis 9, expected one from -3 to 2/],
    ['Gather', nodeWith('Gather', [[7]]), /got index 7, expected one from -1 to 0/],
    ['Slice', nodeWith('Slice', [[0], [1], [0], [0]]), /got step 0/],
    ['Split', nodeWith('Split', [], [intAttribute('num_outputs', 100_000)]), /got num_outputs 100000, expected 1/],
    [
      'Split beyond arrays',
      nodeWith('Split', [], [intAttribute('num_outputs', 2 ** 33)]),
      /got num_outputs 8589934592/,
    ],
  ])('is refused: %s', (_, bytes, expected) => refuses(bytes, expected));

  it.each([
    ['MaxPool', [2, 0]],
    ['AveragePool', [0, 2]],
  ])('is refused: %s with windows of padding alone', (op, pads) => {
    const attributes = [intsAttribute('kernel_shape', [2]), intsAttribute('pads', pads)];
    const bytes = modelProto({ nodes: [nodeProto(op, ['x'], ['y'], attributes)], inputs: [infoProto('x', [1, 1, 2])] });
    return refuses(
      bytes,
      /Pool "the .*Pool": got 2 elements with pads \[\d, \d\], expected pads less than the 2 of a window/,
      {
        x: { data: new Float32Array(2), dims: [1, 1, 2] },
      },
    );
  });

  const rows = { x: { data: new Float32Array(4), dims: [2, 2] } };

  it.each([
    ['Tile', [2 ** 22, 2 ** 22], /^Tile .*: got dims \[8388608, 8388608\] that need/],
    ['Tile', [2 ** 36, 2 ** 36], /^Tile .*: got dims \[137438953472, 137438953472\], expected/],
    ['Expand', [2 ** 16, 2 ** 16, 2, 2], /^Expand .*: got dims \[65536, 65536, 2, 2\] that need/],
  ])('is refused with several rows: %s to %j', (op, counts, expected) =>
    refuses(nodeWith(op, [counts]), expected, rows),
  );

  it('may pad known elements by millions without wasm memory for them', async () => {
    const far = 2 ** 24;
    const file = modelProto({
      nodes: [
        nodeProto('Conv', ['a', 'a'], ['c'], [intsAttribute('pads', [0, far]), intsAttribute('strides', [far])]),
        nodeProto('ReduceSum', ['c'], ['sum']),
        nodeProto('Add', ['x', 'sum'], ['y']),
      ],
      inputs: [X],
      tensors: [tensorProto('a', [1, 4, 1], Float32Array.of(1, 2, 3, 4))],
    });
    const own = createEngine();
    const model = await loadOnnx(file, { engine: own });
    // One window is on the elements, the other on padding alone.
    expect([...model.run(FEEDS).y.data]).toEqual([...FEEDS.x.data].map((x) => x + 30));
    model.dispose();
    expect(own.memory.buffer.byteLength).toBeLessThan(2 ** 20);
  });

  it('may expand one element hundreds of times without all that being held', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `expanded ${i}`);
    const file = modelProto({
      nodes: [...names.map((name) => nodeProto('Expand', ['one', 'shape'], [name])), nodeProto('Neg', ['x'], ['y'])],
      inputs: [X],
      tensors: [tensorProto('one', [1], Float32Array.of(1)), intsProto('shape', [1], [2 ** 18 - 16])],
    });
    const model = await loadOnnx(file, { engine });
    const before = process.memoryUsage().arrayBuffers;
    expect([...(model.run(FEEDS).y.data as Float32Array)]).toEqual([-1, -1]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 27);
    model.dispose();
  });

  it('is refused where it joins a tensor with itself until nothing could hold it', async () => {
    const file = modelProto({
      nodes: [
        nodeProto('Concat', new Array(64).fill('w'), ['joined'], [intAttribute('axis', 0)]),
        nodeProto('ReduceMax', ['joined'], ['most']),
        nodeProto('Add', ['x', 'most'], ['y']),
      ],
      inputs: [X],
      tensors: [tensorProto('w', [2 ** 18, 2], new Float32Array(2 ** 19))],
    });
    await refuses(file, /got shapes that need \d+ bytes, expected at most 67108864/);
  });

  it('may pack known weights over and over without holding them all', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `product ${i}`);
    const file = modelProto({
      nodes: [
        ...names.map((name) => nodeProto('MatMul', ['a', 'w'], [name])),
        nodeProto('Add', ['x', names[0]], ['y']),
      ],
      inputs: [X],
      tensors: [
        tensorProto('a', [1, 20_000], new Float32Array(20_000).fill(1)),
        tensorProto('w', [20_000, 2], new Float32Array(40_000).fill(1)),
      ],
    });
    const own = createEngine();
    const model = await loadOnnx(file, { engine: own });
    expect([...(model.run(FEEDS).y.data as Float32Array)]).toEqual([20_001, 20_001]);
    model.dispose();
    expect(own.memory.buffer.byteLength).toBeLessThan(2 ** 23);
  });

  it.each(['Squeeze', 'Unsqueeze', 'ReduceSum'])('may name a hundred thousand axes: %s', async (op) => {
    const axes = Array.from({ length: 100_000 }, (_, d) => d);
    const dims = op === 'Unsqueeze' ? [] : axes.map(() => 1);
    const file = modelProto({
      nodes: [
        nodeProto(op, ['a', 'axes'], ['b'], op === 'ReduceSum' ? [intAttribute('keepdims', 0)] : []),
        nodeProto('Size', ['b'], ['size']),
        nodeProto('Cast', ['size'], ['one'], [intAttribute('to', 1)]),
        nodeProto('Add', ['x', 'one'], ['y']),
      ],
      inputs: [X],
      tensors: [tensorProto('a', dims, Float32Array.of(7)), intsProto('axes', [axes.length], axes)],
    });
    const start = performance.now();
    const model = await loadOnnx(file, { engine });
    expect([...(model.run(FEEDS).y.data as Float32Array)]).toEqual([2, 2]);
    expect(performance.now() - start).toBeLessThan(MILLISECONDS);
    model.dispose();
  });

  it('may be large without being computed before it runs', async () => {
    const bytes = nodeWith('Tile', [[2 ** 20, 1]]);
    const model = await loadOnnx(bytes, { engine });
    expect(model.run(FEEDS).y.dims).toEqual([2 ** 20, 2]);
    model.dispose();
  });
});

describe('feeds that do not fit', () => {
  const wrong: [string, Feeds, RegExp][] = [
    ['none', {}, /feed "x": got undefined, expected a tensor/],
    ['another name', { ...FEEDS, z: FEEDS.x }, /got feed "z", expected only x/],
    [
      'float64',
      { x: { data: new Float64Array(2), dims: [1, 2] } },
      /got Float64Array\(2\), expected a Float32Array \(float32\)/,
    ],
    ['no dims', { x: { data: new Float32Array(2) } as never }, /expected a tensor \{ data, dims \}/],
    ['too few elements', { x: { data: new Float32Array(3), dims: [2, 2] } }, /got 3 elements, expected 4/],
    ['other dims', { x: { data: new Float32Array(3), dims: [1, 3] } }, /got dims \[1, 3\], expected \["n", 2\]/],
    ['another rank', { x: { data: new Float32Array(2), dims: [2] } }, /got dims \[2\], expected \["n", 2\]/],
  ];

  it.each(wrong)('are refused: %s', (_, feeds, expected) => refuses(GOOD, expected, feeds));

  it('are refused by a model that was disposed', async () => {
    const model = await loadOnnx(GOOD, { engine });
    model.dispose();
    model.dispose();
    expect(() => model.run(FEEDS)).toThrow(/run: got a disposed model, expected a live one/);
    expect(() => model.stream()).toThrow(/stream: got a disposed model/);
  });
});

it('a few bytes that ask for hundreds of megabytes are refused before anything is made', async () => {
  const file = nodeWith('Pad', [[0, 0, 0, 90_000_000]]);
  await refuses(file, /got shapes that need \d+ bytes, expected at most 67108864 for feeds of these sizes/);
});

describe('loadOnnx', () => {
  it.each([
    ['a number', 3, /loadOnnx: got 3, expected a Uint8Array, an ArrayBuffer or a URL/],
    ['an object', {}, /loadOnnx: got Object, expected/],
  ])('refuses %s', async (_, source, expected) => {
    await expect(loadOnnx(source as never)).rejects.toThrow(expected);
  });

  it('fetches a URL', async () => {
    const url = `data:application/octet-stream;base64,${Buffer.from(GOOD).toString('base64')}`;
    const model = await loadOnnx(url, { engine });
    expect(model.inputs).toEqual([{ name: 'x', dtype: 'float32', dims: ['n', 2] }]);
    model.dispose();
  });
});

it('a file of many inputs, weights and layers is described at once', () => {
  const names = Array.from({ length: 30_000 }, (_, i) => `a weight among many others, number ${i}`);
  const bytes = modelProto({
    nodes: names.map((name) => nodeProto('LSTM', ['x', name, name], [`y of ${name}`])),
    inputs: [X, ...names.map((name) => infoProto(name, [1, 4, 2]))],
    tensors: names.map((name) => tensorProto(name, [1, 4, 2], new Float32Array(8))),
  });
  const begin = performance.now();
  const { inputs, layers } = describeOnnx(bytes);
  // Half a second or two, however busy the machine; what is quadratic in the nodes takes minutes.
  expect(performance.now() - begin).toBeLessThan(10_000);
  expect(inputs.map(({ name }) => name)).toEqual(['x']);
  expect(layers[29_999].inputSize).toBe(2);
});
