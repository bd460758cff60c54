/** Weights in files of their own, named in the ways that onnxruntime-web takes: the same numbers there and here. */
import * as web from 'onnxruntime-web';
import { expect, test } from 'vitest';
import * as ours from '../../bindings/formats/ort/index.js';
import { infoProto, message, nodeProto } from '../onnx/model-bytes.js';

web.env.wasm.numThreads = 1;
web.env.logLevel = 'error';

const WEIGHTS = new Uint8Array(Float32Array.of(1, 2, 3).buffer);
const entry = (key: string, value: string) => message({ 1: key, 2: value });
const w = message({ 1: [3], 2: 1, 8: 'w', 13: [entry('location', 'w.data'), entry('length', '12')], 14: 1 });
const graph = message({
  1: nodeProto('Add', ['x', 'w'], ['y']),
  2: 'g',
  5: w,
  11: infoProto('x', [3]),
  12: infoProto('y', [3]),
});
const MODEL = message({ 1: 8, 7: graph, 8: message({ 1: '', 2: 17 }) });

async function answer(lib: typeof ours, data: Uint8Array | Blob): Promise<unknown> {
  const session = await lib.InferenceSession.create(MODEL.slice(), {
    externalData: [{ path: 'w.data', data: data as Uint8Array }],
  });
  const { y } = await session.run({ x: new lib.Tensor('float32', Float32Array.of(10, 20, 30), [3]) });
  await session.release();
  return [...(y.data as Float32Array)];
}

test.each([
  ['bytes', () => WEIGHTS.slice()],
  ['a Blob', () => new Blob([WEIGHTS])],
] as const)('%s', async (_, data) => {
  expect(await answer(ours, data())).toEqual([11, 22, 33]);
  expect(await answer(web as never, data())).toEqual([11, 22, 33]);
});
