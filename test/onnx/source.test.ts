/** Where the bytes of a model may come from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { loadOnnx, loadOnnxSync } from '../../bindings/formats/onnx/index.js';
import { createEngine, ready } from '../../bindings/index.js';
import { readArchive } from './archive.js';
import { tensorError } from './compare-tensors.js';
import { feedsOf } from './run-case.js';

const { model, runs } = readArchive('torch').find(({ name }) => name === 'characters')!;

const FOLDER = mkdtempSync(join(tmpdir(), 'hiddenstate-'));
const FILE = join(FOLDER, 'a model.onnx');
writeFileSync(FILE, model);
afterAll(() => rmSync(FOLDER, { recursive: true }));

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
  ['a path', FILE],
  ['the path of a file: URL', pathToFileURL(FILE).href],
  ['a file: URL', pathToFileURL(FILE)],
  ['a URL', new URL(`data:application/octet-stream;base64,${Buffer.from(model).toString('base64')}`)],
])('loadOnnx reads %s', async (_what, source) => {
  const loaded = await loadOnnx(source);
  const results = loaded.run(feedsOf(runs[0]));
  for (const expected of runs[0].outputs) expect(tensorError(results[expected.name], expected)).toBeLessThan(5e-6);
  loaded.dispose();
});

test.each([
  ['./nowhere.onnx', /^loadOnnx: got "\.\/nowhere\.onnx" that cannot be read \(ENOENT.*\)$/],
  [new URL('file:///nowhere/model.onnx'), /^loadOnnx: got "file:.*" that cannot be read \(ENOENT.*\)$/],
  ['http://127.0.0.1:1/model.onnx', /^loadOnnx: "http:.*": got no answer \(fetch failed.*\), expected the file$/],
])('loadOnnx says why it cannot fetch %s', (source, message) => expect(loadOnnx(source)).rejects.toThrow(message));

test('loadOnnxSync takes the engine that all models share, unless it is given one', async () => {
  const shared = await ready();
  const before = shared.bytesInUse;
  const own = createEngine();
  const first = loadOnnxSync(model, { engine: own });
  first.run(feedsOf(runs[0]));
  expect([own.bytesInUse > 0, shared.bytesInUse]).toEqual([true, before]);
  const second = loadOnnxSync(model);
  second.run(feedsOf(runs[0]));
  expect(shared.bytesInUse).toBeGreaterThan(before);
  first.dispose();
  second.dispose();
  expect(shared.bytesInUse).toBe(before);
});

test('loadOnnxSync reads bytes at once, and nothing else', () => {
  for (const source of [model, model.slice().buffer]) {
    const loaded = loadOnnxSync(source);
    const results = loaded.run(feedsOf(runs[0]));
    for (const expected of runs[0].outputs) expect(tensorError(results[expected.name], expected)).toBeLessThan(5e-6);
    loaded.dispose();
  }
  expect(() => loadOnnxSync(FILE as never)).toThrow(/^loadOnnxSync: got .*, expected a Uint8Array or an ArrayBuffer$/);
  expect(() => loadOnnxSync(Uint8Array.of(1, 2, 3))).toThrow(/^loadOnnx: got 3 bytes that are no ONNX model/);
});
