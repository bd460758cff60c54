import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Linear, RNN, Sequential, Tanh, writeSafetensors } from '../../bindings/index.js';
import { type CellGolden, type GRUGolden, type LSTMGolden, loadGoldens, type RNNGolden } from '../golden/read.js';
import { hiddenstate, temporaryFolder } from './cli.js';
import { saveTextModel } from './models.js';

const folder = temporaryFolder();

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

const goldenFile = (name: string) => fileURLToPath(new URL(`../golden/${name}.safetensors`, import.meta.url));

interface Layer {
  readonly prefix: string;
  readonly type: string;
  readonly sizes: Record<string, unknown>;
  readonly parameters: number;
}

describe('hiddenstate inspect', () => {
  test.each(['rnn', 'lstm', 'gru'] as const)('makes out every %s that PyTorch wrote', (family) => {
    const layers = new Map<string, Layer>();
    for (const layer of inspectJson(goldenFile(family)).layers) layers.set(layer.prefix, layer);
    const goldens = loadGoldens(family) as (RNNGolden | LSTMGolden | GRUGolden)[];
    for (const { name, kind, options, stateDict } of goldens) {
      const { batchFirst: _, ...rest } = options;
      const { nonlinearity: _n, resetAfter: _r, ...sizes } = rest as Record<string, unknown>;
      const parameters = Object.values(stateDict).reduce((sum, { data }) => sum + data.length, 0);
      const expected = { prefix: `${name}/`, type: kind, sizes: expect.objectContaining(sizes), parameters };
      expect(layers.get(`${name}/`), name).toEqual(expected);
    }
    expect(layers.size).toBe(goldens.length);
  });

  test('makes out every cell that PyTorch wrote', () => {
    const layers = inspectJson(goldenFile('cells')).layers as Layer[];
    const found = Object.fromEntries(layers.map(({ prefix, type, sizes }) => [prefix, { type, sizes }]));
    const expected = (loadGoldens('cells') as CellGolden[]).map(({ name, kind, options }) => {
      const { inputSize, hiddenSize, bias } = options;
      return [`${name}/`, { type: kind, sizes: { inputSize, hiddenSize, bias } }];
    });
    expect(found).toEqual(Object.fromEntries(expected));
  });

  test('lists the modules of a saved model in order, and its tensors', () => {
    const { path } = saveTextModel(folder('text.safetensors'), ['a', 'b', '\n'], { title: 'a test' });
    const { metadata, modules, layers, tensors, parameters, bytes } = inspectJson(path);
    expect(metadata.title).toBe('a test');
    expect(metadata.vocabulary).toBe('["a","b","\\n"]');
    expect(modules.map(({ type }: Layer) => type)).toEqual(['Embedding', 'LSTM', 'Linear']);
    expect(layers.map(({ prefix, type }: Layer) => prefix + type)).toEqual(['0.Embedding', '1.LSTM', '2.Linear']);
    // Embedding 3 × 4; LSTM 4·12 rows × (4 + 12 + 2) and × (12 + 12 + 2); Linear 3 × (12 + 1).
    expect(modules.map((module: Layer) => module.parameters)).toEqual([12, 48 * 18 + 48 * 26, 39]);
    expect(parameters).toBe(12 + 48 * 44 + 39);
    expect(tensors.map(({ name }: { name: string }) => name)).toContain('1.weight_hh_l1');
    expect(bytes).toBeGreaterThan(parameters * 4);
    const text = inspectText(path);
    expect(text).toContain(`${path}: 11 tensors, 2,163 parameters, `);
    expect(text).toMatch(/^ {2}title {7}a test$/m);
    expect(text).toMatch(/^ {2}1 {2}LSTM +4 → 12, 2 layers +2,112$/m);
    expect(text).toMatch(/^ {2}1\.weight_hh_l1 {2}F32 +48 × 12 +2,304$/m);
  });

  test('lists modules without tensors, and the options that are unusual', () => {
    const modules = [
      new RNN({ inputSize: 3, hiddenSize: 4, nonlinearity: 'relu', bidirectional: true, bias: false }),
      new Linear({ inFeatures: 8, outFeatures: 2, bias: false }),
      new Tanh(),
    ];
    writeFileSync(folder('unusual.safetensors'), new Sequential(modules).save());
    const text = inspectText(folder('unusual.safetensors'));
    expect(text).toMatch(/^ {2}0 {2}RNN +3 → 4, no bias, two directions, relu +56$/m);
    expect(text).toMatch(/^ {2}1 {2}Linear +8 → 2, no bias +16$/m);
    expect(text).toMatch(/^ {2}2 {2}Tanh +0$/m);
    const { layers } = inspectJson(folder('unusual.safetensors'));
    expect(layers[1].sizes).toEqual({ inFeatures: 8, outFeatures: 2, bias: false });
  });

  test('makes out nothing where the shapes fit no layer', () => {
    const tensor = (...dims: number[]) => ({ data: new Float32Array(dims.reduce((a, b) => a * b, 1)), dims });
    const bytes = writeSafetensors({
      'a.weight_ih_l0': tensor(8, 2),
      'a.weight_hh_l0': tensor(8, 3),
      'b.weight_ih_l0': tensor(8, 2),
      'c.weight_ih_l0': tensor(8, 2),
      'c.weight_hh_l0': tensor(8, 2),
      'c.weight_ih_l999999999': tensor(8, 2),
      'd.weight': tensor(3, 2),
      'd.bias': tensor(2),
      'e.weight': tensor(3, 2, 2),
      scalar: tensor(),
    });
    writeFileSync(folder('misfits.safetensors'), bytes);
    expect(inspectJson(folder('misfits.safetensors')).layers).toEqual([]);
    expect(inspectText(folder('misfits.safetensors'))).toMatch(/^ {2}scalar +F32 {4}scalar +4$/m);
  });

  test('reads only the header of a file of 3 GB', () => {
    const header = '{"big":{"dtype":"U8","shape":[3000000000],"data_offsets":[0,3000000000]}}';
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const file = openSync(folder('big.safetensors'), 'w');
    writeSync(file, Buffer.concat([length, Buffer.from(header)]));
    // Sparse: the disk holds only the header.
    ftruncateSync(file, 8 + header.length + 3_000_000_000);
    closeSync(file);
    expect(inspectText(folder('big.safetensors'))).toContain('1 tensor, 3,000,000,000 parameters, 3.00 GB');
  });

  test('refuses a file that must be read whole and is larger than memory holds', () => {
    const file = openSync(folder('huge.onnx'), 'w');
    writeSync(file, Buffer.of(8));
    ftruncateSync(file, 2 ** 43);
    closeSync(file);
    const { code, stderr } = hiddenstate(['inspect', folder('huge.onnx')]);
    expect([code, stderr]).toEqual([
      2,
      `hiddenstate inspect: cannot read ${folder('huge.onnx')}: got 8796093022208 bytes, expected no more than memory holds\n`,
    ]);
  });

  test('shows control characters as escapes: names come from anywhere', () => {
    const tensors = { 'evil\x1b[2J\n': { data: new Float32Array(1), dims: [1] } };
    const metadata = { 'key\x07': 'value\x1b]0;\u202e\x9b\n', hiddenstate: '{"layers":[{"type":"\\u001b[31m"}]}' };
    writeFileSync(folder('evil.safetensors'), writeSafetensors(tensors, metadata));
    const text = inspectText(folder('evil.safetensors'));
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(text).toContain('evil\\u001b[2J\\n');
    expect(text).toContain('value\\u001b]0;\\u202e\\u009b\\n');
  });

  test('cuts long values', () => {
    writeFileSync(folder('long.safetensors'), writeSafetensors({}, { notes: 'x'.repeat(5000) }));
    const text = inspectText(folder('long.safetensors'));
    expect(text).toMatch(/x…\s\(5,000\s+characters\)/);
    expect(text.length).toBeLessThan(300);
    expect(inspectJson(folder('long.safetensors')).metadata.notes).toHaveLength(5000);
  });
});
