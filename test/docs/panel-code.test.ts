/** "Copy this code" of every panel of the site gives a program that type-checks against the package as it ships, and runs. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { ROOT } from '../structure/import-graph.js';
import { emptyFolder, furnish, typeErrors, writeProgram } from './programs.js';

const FOLDER = join(ROOT, 'build/panel-code');

/** Of a panel, its module that writes code: by its path, since the panels have a compiler's configuration of their own. */
const of = (panel: string) => import(/* @vite-ignore */ join(ROOT, 'site/panels', panel, 'code.ts'));
const [file, forecast, ladder, listen, measure, train, write] = await Promise.all(
  ['file', 'forecast', 'ladder', 'listen', 'measure', 'train', 'write'].map(of),
);
const FILES = {
  'moby-dick.safetensors': () => readFileSync(join(ROOT, 'models/moby-dick.safetensors')),
  'silero.onnx': () => readFileSync(join(ROOT, 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx')),
  'co2.csv': () => readFileSync(join(ROOT, 'node_modules/vega-datasets/data/co2-concentration.csv')),
};

/** A page fetches what lies beside it; Node wants a whole address. */
const FETCH = `import { readFile } from 'node:fs/promises';
const fetch = async (name: string) => new Response(new Uint8Array(await readFile(name)));`;
const WORDS = `const text = 'the cat sat on the mat and the dog sat on the log; '.repeat(12);`;

const silero = {
  format: 'ONNX',
  inputs: [
    { name: 'input', type: 'float32' },
    { name: 'state', type: 'float32' },
    { name: 'sr', type: 'int64' },
  ],
  dims: [[1, 576], [2, 1, 128], []],
};
const task = (transform: string, period?: number) => ({ transform, options: { horizon: 4, level: 0.9, period } });
const SERIES = `const numbers = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i / 5));`;

interface Program {
  readonly name: string;
  readonly code: string;
  /** What its reader has from elsewhere. */
  readonly before?: string;
  /** What is made shorter before it runs. */
  readonly shorter?: readonly [RegExp, string][];
  /** What a compiler wants to be told that a program of JavaScript does not say. */
  readonly typed?: readonly [string, string];
}

const PROGRAMS: readonly Program[] = [
  { name: 'write', code: write.codeOf('Call me "Ishmael"\n', 0.6, 6), before: FETCH },
  {
    name: 'ladder',
    code: ladder.codeOf(3, 1),
    before: `${WORDS}
import type { Embedding, Linear, LSTM } from 'hiddenstate';
const prices = Float64Array.from({ length: 60 }, (_, i) => 100 + Math.sin(i * i));
const known = [...text.slice(0, 500)];
const held = [...text.slice(500)];
const input = { data: new Float32Array(3 * 48), dims: [3, 48] };`,
    shorter: [[/epochs: 60/, 'epochs: 2']],
    typed: ['lstm.model.modules', '(lstm.model.modules as [Embedding, LSTM, Linear])'],
  },
  { name: 'train-text', code: train.codeOf('text', 'GRU', 8), before: WORDS, shorter: [[/epochs: 60/, 'epochs: 2']] },
  {
    name: 'train-series',
    code: train.codeOf('series', 'LSTM', 8),
    before: SERIES,
    shorter: [[/epochs: 200/, 'epochs: 2']],
  },
  {
    name: 'file',
    code: file.codeOf('silero.onnx', silero),
  },
  {
    name: 'forecast',
    code: forecast.codeOf('co2.csv', { column: 'CO2', missing: 'skip' }, task('none', 12), 1),
    before: FETCH,
  },
  {
    name: 'measure',
    code: measure.codeOf('RNN'),
    shorter: [
      [/length: 51/, 'length: 1'],
      [/\[25\]/, '[0]'],
    ],
  },
];
/** What only a page can run. */
const IN_PAGES: readonly Program[] = [
  { name: 'file-before', code: file.codeOf('model.onnx'), before: 'const data = new Float32Array(640);' },
  {
    name: 'listen',
    code: listen.CODE,
    before: `declare function draw(probability: number): void;
declare function transcribe(audio: Float32Array): void;
declare const guitar: AudioNode;`,
  },
];
const folderOf = (name: string) => join(FOLDER, name);

beforeAll(() => {
  emptyFolder('panel-code');
  for (const { name, code, before = '', shorter = [], typed = ['', ''] } of [...PROGRAMS, ...IN_PAGES]) {
    furnish(folderOf(name), FILES);
    const whole = `${before}\n${code}`;
    const short = shorter.reduce((text, [long, brief]) => text.replace(long, brief), whole);
    writeProgram(folderOf(name), 'code', whole.replace(...(typed as [string, string])), short);
  }
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

it('type-checks', { timeout: 120_000 }, () => {
  const paths = [...PROGRAMS, ...IN_PAGES].map(({ name }) => join(folderOf(name), 'code.mts'));
  // A program of JavaScript: what comes out of JSON.parse, and variables without a value, have no types.
  expect(typeErrors(paths, FOLDER, { noImplicitAny: false })).toBe('');
});

test.each(PROGRAMS.map(({ name }) => name))('%s runs', { timeout: 60_000 }, (name) => {
  const printed = execFileSync(process.execPath, ['code.mjs'], { cwd: folderOf(name), encoding: 'utf8' });
  expect(printed).not.toMatch(/NaN|undefined/);
});
