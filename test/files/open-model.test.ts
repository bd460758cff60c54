import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, test } from 'vitest';
import { identify, openModel } from '../../bindings/formats/files/index.js';
import { GRU, Linear, LSTM, loadModel, Sequential, writeSafetensors } from '../../bindings/index.js';
import { caseNamed, bytesOf as kerasBytes } from '../keras/cases.js';
import { torchCases } from '../torch/cases.js';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'hiddenstate-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = (value: string) => new TextEncoder().encode(value);
const ascii = (value: string) => Uint8Array.from(value, (character) => character.charCodeAt(0));
const [{ cases }] = torchCases();
const torch = (name: string) => cases.find((each) => each.name === name)?.file as Uint8Array;
const arrays = JSON.parse(readFileSync(join(import.meta.dirname, 'arrays.json'), 'utf8')) as {
  name: string;
  file: string;
}[];
const array = (name: string) =>
  new Uint8Array(Buffer.from(arrays.find((each) => each.name === name)?.file as string, 'base64'));
const amplifiers = JSON.parse(readFileSync(join(ROOT, 'test/amplifier/cases-torch.json'), 'utf8')) as {
  name: string;
  file: object;
}[];
const amplifier = (name: string) => text(JSON.stringify(amplifiers.find((each) => each.name === name)?.file));
const SILERO = join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx');

function savedModel(): Uint8Array {
  const layers = [
    new GRU({ inputSize: 2, hiddenSize: 3, seed: 1 }),
    new Linear({ inFeatures: 3, outFeatures: 1, seed: 2 }),
  ];
  return new Sequential(layers).save();
}

describe('identify says what a file is, by its content', () => {
  const READ: [string, () => Uint8Array][] = [
    ['onnx', () => readFileSync(SILERO)],
    ['keras', () => kerasBytes(caseNamed('LSTM, Keras 2').files.h5)],
    ['safetensors', savedModel],
    ['torch', () => torch('state-dict')],
    ['torch', () => torch('state-dict-legacy')],
    ['torch', () => torch('state-dict-pickled')],
    ['torchscript', () => torch('scripted')],
    ['npz', () => array('npz')],
    ['npy', () => array('npy <f4')],
    ['hdf5', () => array('hdf5')],
    ['nam', () => amplifier('nam-8')],
    ['guitarml', () => amplifier('guitarml-lstm')],
    ['rtneural', () => text('{"in_shape": [null, null, 1], "layers": []}')],
    [
      'tfjs-layers',
      () => text('{"format": "layers-model", "modelTopology": {"model_config": {}}, "weightsManifest": []}'),
    ],
  ];

  test.each(READ)('%s', (format, make) => {
    expect(identify(make())).toMatchObject({ format, runs: true, problems: [] });
  });

  const NOT_READ: [string, Uint8Array, RegExp][] = [
    ['tflite', ascii('\x1c\0\0\0TFL3\0\0'), /TensorFlow Lite.*tf2onnx.*--tflite/],
    ['ort', ascii('\x1c\0\0\0ORTM\0\0'), /onnxruntime's own format/],
    ['saved-model', ascii('\x08\x01\x12\x90\x01\x0a\x10\x22\x05serve'), /SavedModel.*tf2onnx/],
    ['tensorflow-graph', ascii('\x0a\x10\x0a\x01x\x12\x0bPlaceholder\x12\x00'), /TensorFlow graph/],
    ['tfjs-graph', text('{"format": "graph-model", "modelTopology": {"node": []}}'), /graph model/],
    ['keras-config', text('{"class_name": "Sequential", "config": {}}'), /without its weights/],
    ['html', text('\n<!DOCTYPE html><html><body>Not Found</body></html>'), /page of HTML/],
    ['git-lfs', text('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'), /git lfs pull/],
    ['gzip', gzipSync('x'), /gunzip/],
    ['zip', zipSync({ 'a.txt': text('a') }), /zip archive that is none of/],
    [
      'cut-zip',
      zipSync({ 'data.pkl': new Uint8Array(999) }).subarray(0, 60),
      /ends before its directory.*fetch it again/,
    ],
    ['cut-onnx', readFileSync(SILERO).subarray(0, 50_000), /ONNX model that ends too early/],
    ['cut-json', text('{"modelTopology": {"model_config": {'), /begins as JSON.*fetch it again/],
    [
      'safetensors-index',
      text('{"metadata": {}, "weight_map": {"a": "b.safetensors"}}'),
      /index of a model in several/,
    ],
    ['saved-model', zipSync({ 'm/saved_model.pb': text('a') }), /SavedModel.*tf2onnx/],
    ['sklearn', ascii('\x80\x04\x95\x30\0\0\0\0\0\0\0\x8c\x14sklearn.svm._classes'), /skl2onnx/],
    // Pickles of protocol 0 are letters alone. pickle.dumps(LinearRegression(), 0), and of a dict by protocols 0 and 1.
    [
      'sklearn',
      text('ccopy_reg\n_reconstructor\np0\n(csklearn.linear_model._base\nLinearRegression\np1\n.'),
      /skl2onnx/,
    ],
    ['pickle', text('(dp0\nVa\np1\nI1\ns.'), /pickle of Python.*torch\.save/],
    ['pickle', text('ccollections\nOrderedDict\np0\n(tRp1\nVa\np2\nI1\ns.'), /pickle of Python/],
    ['pickle', ascii('}q\0X\x01\0\0\0aq\x01K\x01s.'), /pickle of Python/],
    ['gguf', ascii('GGUF\x03\0\0\0'), /llama/],
    ['wav', ascii('RIFF\0\0\0\0WAVE'), /recording/],
    ['png', ascii('\x89PNG\r\n\x1a\n'), /picture/],
    ['json', text('{"a": 1}'), /JSON that is none of/],
    ['json', text('[1, 2]'), /JSON that is none of/],
    ['large-json', new Uint8Array(65 * 2 ** 20).fill(0x5b), /JSON of more than 64 MB.*shards/],
    ['text', text('epoch,loss\n1,0.5\n'), /text, not a model; save the model as ONNX/],
    ['empty', new Uint8Array(0), /empty file/],
    ['unknown', ascii('\x01\x02\x03\xff\xfe'), /none of the formats/],
  ];

  test.each(NOT_READ)('%s, and what to do with it', async (format, bytes, problem) => {
    const found = identify(bytes);
    expect(found).toMatchObject({ format, runs: false });
    expect(found.problems.join()).toMatch(problem);
    await expect(openModel(bytes)).rejects.toThrow(problem);
  });

  test('any beginning of any file, and any byte changed in it, has an answer', () => {
    for (const [, make] of READ) {
      const bytes = make();
      for (let length = 0; length < Math.min(bytes.length, 400); length++) identify(bytes.subarray(0, length));
      for (let at = 0; at < Math.min(bytes.length, 200); at++) {
        const changed = bytes.slice();
        changed[at] ^= 0xff;
        identify(changed);
      }
    }
  });
});

describe('openModel', () => {
  const input = (dims: number[]) => ({
    data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
    dims,
  });

  test('runs what Sequential.save wrote as loadModel does, whole and as a stream', async () => {
    const bytes = savedModel();
    using model = await openModel(bytes);
    const x = input([5, 2]);
    expect(model.run({ input: x }).output.data).toEqual(loadModel(bytes).forward(x).output.data);
    using stream = model.stream();
    using own = loadModel(bytes).stream();
    expect(stream.step(new Float32Array([1, 2]))).toEqual(own.step(new Float32Array([1, 2])));
  });

  const DICTS: [string, () => Uint8Array][] = [
    ['torch', () => torch('state-dict')],
    ['torchscript', () => torch('scripted')],
    ['npz', () => array('npz')],
    [
      'safetensors',
      () =>
        writeSafetensors({
          'rec.weight_ih_l0': { data: new Float32Array(48), dims: [16, 3] },
          'rec.weight_hh_l0': { data: new Float32Array(64), dims: [16, 4] },
        }),
    ],
  ];

  test.each(DICTS)('makes the layers of a dict in the order in which they are named: %s', async (format, make) => {
    const layers = format === 'safetensors' ? ['rec'] : ['rec', 'head'];
    using model = await openModel(make(), { layers });
    expect(model.format).toBe(format);
    const { output } = model.run({ input: input([6, 3]) });
    expect(output.dims).toEqual([6, format === 'safetensors' ? 4 : 2]);
    await expect(openModel(make())).rejects.toThrow(
      /expected \{ layers: \[names in order\] \}; it holds "rec" \(LSTM\)/,
    );
    await expect(openModel(make(), { layers: ['nothing'] })).rejects.toThrow(
      /got layer "nothing", expected one of "rec"/,
    );
  });

  test('opens ONNX, Keras and TensorFlow.js by their readers, from bytes, a path and a URL', async () => {
    const path = join(folder, 'model.without-ending');
    writeFileSync(path, readFileSync(SILERO));
    for (const source of [readFileSync(SILERO), path, pathToFileURL(path)]) {
      using model = await openModel(source);
      expect([model.format, model.inputs.length]).toEqual(['onnx', 3]);
    }
    using keras = await openModel(kerasBytes(caseNamed('LSTM, Keras 2').files.h5));
    expect([keras.format, keras.outputs.length]).toEqual(['keras', 1]);
    await expect(openModel(text('{"modelTopology": {}}'))).rejects.toThrow(/expected its URL or path/);
  });

  test('runs an amplifier from its trained state, with the skip that it has', async () => {
    for (const { name, file, ...rest } of amplifiers) {
      const { input: samples, output } = rest as unknown as { input: number[]; output: number[] };
      using model = await openModel(text(JSON.stringify(file)));
      const width = samples.length / output.length;
      const result = model.run({ input: { data: Float32Array.from(samples), dims: [output.length, width] } }).output;
      const stream = model.stream();
      const out = new Float32Array(1);
      output.forEach((value, i) => {
        expect(Math.abs(Number(result.data[i]) - value), `${name} ${i}`).toBeLessThan(2e-6);
        const x = Float32Array.from(samples.slice(i * width, (i + 1) * width));
        expect(stream.step(x, out), `${name} ${i}, in place`).toBe(out);
        expect(Math.abs(out[0] - value), `${name} ${i}, step by step`).toBeLessThan(2e-6);
      });
      stream.reset();
      const all = stream.steps(Float32Array.from(samples));
      expect(Math.abs(all[output.length - 1] - output[output.length - 1]), `${name} once more`).toBeLessThan(2e-6);
    }
  });

  test('what is not there, or no source at all, is said', async () => {
    await expect(openModel(join(folder, 'none.onnx'))).rejects.toThrow(/^openModel: .*none\.onnx/);
    await expect(openModel(7 as never)).rejects.toThrow(TypeError);
    await expect(openModel(savedModel(), { layer: ['a'] } as never)).rejects.toThrow(/got option "layer"/);
    expect(existsSync(join(folder, 'none.onnx'))).toBe(false);
  });
});

test('a layer that is not found under its prefix says which prefix has it', () => {
  const dict = { 'model.rec.weight_ih_l0': { data: new Float32Array(12), dims: [4, 3] } };
  expect(() => LSTM.fromStateDict(dict, { prefix: 'rec.' })).toThrow(/did you mean prefix "model\.rec\."\?/);
  expect(() => LSTM.fromStateDict(dict)).toThrow(/did you mean prefix "model\.rec\."\?/);
});
