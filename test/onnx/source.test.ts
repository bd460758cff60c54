/** Where the bytes of a model may come from. */
import { expect, test } from 'vitest';
import { loadOnnx } from '../../bindings/formats/onnx/index.js';
import { readArchive } from './archive.js';
import { tensorError } from './compare-tensors.js';
import { feedsOf } from './run-case.js';

const { model, runs } = readArchive('torch').find(({ name }) => name === 'characters')!;

function shifted(by: number): Uint8Array {
  const larger = new Uint8Array(model.length + by);
  larger.set(model, by);
  return larger.subarray(by);
}

test.each([
  ['a Uint8Array', model],
  ['an ArrayBuffer', model.buffer],
  // A Buffer's slice is no copy.
  ['a Buffer of Node', Buffer.from(model)],
  ['a view at an odd place', shifted(1)],
  ['a Buffer at an odd place', Buffer.from(shifted(3).buffer, 3)],
  ['a data: URL', `data:application/octet-stream;base64,${Buffer.from(model).toString('base64')}`],
  ['a URL', new URL(`data:application/octet-stream;base64,${Buffer.from(model).toString('base64')}`)],
])('loadOnnx reads %s', async (_what, source) => {
  const loaded = await loadOnnx(source);
  const results = loaded.run(feedsOf(runs[0]));
  for (const expected of runs[0].outputs) expect(tensorError(results[expected.name], expected)).toBeLessThan(5e-6);
  loaded.dispose();
});

test.each([
  [
    'model.onnx',
    /^loadOnnx: got "model\.onnx", a path that is no URL, expected a URL, or the bytes that readFile gives$/,
  ],
  [new URL('file:///tmp/model.onnx'), /^loadOnnx: got "file:.*", a path that is no URL, expected/],
  ['http://127.0.0.1:1/model.onnx', /^loadOnnx: "http:.*": got no answer \(fetch failed.*\), expected the file$/],
])('loadOnnx says why it cannot fetch %s', (source, message) => expect(loadOnnx(source)).rejects.toThrow(message));
