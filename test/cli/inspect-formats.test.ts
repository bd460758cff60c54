import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bytesOf, caseNamed } from '../keras/cases.js';
import { type OnnxCase, readArchive } from '../onnx/archive.js';
import { infoProto, message, modelProto, nodeProto } from '../onnx/model-bytes.js';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();

function write(name: string, bytes: Uint8Array | string): string {
  mkdirSync(dirname(folder(name)), { recursive: true });
  writeFileSync(folder(name), bytes);
  return folder(name);
}

function inspectJson(path: string) {
  const { code, stdout, stderr } = hiddenstate(['inspect', path, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

function inspectText(path: string): string {
  const { code, stdout, stderr } = hiddenstate(['inspect', path]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

const onnxCase = (archive: Parameters<typeof readArchive>[0], name: string) =>
  readArchive(archive).find((each) => each.name === name) as OnnxCase;

describe('hiddenstate inspect, of ONNX', () => {
  test('shows what PyTorch wrote', () => {
    const path = write('characters.onnx', onnxCase('torch', 'characters').model);
    const { opsets, inputs, outputs, layers, parameters, problems } = inspectJson(path);
    expect(opsets).toEqual({ '': 14 });
    expect(inputs[0]).toEqual({ name: 'tokens', dtype: 'int64', dims: ['time', 'batch'] });
    expect(outputs.map(({ name }: { name: string }) => name)).toEqual(['logits', 'h', 'c']);
    expect(layers.map((layer: { type: string }) => layer.type)).toEqual(['LSTM', 'LSTM']);
    expect(layers[0]).toMatchObject({ direction: 'forward', inputSize: 4, hiddenSize: 8 });
    // Embedding 11 × 4; LSTM 4·8 rows × (4 + 8 + 2) and × (8 + 8 + 2); Linear 11 × (8 + 1).
    expect(parameters).toBe(44 + 32 * 14 + 32 * 18 + 99);
    expect(problems).toEqual([]);
    const text = inspectText(path);
    expect(text).toMatch(/characters\.onnx: ONNX, \d+ nodes, 1,167 parameters, /);
    expect(text).toMatch(/^ {2}logits +float /m);
    expect(text).toMatch(/^ {2}LSTM +2 +yes$/m);
    expect(text).toMatch(/\nNothing is in the way of running it\.\nTried on zeros: tokens /);
  });

  test('tells the format by the content, whatever the name', () => {
    const path = write('model.bin', onnxCase('torch', 'characters').model);
    expect(inspectJson(path).format).toBe('onnx');
  });

  test.each(['v5', 'v6', 'legacy'])('finds nothing in the way of Silero %s', (version) => {
    const { resolve } = createRequire(import.meta.url);
    const { problems, layers } = inspectJson(resolve(`@ricky0123/vad-web/dist/silero_vad_${version}.onnx`));
    expect(problems).toEqual([]);
    expect(layers.length).toBeGreaterThan(0);
  });

  test('names what would not run, and shows the rest', () => {
    const bytes = modelProto({
      nodes: [nodeProto('GridSample', ['x'], ['y'])],
      inputs: [infoProto('x', [1, 1])],
      outputs: ['y'],
    });
    const path = write('grid-sample.onnx', bytes);
    const { operators, problems, inputs, ran } = inspectJson(path);
    expect(operators).toEqual([{ name: 'GridSample', nodes: 1, runs: false }]);
    expect(problems).toEqual([
      expect.stringMatching(/^operator "GridSample" \(opset \d+, 1 node\): hiddenstate does not have it$/),
    ]);
    expect([inputs.length, ran]).toEqual([1, []]);
    const text = inspectText(path);
    expect(text).toMatch(/^ {2}GridSample +1 +NO$/m);
    expect(text).toContain('Would not run:\n  operator "GridSample"');
  });

  test('says with which sizes a model of open extents ran, or that none did', () => {
    const open = modelProto({
      nodes: [nodeProto('Tanh', ['x'], ['y'])],
      inputs: [infoProto('x', ['b', 't', 8])],
      outputs: ['y'],
    });
    const path = write('open.onnx', open);
    expect(inspectJson(path)).toMatchObject({ problems: [], ran: ['x [1, 7, 8]'] });
    expect(inspectText(path)).toContain('Tried on zeros: x [1, 7, 8].');
    const given = hiddenstate(['inspect', path, '--json', '--dims', 'x=2,?,8']);
    expect(JSON.parse(given.stdout).ran).toEqual(['x [2, 7, 8]']);
    expect(hiddenstate(['inspect', path, '--dims', 'x=two']).code).toBe(2);
    const never = modelProto({
      nodes: [nodeProto('MatMul', ['x', 'x'], ['y'])],
      inputs: [infoProto('x', ['b', 3, 5])],
      outputs: ['y'],
    });
    expect(inspectJson(write('never.onnx', never)).problems).toEqual([
      expect.stringMatching(/^a run on zeros: MatMul/),
    ]);
  });

  test('names what an operator refuses when it is planned', () => {
    const path = write('training.onnx', onnxCase('backend', 'batchnorm_example_training_mode').model);
    expect(inspectJson(path).problems).toEqual([
      expect.stringMatching(/^a run on zeros: BatchNormalization "y": got training mode, expected inference/),
    ]);
  });

  test('does not take zeros for a shape that is fed', () => {
    const path = write('expand.onnx', onnxCase('backend', 'expand_dim_changed').model);
    expect(inspectJson(path).problems).toEqual([]);
  });

  test('tells a scalar from what declares no shape', () => {
    const info = message({ 1: 'y', 2: message({ 1: message({ 1: 1 }) }) });
    const node = nodeProto('Neg', ['x'], ['y']);
    const graph = message({ 1: node, 11: infoProto('x', []), 12: info });
    const path = write('shapeless.onnx', message({ 7: graph, 8: message({ 1: '', 2: 17 }) }));
    const { inputs, outputs } = inspectJson(path);
    expect([inputs[0].dims, outputs[0].dims]).toEqual([[], undefined]);
    expect(inspectText(path)).toMatch(/^ {2}x +float +scalar$/m);
    expect(inspectText(path)).toMatch(/^ {2}y +float *$/m);
  });

  test('shows types by their names', () => {
    const path = write('bfloat16.onnx', onnxCase('backend', 'cast_BFLOAT16_to_FLOAT').model);
    expect(inspectJson(path).inputs[0].dtype).toBe('bfloat16');
  });

  test('refuses what is no model, in one line', () => {
    const { code, stderr } = hiddenstate(['inspect', write('broken.onnx', Uint8Array.of(8, 7, 58, 255, 255, 3, 1))]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/broken\.onnx: got an ONNX model that ends too early: .*\n$/);
  });
});

describe('hiddenstate inspect, of Keras', () => {
  const given = caseNamed('text-classifier, Keras 3');

  test.each(['keras', 'h5'])('shows the layers of a .%s file', (kind) => {
    const { inputs, outputs, layers, parameters, problems, format } = inspectJson(
      write(`model.${kind}`, bytesOf(given.files[kind])),
    );
    expect([format, problems]).toEqual(['Keras', []]);
    expect([inputs.length, outputs.length]).toEqual([Object.keys(given.inputs).length, given.outputs.length]);
    expect(parameters).toBeGreaterThan(0);
    expect(parameters).toBe(layers.reduce((sum: number, layer: { parameters: number }) => sum + layer.parameters, 0));
    expect(layers.map(({ type }: { type: string }) => type)).toContain('Embedding');
    expect(inspectText(folder(`model.${kind}`))).toMatch(
      /^ {2}\S+ +Embedding +[\d,]+ +yes +input_dim \d+,\s+output_dim \d+/m,
    );
  });

  test('shows a TensorFlow.js model with its shards', () => {
    const model = write('tfjs/model.json', JSON.stringify(given.model));
    for (const [path, shard] of Object.entries(given.shards)) write(`tfjs/${path}`, bytesOf(shard));
    const { format, problems, parameters } = inspectJson(model);
    expect([format, problems]).toEqual(['TensorFlow.js', []]);
    expect(parameters).toBe(inspectJson(write('same.keras', bytesOf(given.files.keras))).parameters);
  });

  test('names layers that there are not, and shows the rest', () => {
    const changed = JSON.stringify(given.model).replace('"class_name":"Embedding"', '"class_name":"Fancy\\u001b[2J"');
    const model = write('fancy/model.json', changed);
    for (const [path, shard] of Object.entries(given.shards)) write(`fancy/${path}`, bytesOf(shard));
    const { problems, layers } = inspectJson(model);
    expect(problems).toEqual([expect.stringMatching(/^layer ".+": hiddenstate has no Fancy/)]);
    expect(layers.filter(({ runs }: { runs: boolean }) => !runs)).toHaveLength(1);
    expect(inspectText(model).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  test.each([
    ['a shard that is not there', { paths: ['gone.bin'] }, 'gone.bin: no such file or folder'],
    ['a shard elsewhere', { paths: ['../../etc/passwd'] }, 'expected one beside model.json'],
  ])('refuses %s', (_what, group, message) => {
    const model = { ...given.model, weightsManifest: [{ ...group, weights: [] }] };
    const { code, stderr } = hiddenstate(['inspect', write('bad/model.json', JSON.stringify(model))]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test.each([
    ['a zip of something else', 'other.keras', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0), 'got a zip archive'],
    [
      'half an HDF5 file',
      'half.h5',
      Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10, 0),
      'got a damaged HDF5 file',
    ],
    ['JSON of something else', 'other.json', '{"a": 1}', 'got JSON that is none of'],
    ['JSON that is none', 'broken.json', '{"a": ', 'got what begins as JSON and cannot be read'],
  ])('refuses %s', (_what, name, bytes, message) => {
    const { code, stdout, stderr } = hiddenstate(['inspect', write(name, bytes)]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`${name}: ${message}`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
