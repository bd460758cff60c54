/** Tables fit the 80 columns of a terminal. */

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, it, test } from 'vitest';
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

const COMMANDS: readonly (readonly string[])[] = [
  ['inspect', model('moby-dick.safetensors')],
  ['inspect', createRequire(import.meta.url).resolve('@ricky0123/vad-web/dist/silero_vad_v5.onnx')],
  ['inspect', write('m.keras', bytesOf(keras.files.keras))],
  ['inspect', write('m.onnx', largest(readArchive('torch'), ({ model: { length } }) => length).model)],
  ['forecast', prices, '--column', LONG, '--models', 'naive,drift,seasonal', '--horizon', '12', '--season', '7'],
  ['forecast', prices, '--column', LONG, '--models', 'naive', '--horizon', '1'],
  [
    'text',
    write('book.txt', 'the quick brown fox jumps over the lazy dog. '.repeat(60)),
    '--models',
    'frequencies,markov',
  ],
  ['gradients', '--hidden', '8', '--steps', '20'],
  ['vad', write('s.wav', wavFile({ ...SPEECH, data: new Uint8Array(64_000) }))],
];

/** Results that are text, and paths, are as long as they are. */
const isTable = (line: string) => /\S {2,}\S/.test(line);

test.each(COMMANDS.map((args) => [args[0], args] as const))('%s %j', { timeout: 120_000 }, (_, args) => {
  const { code, stdout, stderr } = hiddenstate(args, { timeout: 100_000 });
  expect([code, stderr.includes('Error')], stderr).toEqual([0, false]);
  expect(stdout.split('\n').filter((line) => isTable(line) && Array.from(line).length > 80)).toEqual([]);
});

it('cuts words, widest first, and never numbers', () => {
  const columns = [
    { title: 'name', align: 'left' },
    { title: 'count', align: 'right' },
    { title: 'what', align: 'left' },
  ] as const;
  const lines = tableLines(columns, [[LONG, '1,234,567,890', LONG]], 2);
  expect(lines[1]).toMatch(/^a_name_\w+… {2}1,234,567,890 {2}a_name_\w+…$/);
  expect(lines[1].length).toBe(78);
  expect(tableLines(columns, [['a', '1', 'b']])).toEqual(['name  count  what', 'a         1  b']);
});
