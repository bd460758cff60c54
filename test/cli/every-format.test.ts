/** Commands on model files of every format, as a user calls them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../bindings/index.js';
import { bytesOf, caseNamed, type KerasCase, tfjsFiles, unpack } from '../keras/cases.js';
import { readArchive } from '../onnx/archive.js';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();

function write(name: string, bytes: Uint8Array | string): string {
  mkdirSync(dirname(folder(name)), { recursive: true });
  writeFileSync(folder(name), bytes);
  return folder(name);
}

const csv = (rows: readonly ArrayLike<number>[]) => rows.map((row) => `${Array.from(row).join()}\n`).join('');

/** Rows of `width` numbers. */
function rowsOf(data: ArrayLike<number>, width: number, from = 0, count = (data.length - from) / width): number[][] {
  return Array.from({ length: count }, (_, t) =>
    Array.from({ length: width }, (_, i) => data[from + t * width + i] as number),
  );
}

function run(args: readonly string[], rows: readonly ArrayLike<number>[]): { rows: number[][]; stderr: string } {
  const input = write('rows.csv', csv(rows));
  const { code, stdout, stderr } = hiddenstate(['run', ...args, '--input', input, '--no-header']);
  expect([code, stderr.match(/error|undefined/i)], stderr).toEqual([0, null]);
  const lines = stdout.trimEnd().split('\n').slice(1);
  return { rows: lines.map((line) => line.split(',').map(Number)), stderr };
}

function refused(...args: readonly string[]): string {
  const { code, stdout, stderr } = hiddenstate(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.trimEnd()).not.toContain('\n');
  return stderr;
}

function expectRows(got: readonly number[][], expected: readonly ArrayLike<number>[], within = 3e-6): void {
  expect(got.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  const errors = got.flatMap((row, t) => row.map((value, i) => Math.abs(value - expected[t][i])));
  expect(Math.max(...errors)).toBeLessThanOrEqual(within);
}

interface Weights {
  readonly files: Readonly<Record<string, string>>;
  readonly weights: Readonly<Record<string, { dims: number[]; data: number[] }>>;
  readonly input: number[][];
  readonly output: number[][];
  readonly both: number[][];
}

/** Made by state-dict.py. */
const dict: Weights = JSON.parse(readFileSync(join(import.meta.dirname, 'state-dict.json'), 'utf8'));
const tensors = Object.fromEntries(
  Object.entries(dict.weights).map(([name, { dims, data }]) => [name, { dims, data: Float32Array.from(data) }]),
);
const WEIGHTS: readonly (readonly [name: string, bytes: Uint8Array, prefix: string])[] = [
  ['checkpoint.pt', bytesOf(dict.files.pt), 'model.'],
  ['arrays.npz', bytesOf(dict.files.npz), ''],
  ['weights.safetensors', writeSafetensors(tensors), ''],
  // What a file is, its content says.
  ['checkpoint.onnx', bytesOf(dict.files.pt), 'model.'],
  ['arrays.h5', bytesOf(dict.files.npz), ''],
];

describe.each(WEIGHTS)('weights without a model: %s', (name, bytes, prefix) => {
  const path = write(name, bytes);
  const layers = `${prefix}rec,${prefix}head`;

  test('inspect shows the layers that --layers can name', () => {
    const { code, stdout, stderr } = hiddenstate(['inspect', path]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(new RegExp(`${prefix}rec\\. +LSTM +3 → 4`));
    expect(stdout).toMatch(new RegExp(`${prefix}head\\. +Linear +4 → 2`));
    const { layers: found } = JSON.parse(hiddenstate(['inspect', path, '--json']).stdout);
    expect(found.map(({ type }: { type: string }) => type).sort()).toEqual(['LSTM', 'LSTM', 'Linear']);
  });

  test('run gives what PyTorch gives, step by step and for two directions at once', () => {
    expectRows(run([path, '--layers', layers], dict.input).rows, dict.output);
    const { rows, stderr } = run([path, '--layers', `${prefix}both.`], dict.input);
    expectRows(rows, dict.both);
    expect(stderr).toMatch(/^run once on all rows, for it takes no steps: .*bidirectional/);
  });

  test('quantize writes layers that run', () => {
    const small = folder(`${name}.int8.safetensors`);
    expect(hiddenstate(['quantize', path, small, '--layers', layers]).code).toBe(0);
    expectRows(run([small], dict.input).rows, dict.output, 0.03);
  });

  test('without --layers the way is said', () => {
    write('rows.csv', csv(dict.input));
    const message = refused('run', path, '--input', folder('rows.csv'));
    expect(message).toMatch(/expected --layers with their names in order; it holds .*"(model\.)?rec" \(LSTM\)/);
    expect(refused('quantize', path, folder('none'))).toContain('--layers');
    expect(refused('run', path, '--layers', 'head,tail', '--input', folder('rows.csv'))).toMatch(
      /got layer "(tail|head)", expected one of/,
    );
    expect(refused('run', path, '--layers', 'rec,,', '--input', folder('rows.csv'))).toContain('prefixes with commas');
  });
});

/** The rows of the first sequence of a case, and what must come of them. */
function firstSequence({ inputs, outputs }: KerasCase): { rows: number[][]; expected: number[][] } {
  const [x] = Object.values(inputs).map(unpack);
  const y = unpack(outputs[0]);
  const [, steps, width = 1] = x.dims;
  const own = y.data.length / y.dims[0];
  const columns = y.dims[y.dims.length - 1];
  return { rows: rowsOf(x.data, width, 0, steps), expected: rowsOf(y.data.subarray(0, own), columns) };
}

describe.each(['LSTM, Keras 2', 'LSTM, Keras 3', 'LSTM-masked, Keras 3', 'LSTM-bidirectional-backward_layer, Keras 3'])(
  'Keras: %s',
  (name) => {
    const given = caseNamed(name);
    const { rows, expected } = firstSequence(given);
    const paths = Object.entries(given.files).map(([ending, file]) => write(`${name}/model.${ending}`, bytesOf(file)));
    const { model, shards } = tfjsFiles(given);
    for (const [path, shard] of Object.entries(shards)) write(`${name}/${path}`, shard);
    paths.push(write(`${name}/model.json`, JSON.stringify(model)));

    test.each(paths)('run %s', (path) => {
      const { rows: got } = run([path], rows);
      // A stream gives an output for each step, the last of which is that of a layer that returns one.
      expectRows(got.slice(-expected.length), expected);
    });

    test('quantize says what makes a smaller model of it', () => {
      expect(refused('quantize', paths[0], folder('none'))).toMatch(
        /no chain of layers; (quantize it with model\.quantize|convert it with tensorflowjs)/,
      );
      expect(refused('quantize', paths.at(-1) as string, folder('none'))).toContain('--quantize_uint8');
    });

    test('--layers is for files of weights', () => {
      const message = refused('run', paths[0], '--layers', 'a', '--input', write('rows.csv', csv(rows)));
      expect(message).toMatch(/--layers: .* says itself how its layers follow each other/);
    });
  },
);

describe('ONNX', () => {
  const cases = readArchive('torch');
  const named = (name: string) => {
    const found = cases.find((each) => each.name.startsWith(name));
    if (!found) throw new Error(`no case ${name}`);
    return found;
  };

  test.each(['lstm-l1-dynamic', 'lstm-l1-bf-dynamic', 'lstm-l1-bi-bf-dynamic', 'rnn-l1-bi-dynamic'])(
    'run %s',
    (name) => {
      const { model, runs } = named(name);
      const [{ inputs, outputs }] = runs;
      const batchFirst = name.includes('-bf');
      const [x, y] = [inputs[0], outputs[0]];
      const width = x.dims[2];
      const [steps, batch] = batchFirst ? [x.dims[1], x.dims[0]] : x.dims;
      const rows = (data: ArrayLike<number>, columns: number) =>
        Array.from({ length: steps }, (_, t) => {
          const at = (batchFirst ? t : t * batch) * columns;
          return Array.from({ length: columns }, (_, i) => data[at + i]);
        });
      const path = write(`${name}.onnx`, model);
      expectRows(run([path], rows(x.data as Float32Array, width)).rows, rows(y.data as Float32Array, y.dims[2]));
    },
  );

  test('several inputs, and quantize, say the way', () => {
    const path = write('state.onnx', named('lstm-l1-state-dynamic').model);
    const message = refused('quantize', path, folder('none'));
    expect(message).toContain('quantize_dynamic of onnxruntime.quantization');
  });
});

const amplifiers: readonly {
  name: string;
  file: { model_data?: { skip?: number } };
  input: number[];
  output: number[];
}[] = JSON.parse(readFileSync(join(import.meta.dirname, '../amplifier/cases-torch.json'), 'utf8'));

describe.each(amplifiers)('amplifier $name', ({ name, file, input, output }) => {
  const addsInput = file.model_data?.skip === 1;
  const path = write(`${name}.json`, JSON.stringify(file));

  test('inspect and run', () => {
    const { code, stdout } = hiddenstate(['inspect', path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/(Neural Amp Modeler|GuitarML|RTNeural), \d+ layers?, [\d,]+ parameters/);
    expect(JSON.parse(hiddenstate(['inspect', path, '--json']).stdout).addsInput).toBe(addsInput);
    const rows = rowsOf(input, input.length / output.length);
    expectRows(
      run([path], rows).rows,
      output.map((value) => [value]),
    );
  });

  test('quantize keeps what a file of layers can hold', () => {
    const small = folder(`${name}.int8`);
    if (!addsInput && name.startsWith('guitarml')) {
      expect(hiddenstate(['quantize', path, small]).code).toBe(0);
      expect(hiddenstate(['inspect', small]).stdout).toContain('int8 weights');
    } else expect(refused('quantize', path, small)).toMatch(/with a trained state|adds its input/);
  });
});

describe('files that are none of these are named for what they are', () => {
  const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const FILES: readonly (readonly [name: string, bytes: Uint8Array | string, message: RegExp])[] = [
    ['model.tflite', ascii('\x1c\0\0\0TFL3\0\0\0\0'), /a TensorFlow Lite model; convert it with .*--tflite/],
    ['model.onnx', ascii('\x1c\0\0\0TFL3\0\0\0\0'), /a TensorFlow Lite model/],
    ['model.ort', ascii('\x1c\0\0\0ORTM\0\0\0\0'), /onnxruntime's own format/],
    ['graph.pb', ascii('\x0a\x10\x0a\x01x\x12\x0bPlaceholder\x12\x00'), /a TensorFlow graph \(\.pb\); convert it/],
    ['saved_model.pb', ascii('\x08\x01\x12\x90\x01\x0a\x10\x22\x05serve'), /SavedModel; convert its folder/],
    ['model.keras', '<!DOCTYPE html><html><body>Not Found</body></html>', /a page of HTML, not a model/],
    ['model.pt', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', /git lfs pull/],
    ['model.json', '{"format": "graph-model", "modelTopology": {"node": []}}', /TensorFlow\.js graph model/],
    ['config.json', '{"class_name": "Sequential", "config": {}}', /without its weights/],
    ['notes.zip', zipSync({ 'a.txt': ascii('a') }), /a zip archive that is none of/],
    ['nothing.onnx', '', /an empty file/],
  ];

  test.each(FILES)('%s', (name, bytes, message) => {
    const path = write(`others/${name}`, bytes);
    write('rows.csv', '1,2,3\n');
    expect(refused('inspect', path)).toMatch(message);
    expect(refused('run', path, '--input', folder('rows.csv'))).toMatch(message);
  });

  test.each([
    ['saved_model.pb', /SavedModel; convert its folder/],
    ['model.json', /the folder of a TensorFlow\.js model, expected .*model\.json$/m],
  ])('a folder with %s', (name, message) => {
    write(`folder-${name}/${name}`, 'x');
    expect(refused('inspect', folder(`folder-${name}`))).toMatch(message);
  });

  test('by every command', () => {
    const [[, bytes, message]] = FILES;
    const path = write('others/model.bin', bytes);
    expect(refused('bench', path)).toMatch(message);
    expect(refused('quantize', path, folder('none'))).toMatch(message);
    expect(refused('generate', path)).toMatch(message);
  });
});

describe('bench MODEL', () => {
  test('times a step, and a run of what takes no steps', () => {
    const path = write('timed.pt', bytesOf(dict.files.pt));
    const json = folder('figures.json');
    const { code, stdout } = hiddenstate(['bench', path, '--layers', 'model.rec,model.head', '--json', json]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/timed\.pt: torch\n\nbuild +µs a step +steps\/s\nbaseline +[\d.]+ +[\d,]+\n/);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ format: 'torch', results: [{ steps: 1 }] });
    expect(hiddenstate(['bench', path, '--layers', 'model.both']).stdout).toMatch(/µs a run of 100 rows/);
    expect(refused('bench', path, '--cell', 'lstm')).toContain('--cell: got it with MODEL');
    expect(refused('bench', '--layers', 'a')).toContain('got no MODEL');
  });
});
