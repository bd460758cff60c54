/**
 * What `session.run` takes and gives: the same calls to onnxruntime-web and to hiddenstate/ort, and the same answers. Tensors that
 * the caller brings for results are in backend.test.ts: onnxruntime-web 1.30 leaves those of the CPU as they were.
 */
import * as web from 'onnxruntime-web';
import { expect, test } from 'vitest';
import * as ours from '../../bindings/formats/ort/index.js';
import { infoProto, intAttribute, message, nodeProto } from '../onnx/model-bytes.js';

web.env.wasm.numThreads = 1;
web.env.logLevel = 'error';

const [BOOL, HALF] = [9, 10];
const relu = nodeProto('Relu', ['x'], ['y']);

function modelOf(
  nodes: readonly Uint8Array[],
  inputs: readonly Uint8Array[],
  outputs: readonly Uint8Array[],
): Uint8Array {
  const graph = message({ 1: nodes, 2: 'g', 11: inputs, 12: outputs });
  return message({ 1: 8, 7: graph, 8: message({ 1: '', 2: 17 }) });
}

/** y = relu(x), z = −x. */
const PAIR = modelOf(
  [relu, nodeProto('Neg', ['x'], ['z'])],
  [infoProto('x', [2])],
  [infoProto('y', [2]), infoProto('z', [2])],
);

const x = (lib: typeof ours) => ({ x: new lib.Tensor('float32', Float32Array.of(1, -2), [2]) });

type Call = (lib: typeof ours, session: ours.InferenceSession) => Promise<ours.InferenceSession.ReturnType>;

const CALLS: [string, Uint8Array, Call][] = [
  ['all outputs', PAIR, (lib, session) => session.run(x(lib))],
  ['an array of names', PAIR, (lib, session) => session.run(x(lib), ['z'])],
  [
    'an array in another order, and options',
    PAIR,
    (lib, session) => session.run(x(lib), ['z', 'y'], { logSeverityLevel: 3 }),
  ],
  ['an object with null', PAIR, (lib, session) => session.run(x(lib), { z: null })],
  ['options alone', PAIR, (lib, session) => session.run(x(lib), { tag: 'z' })],
  ['options that look like an output', PAIR, (lib, session) => session.run(x(lib), { y: 3 } as never)],
  ['a name that is none', PAIR, (lib, session) => session.run(x(lib), ['q'])],
  ['no names', PAIR, (lib, session) => session.run(x(lib), [])],
  ['a tensor for fetches', PAIR, (lib, session) => session.run(x(lib), x(lib).x as never)],
  ['null for fetches', PAIR, (lib, session) => session.run(x(lib), null as never)],
  ['no feeds', PAIR, (_, session) => session.run({})],
  ['an array for feeds', PAIR, (_, session) => session.run([] as never)],
  [
    'an extent of 0',
    modelOf([relu], [infoProto('x', ['n', 2])], [infoProto('y', ['n', 2])]),
    (lib, session) => session.run({ x: new lib.Tensor('float32', new Float32Array(0), [0, 2]) }),
  ],
  [
    'dims that nobody declared',
    modelOf(
      [relu],
      [message({ 1: 'x', 2: message({ 1: message({ 1: 1 }) }) })],
      [message({ 1: 'y', 2: message({ 1: message({ 1: 1 }) }) })],
    ),
    (lib, session) => session.run(x(lib)),
  ],
  [
    'an input that is an output as well',
    modelOf([relu], [infoProto('x', [2])], [infoProto('y', [2]), infoProto('x', [2])]),
    (lib, session) => session.run(x(lib)),
  ],
  [
    'booleans from an array of them',
    modelOf([nodeProto('Not', ['x'], ['y'])], [infoProto('x', [2], BOOL)], [infoProto('y', [2], BOOL)]),
    (lib, session) => session.run({ x: new lib.Tensor('bool', [true, false], [2]) }),
  ],
  [
    'half precision out',
    modelOf(
      [nodeProto('Cast', ['x'], ['y'], [intAttribute('to', HALF)])],
      [infoProto('x', [2])],
      [infoProto('y', [2], HALF)],
    ),
    (lib, session) => session.run(x(lib)),
  ],
];

/** What a program sees of an answer. */
async function seen(lib: typeof ours, model: Uint8Array, call: Call): Promise<unknown> {
  const session = await lib.InferenceSession.create(model.slice());
  const { inputNames, outputNames, inputMetadata, outputMetadata } = session;
  const about = { inputNames, outputNames, inputMetadata, outputMetadata };
  try {
    const results = await call(lib, session);
    const tensors = Object.entries(results).map(([name, { type, dims, data, location }]) => [
      name,
      type,
      [...dims],
      (data as Float32Array).constructor.name,
      [...(data as Float32Array)],
      location,
    ]);
    return { about, tensors };
  } catch (error) {
    return { about, error: (error as Error).message };
  } finally {
    await session.release();
  }
}

test.each(CALLS)('%s', async (_, model, call) => {
  const theirs = await seen(web as never, model, call);
  expect(await seen(ours, model, call)).toEqual(theirs);
});
