/** Tables fit the 80 columns of a terminal. */

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { tableLines } from '../../bindings/cli/terminal/table.js';
import { SPEECH, wavFile } from '../fuzz/wav-file.js';
import { bytesOf, CASES } from '../keras/cases.js';
import { readArchive } from '../onnx/archive.js';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();
function write(name: string, content: Uint8Array | string): string {
  writeFileSync(folder(name), content);
  return folder(name);
}

const LONG = 'a_name_that_is_longer_than_a_line_of_a_terminal_and_says_little_of_what_it_is_for';
const largest = <T>(items: readonly T[], size: (item: T) => number) =>
  items.reduce((best, item) => (size(item) > size(best) ? item : best));
const keras = largest(
  CASES.filter(({ files }) => files.keras),
  ({ files }) => files.keras.length,
);
const model = (path: string) => fileURLToPath(new URL(`../../models/${path}`, import.meta.url));
const prices = write(
  'prices.csv',
  `date,${LONG}\n${Array.from({ length: 60 }, (_, i) => `2024-01-${i + 1},${1e9 + (i % 7) * 1234.5678}`).join('\n')}\n`.replace(
    /2024-01-(\d+)/g,
    (_, day) => new Date(Date.UTC(2024, 0, Number(day))).toISOString().slice(0, 10),
  ),
);

const tiny = write('tiny.csv', `x\n${Array.from({ length: 200 }, (_, i) => Math.sin(i * i) * 1e-9).join('\n')}\n`);

const COMMANDS: readonly (readonly string[])[] = [
  ['inspect', model('moby-dick.safetensors')],
  ['inspect', createRequire(import.meta.url).resolve('@ricky0123/vad-web/dist/silero_vad_v5.onnx')],
  ['inspect', write('m.keras', bytesOf(keras.files.keras))],
  ['inspect', write('m.onnx', largest(readArchive('torch'), ({ model: { length } }) => length).model)],
  ['forecast', prices, '--column', LONG, '--models', 'last,whole-past,seasonal', '--horizon', '12', '--period', '7'],
  ['forecast', prices, '--column', LONG, '--models', 'last', '--horizon', '1'],
  ['forecast', tiny, '--models', 'last,drift,whole-past'],
  [
    'text',
    write('book.txt', 'the quick brown fox jumps over the lazy dog. '.repeat(60)),
    '--models',
    'frequencies,markov',
    '--chars',
    '0',
  ],
  ['gradients', '--hidden', '8', '--steps', '20'],
  ['vad', write('s.wav', wavFile({ ...SPEECH, data: new Uint8Array(64_000) }))],
];

test.each(COMMANDS.map((args) => [args[0], args] as const))('%s %j', { timeout: 120_000 }, (_, args) => {
  const { code, stdout, stderr } = hiddenstate(args, { timeout: 100_000 });
  expect([code, stderr.includes('Error')], stderr).toEqual([0, false]);
  // A path is as long as it is.
  const lines = stdout.split('\n').filter((line) => !line.startsWith('/'));
  expect(lines.some((line) => line.length > 0) || args[0] === 'vad').toBe(true);
  expect(lines.filter((line) => Array.from(line).length > 80)).toEqual([]);
});

describe('a table', () => {
  const words = (title: string) => ({ title, align: 'left' }) as const;
  const numbers = (title: string) => ({ title, align: 'right' }) as const;

  it('wraps words, those of the widest column first, and never numbers', () => {
    const text = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen';
    const lines = tableLines([words('name'), numbers('count'), words('what')], [['a_name', '1,234,567,890', text]], 2);
    expect(lines).toEqual([
      'name            count  what',
      'a_name  1,234,567,890  one two three four five six seven eight nine ten eleven',
      `${' '.repeat(23)}twelve thirteen fourteen`,
    ]);
    expect(tableLines([words('name'), numbers('count')], [['a', '1']])).toEqual(['name  count', 'a         1']);
  });

  it('breaks a word that is wider than a line', () => {
    const lines = tableLines([words('name'), words('dtype')], [[LONG + LONG, 'F32']]);
    expect(Math.max(...lines.map((line) => line.length))).toBe(80);
    expect(
      lines
        .slice(1)
        .map((line) => line.split('  ')[0])
        .join(''),
    ).toBe(LONG + LONG);
  });

  it('whose numbers are too wide goes on below, beside its first column', () => {
    const titles = Array.from({ length: 9 }, (_, i) => `column ${i}`);
    const lines = tableLines([words('model'), ...titles.map(numbers)], [['last', ...titles.map(() => '1.234e-10')]]);
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['model', ...titles.slice(0, 6)],
      ['last', ...titles.slice(0, 6).map(() => '1.234e-10')],
      [''],
      ['model', ...titles.slice(6)],
      ['last', ...titles.slice(6).map(() => '1.234e-10')],
    ]);
  });
});
