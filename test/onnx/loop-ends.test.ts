/** Loops that are not entered, or only once, of which the one is known when they are planned and the other when they run: beside onnxruntime-web. */
import { expect, test } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { bytesProto, graphAttribute, infoProto, intAttribute, intsProto, message, nodeProto } from './model-bytes.js';
import { ortSession, ortTensor } from './onnxruntime.js';

const [FLOAT, INT64, BOOL] = [1, 7, 9];

/** A loop over x while y > 0, whose items are the elements of x that are above 0: of an extent that nobody knows. */
function model(item: Uint8Array): Uint8Array {
  const body = message({
    1: [
      nodeProto('Less', ['none', 's'], ['above']),
      nodeProto('Compress', ['s', 'above'], ['item'], [intAttribute('axis', 0)]),
      nodeProto('Identity', ['goes'], ['more']),
      nodeProto('Sub', ['s', 'none'], ['next']),
    ],
    2: 'body',
    11: [infoProto('i', [], INT64), infoProto('goes', [], BOOL), infoProto('s', [3])],
    12: [infoProto('more', [], BOOL), infoProto('next', [3]), item],
  });
  const graph = message({
    1: [
      nodeProto('Sub', ['x', 'x'], ['none']),
      nodeProto('ReduceMax', ['y'], ['most'], [intAttribute('keepdims', 0)]),
      nodeProto('ReduceMin', ['none'], ['zero'], [intAttribute('keepdims', 0)]),
      nodeProto('Greater', ['most', 'zero'], ['enter']),
      nodeProto('Loop', ['twice', 'enter', 'x'], ['last', 'all'], [graphAttribute('body', body)]),
    ],
    2: 'g',
    5: [intsProto('twice', [], [2])],
    11: [infoProto('x', [3]), infoProto('y', [1])],
    12: [infoProto('last', [3]), message({ 1: 'all', 2: message({ 1: message({ 1: FLOAT }) }) })],
  });
  return message({ 1: 8, 7: graph, 8: message({ 1: '', 2: 17 }) });
}

/** Items of an extent that is open. */
const OPEN = infoProto('item', ['n']);
/** Items of which only the type is declared: onnxruntime finds their rank in the body. */
const BARE = message({ 1: 'item', 2: message({ 1: message({ 1: FLOAT }) }) });

const feedsOf = (y: number) => [
  { name: 'x', dtype: 'float' as const, dims: [3], data: Float32Array.of(1, -2, 3) },
  { name: 'y', dtype: 'float' as const, dims: [1], data: Float32Array.of(y) },
];

async function sameAsTheirs(bytes: Uint8Array): Promise<void> {
  const ours = await loadOnnx(bytes);
  const session = await ortSession(bytes);
  for (const feeds of [feedsOf(4), feedsOf(2), feedsOf(-3)]) {
    const theirs = await session.run(Object.fromEntries(feeds.map((each) => [each.name, ortTensor(each)])));
    const got = ours.run(Object.fromEntries(feeds.map(({ name, ...tensor }) => [name, tensor])));
    for (const name of ['last', 'all']) {
      expect([got[name].dims, got[name].data]).toEqual([theirs[name].dims, theirs[name].data]);
    }
  }
  ours.dispose();
  await session.release();
}

test('scan outputs have the declared rank and no elements', () => sameAsTheirs(model(OPEN)));

test('a rank that nobody declares is no guess', async () => {
  const ours = await loadOnnx(model(BARE));
  const run = (y: number) => ours.run(Object.fromEntries(feedsOf(y).map(({ name, ...tensor }) => [name, tensor])));
  expect(run(1).all.dims).toEqual([2, 2]);
  expect(() => run(-1)).toThrow(
    /^Loop "the Loop": got no iteration, and scan output "item" without declared dims, expected/,
  );
  ours.dispose();
});

/** A loop of most iterations while enter, both fed, whose body says "stop". */
function stopping(): Uint8Array {
  const body = message({
    1: [nodeProto('Add', ['s', 'x'], ['next'])],
    2: 'body',
    5: [bytesProto('more', [], Uint8Array.of(0), BOOL)],
    11: [infoProto('i', [], INT64), infoProto('goes', [], BOOL), infoProto('s', [3])],
    12: [infoProto('more', [], BOOL), infoProto('next', [3])],
  });
  const graph = message({
    1: [
      nodeProto('Greater', ['y', 'x'], ['above']),
      nodeProto('Cast', ['above'], ['ones'], [intAttribute('to', INT64)]),
      nodeProto('ReduceSum', ['ones'], ['most'], [intAttribute('keepdims', 0)]),
      message({ 1: 'most', 2: 'enter', 4: 'Cast', 5: intAttribute('to', BOOL) }),
      nodeProto('Loop', ['most', '', 'x'], ['last'], [graphAttribute('body', body)]),
      nodeProto('Sub', ['x', 'x'], ['none']),
      message({ 1: ['three', 'enter', 'none'], 2: 'all', 3: 'other', 4: 'Loop', 5: graphAttribute('body', body) }),
    ],
    2: 'g',
    5: [intsProto('three', [], [3])],
    11: [infoProto('x', [3]), infoProto('y', [1])],
    12: [infoProto('last', [3]), infoProto('all', [3])],
  });
  return message({ 1: 8, 7: graph, 8: message({ 1: '', 2: 17 }) });
}

test('a body that says "stop" runs once at most', () => sameAsTheirs(stopping()));
