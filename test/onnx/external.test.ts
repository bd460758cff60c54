/** Weights in files beside the model: given, beside its path, and never from outside its folder. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../bindings/formats/files/index.js';
import { loadOnnx, loadOnnxSync } from '../../bindings/formats/onnx/index.js';
import { createEngine } from '../../bindings/index.js';
import { infoProto, message, modelProto, nodeProto } from './model-bytes.js';

const engine = createEngine();
const WEIGHTS = new Uint8Array(Float32Array.of(9, 9, 1, 2, 3, 4).buffer);

/** y = x · w, w [2, 2] in another file. */
function modelWith(entries: Readonly<Record<string, string>>): Uint8Array {
  const external = Object.entries(entries).map(([key, value]) => message({ 1: key, 2: value }));
  const w = message({ 1: [2, 2], 2: 1, 8: 'w', 13: external, 14: 1 });
  return modelProto({
    nodes: [nodeProto('MatMul', ['x', 'w'], ['y'])],
    inputs: [infoProto('x', ['n', 2])],
    tensors: [w],
  });
}

const PLACE = { location: 'w.data', offset: '8', length: '16' };
const FEEDS = { x: { data: Float32Array.of(1, 10), dims: [1, 2] } };
const given = (path = 'w.data', data: Uint8Array | string = WEIGHTS) => ({ engine, externalData: [{ path, data }] });

const folder = mkdtempSync(join(tmpdir(), 'external-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'inner'));
writeFileSync(join(folder, 'w.data'), WEIGHTS);
writeFileSync(join(folder, 'inner', 'model.onnx'), modelWith({ ...PLACE, location: 'link.data' }));
symlinkSync(join(folder, 'w.data'), join(folder, 'inner', 'link.data'));
writeFileSync(join(folder, 'model.onnx'), modelWith(PLACE));

describe('weights in another file', () => {
  it.each([
    ['given as bytes', () => loadOnnx(modelWith(PLACE), given())],
    ['given by a path', () => loadOnnx(modelWith(PLACE), given('./w.data', join(folder, 'w.data')))],
    ['given at once', async () => loadOnnxSync(modelWith(PLACE), given())],
    ['beside a path', () => loadOnnx(join(folder, 'model.onnx'), { engine })],
    ['beside the place of bytes', () => loadOnnx(modelWith(PLACE), { engine, place: join(folder, 'model.onnx') })],
    ['by openModel, beside a path', () => openModel(join(folder, 'model.onnx'), { engine })],
    [
      'by openModel, beside the place of bytes',
      () => openModel(modelWith(PLACE), { engine, place: join(folder, 'model.onnx') }),
    ],
    ['beside a file URL', () => loadOnnx(pathToFileURL(join(folder, 'model.onnx')), { engine })],
  ])('are read: %s', async (_, load) => {
    const before = engine.bytesInUse;
    const model = await load();
    expect([...(model.run(FEEDS).y.data as Float32Array)]).toEqual([31, 42]);
    model.dispose();
    expect(engine.bytesInUse).toBe(before);
  });

  it.each([
    ['a path upwards', { ...PLACE, location: '../w.data' }, /expected a file in the folder of the model/],
    ['a path upwards within', { ...PLACE, location: 'a/../../w.data' }, /expected a file in the folder of the model/],
    ['an absolute path', { ...PLACE, location: '/etc/passwd' }, /expected a file in the folder of the model/],
    ['a drive', { ...PLACE, location: 'C:\\w.data' }, /expected a file in the folder of the model/],
    ['a URL', { ...PLACE, location: 'https://example.com/w.data' }, /expected a file in the folder of the model/],
    ['no path', { offset: '8' }, /expected a file in the folder of the model/],
    ['a place past the end', { ...PLACE, offset: '12' }, /at 12 of 16 bytes in "w.data" of 24 bytes, expected a place/],
    ['another length', { ...PLACE, length: '12' }, /of 12 bytes, expected 16 bytes for its dims/],
    ['a length of none', { ...PLACE, length: '-1' }, /of NaN bytes, expected 16 bytes/],
    ['an offset of 2^60', { ...PLACE, offset: String(2 ** 60) }, /at NaN of 16 bytes, expected 16 bytes/],
    ['a file that nobody gave', { ...PLACE, location: 'v.data' }, /lie in "v.data", expected the option externalData/],
  ])('are refused: %s', async (_, entries, expected) => {
    const before = engine.bytesInUse;
    await expect(loadOnnx(modelWith(entries), given())).rejects.toThrow(expected);
    expect(engine.bytesInUse).toBe(before);
  });

  it('are not read through a link out of the folder', () =>
    expect(loadOnnx(join(folder, 'inner', 'model.onnx'), { engine })).rejects.toThrow(/a link out of the folder/));
});

describe('weights beside a model that is fetched', () => {
  const asked: string[] = [];
  let server: Server;
  let base = '';
  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => {
      asked.push(url);
      const files: Record<string, Uint8Array> = { '/m/model.onnx?v=1': modelWith(PLACE), '/m/w.data': WEIGHTS };
      response.statusCode = url in files ? 200 : 404;
      response.end(files[url]);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('are fetched from its folder', async () => {
    const model = await loadOnnx(`${base}/m/model.onnx?v=1`, { engine });
    expect([...(model.run(FEEDS).y.data as Float32Array)]).toEqual([31, 42]);
    expect(asked).toEqual(['/m/model.onnx?v=1', '/m/w.data']);
    model.dispose();
  });

  it('are fetched from where they are said to be', async () => {
    const model = await loadOnnx(modelWith(PLACE), given('w.data', `${base}/m/w.data`));
    expect([...(model.run(FEEDS).y.data as Float32Array)]).toEqual([31, 42]);
    model.dispose();
  });

  it('and bounded by maxBytes, and named where they are not there', async () => {
    await expect(loadOnnx(`${base}/m/model.onnx?v=1`, { engine, maxBytes: 20 })).rejects.toThrow(/20 bytes/);
    await expect(loadOnnx(modelWith(PLACE), given('w.data', `${base}/none`))).rejects.toThrow(/404/);
  });
});
