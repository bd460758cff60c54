/** Loops, functions and branches that someone wrote who wants a runtime to hang: refused in time, nothing left behind. */
import { describe, expect, it } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { graphAttribute, graphProto, infoProto, intsProto, message, modelProto, nodeProto } from './model-bytes.js';

const engine = createEngine();
const X = infoProto('x', [2]);
const FEEDS = { x: { data: Float32Array.of(1, 1), dims: [2] } };

async function refuses(file: Uint8Array, expected: RegExp): Promise<void> {
  const before = engine.bytesInUse;
  const attempt = async () => {
    const model = await loadOnnx(file, { engine });
    try {
      model.run(FEEDS);
    } finally {
      model.dispose();
    }
  };
  await expect(attempt()).rejects.toThrow(expected);
  expect(engine.bytesInUse).toBe(before);
}

/** A body of a Loop: its number, condition and one carried value. */
const body = (nodes: readonly Uint8Array[], outputs: readonly string[]) =>
  graphAttribute(
    'body',
    graphProto({ nodes, inputs: [infoProto('i', [], 7), infoProto('c', [], 9), infoProto('a', ['n'])], outputs }),
  );
const loop = (attribute: Uint8Array, most = '') =>
  modelProto({
    nodes: [nodeProto('Loop', [most, '', 'x'], ['y'], [attribute])],
    inputs: [X],
    tensors: [intsProto('most', [], [2 ** 40]), intsProto('zero', [], [0])],
  });

describe('a loop', () => {
  it.each([
    [
      'without an end',
      loop(body([nodeProto('Neg', ['a'], ['b'])], ['c', 'b'])),
      /more than 1048576 iterations in one run/,
    ],
    ['of 2^40 turns', loop(body([nodeProto('Neg', ['a'], ['b'])], ['c', 'b']), 'most'), /more than 1048576 iterations/],
    [
      'whose condition stays true',
      loop(
        body(
          [
            nodeProto('Abs', ['a'], ['b']),
            nodeProto('ReduceSum', ['b'], ['s']),
            nodeProto('Cast', ['s'], ['d'], [message({ 1: 'to', 3: 9, 20: 2 })]),
          ],
          ['d', 'b'],
        ),
      ),
      /iterations/,
    ],
    [
      'whose values double',
      loop(body([nodeProto('Concat', ['a', 'a'], ['b'], [message({ 1: 'axis', 3: 0, 20: 2 })])], ['c', 'b']), 'most'),
      /expected at most \d+/,
    ],
    [
      'without a body',
      modelProto({ nodes: [nodeProto('Loop', ['', '', 'x'], ['y'])], inputs: [X] }),
      /no attribute body/,
    ],
    [
      'with a body of too few inputs',
      modelProto({
        nodes: [
          nodeProto('Loop', ['', '', 'x'], ['y'], [graphAttribute('body', graphProto({ nodes: [], outputs: [] }))]),
        ],
        inputs: [X],
      }),
      /got a body of 0 inputs/,
    ],
  ])('%s is refused', { timeout: 60_000 }, (_, file, expected) => refuses(file, expected));
});

/** A model with functions: FunctionProto by name, inputs, outputs and nodes. */
function withFunctions(functions: readonly Uint8Array[], nodes: readonly Uint8Array[]): Uint8Array {
  const graph = graphProto({ nodes, inputs: [X] });
  return message({ 1: 8, 7: graph, 8: [message({ 1: '', 2: 17 }), message({ 1: 'local', 2: 1 })], 25: functions });
}
const call = (name: string, from: string, to: string) =>
  message({ 1: from, 2: to, 3: `call of ${name}`, 4: name, 7: 'local' });
const made = (name: string, nodes: readonly Uint8Array[]) =>
  message({ 1: name, 4: 'a', 5: 'b', 7: nodes, 9: message({ 1: '', 2: 17 }), 10: 'local' });

describe('a function', () => {
  const doubling = Array.from({ length: 40 }, (_, i) =>
    made(
      `f${i}`,
      i === 0 ? [nodeProto('Neg', ['a'], ['b'])] : [call(`f${i - 1}`, 'a', 'c'), call(`f${i - 1}`, 'c', 'b')],
    ),
  );

  it.each([
    [
      'that calls itself',
      withFunctions([made('f', [call('f', 'a', 'b')])], [call('f', 'x', 'y')]),
      /got a call of itself/,
    ],
    [
      'that calls another which calls it',
      withFunctions([made('f', [call('g', 'a', 'b')]), made('g', [call('f', 'a', 'b')])], [call('f', 'x', 'y')]),
      /got a call of itself/,
    ],
    ['that comes to 2^39 nodes', withFunctions(doubling, [call('f39', 'x', 'y')]), /expected at most 131072/],
    [
      'of an operator that is not there',
      withFunctions([made('f', [nodeProto('GridSample', ['a'], ['b'])])], [call('f', 'x', 'y')]),
      /function "local:f": node "the GridSample": got operator "GridSample"/,
    ],
    ['that is not there', withFunctions([], [call('g', 'x', 'y')]), /got operator "g" \(opset 17, domain "local"\)/],
  ])('%s is refused', (_, file, expected) => refuses(file, expected));
});

describe('branches', () => {
  it('ten thousand deep are refused', async () => {
    // Each graph ends with the one within it, so that only beginnings are written.
    const node = message({
      1: ['go'],
      2: 'y',
      3: 'if',
      4: 'If',
      5: graphAttribute('else_branch', graphProto({ nodes: [] })),
    });
    const attribute = message({ 1: 'then_branch', 20: 5 });
    const parts = [graphProto({ nodes: [nodeProto('Neg', ['x'], ['y'])] })];
    let size = parts[0].length;
    const begin = (fields: Uint8Array, tag: number) => {
      const start = [...fields, tag, ...varint(size)];
      parts.push(Uint8Array.from(start));
      size += start.length;
    };
    for (let i = 0; i < 10_000; i++) {
      begin(attribute, (6 << 3) | 2);
      begin(node, (5 << 3) | 2);
      begin(new Uint8Array(), (1 << 3) | 2);
    }
    const graph = new Uint8Array(Buffer.concat(parts.reverse()));
    await refuses(message({ 1: 8, 7: graph, 8: message({ 1: '', 2: 17 }) }), /got graphs 33 deep, expected at most 32/);
  });
});

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
