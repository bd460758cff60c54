import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadModel, quantize, readSafetensorsHeader } from '../../bindings/index.js';
import { mulberry32 } from '../support/random.js';
import { hiddenstate, temporaryFolder } from './cli.js';
import { saveNumberModel, saveTextModel } from './models.js';

const folder = temporaryFolder();
const numbers = saveNumberModel(folder('numbers.safetensors'));
const text = saveTextModel(folder('text.safetensors'), ['a', 'b', '\n'], { title: 'a test' });
const out = folder('int8.safetensors');

function refused(...args: string[]): string {
  const { code, stdout, stderr } = hiddenstate(['quantize', ...args]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.trimEnd()).not.toContain('\n');
  return stderr;
}

describe('hiddenstate quantize', () => {
  test('writes what quantize and save write', () => {
    const { code, stdout, stderr } = hiddenstate(['quantize', text.path, out]);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^[\d.]+ kB became [\d.]+ kB\n$/);
    using model = loadModel(readFileSync(text.path));
    using small = quantize(model);
    expect(new Uint8Array(readFileSync(out))).toEqual(small.save());
    const { tensors, metadata } = readSafetensorsHeader(readFileSync(out));
    expect(metadata.title).toBe('a test');
    expect(tensors.filter(({ dtype }) => dtype === 'I8').map(({ name }) => name)).toEqual([
      '0.weight',
      '1.weight_hh_l0',
      '1.weight_hh_l1',
      '1.weight_ih_l0',
      '1.weight_ih_l1',
      '2.weight',
    ]);
  });

  test('makes a file that inspect shows as int8, its scales counted as no parameters', () => {
    hiddenstate(['quantize', text.path, out]);
    const shown = hiddenstate(['inspect', out]).stdout;
    expect(shown).toMatch(/: 17 tensors, 2,163 parameters, /);
    expect(shown).toMatch(/^ {2}1 {2}LSTM +4 → 12, 2 layers, int8 weights +2,112$/m);
    expect(shown).toMatch(/^ {2}1\.weight_hh_l1 {2,}I8 +48 × 12 +576$/m);
    const { modules, layers, parameters } = JSON.parse(hiddenstate(['inspect', out, '--json']).stdout);
    expect(parameters).toBe(2163);
    expect(modules.map(({ sizes }: { sizes: { weights: string } }) => sizes.weights)).toEqual(['int8', 'int8', 'int8']);
    expect(layers.map(({ sizes }: { sizes: { weights: string } }) => sizes.weights)).toEqual(['int8', 'int8', 'int8']);
  });

  test('makes a file that runs, close to the float64 reference of the original', () => {
    const random = mulberry32(9);
    const rows = Array.from({ length: 20 }, () => Array.from({ length: 3 }, () => random() * 2 - 1));
    writeFileSync(folder('rows.csv'), rows.map((row) => `${row.join()}\n`).join(''));
    expect(hiddenstate(['quantize', numbers.path, out]).code).toBe(0);
    const { stdout, code } = hiddenstate(['run', out, '--input', folder('rows.csv')]);
    expect(code).toBe(0);
    const got = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number));
    const errors = got.flatMap((row, n) => row.map((value, k) => Math.abs(value - numbers.expected(rows)[n][k])));
    expect(errors).toHaveLength(40);
    expect(errors.filter((error) => !(error <= 0.03))).toEqual([]);
  });

  test('takes a file of int8 weights, and writes over what it read when it is told to', () => {
    hiddenstate(['quantize', text.path, out]);
    const before = readFileSync(out);
    expect(hiddenstate(['quantize', out, out]).code).toBe(2);
    expect(hiddenstate(['quantize', out, out, '--force']).code).toBe(0);
    expect(readFileSync(out)).toEqual(before);
  });

  test('refuses what it cannot read or write, in one line', () => {
    const target = folder('none.safetensors');
    writeFileSync(folder('garbage'), 'no model at all');
    expect(refused()).toMatch(/no IN given; see "hiddenstate help quantize"/);
    expect(refused(text.path)).toMatch(/no OUT given; see "hiddenstate help quantize"/);
    expect(refused(text.path, target, 'more')).toMatch(/got "more" after IN .* and OUT .*, expected options only/);
    expect(refused(folder('absent'), target)).toMatch(/cannot read .*absent/);
    expect(refused(folder('garbage'), target)).toMatch(/garbage: got text, not a model/);
    expect(refused(text.path, folder('no/such/folder'))).toMatch(/cannot write .*folder/);
    expect(refused(text.path, target, '--bits', '4')).toMatch(/unknown option --bits/);
    expect(existsSync(target)).toBe(false);
    expect(statSync(text.path).size).toBeGreaterThan(0);
  });
});
