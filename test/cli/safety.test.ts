/** Commands end at once when told to, and keep what they read. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { hiddenstate, startHiddenstate, temporaryFolder } from './cli.js';
import { saveNumberModel, saveTextModel } from './models.js';

const folder = temporaryFolder();
const numbers = saveNumberModel(folder('numbers.safetensors')).path;
const letters = saveTextModel(folder('text.safetensors'), ['a', 'b', 'c']).path;
const rows = folder('rows.csv');
writeFileSync(rows, `${Array.from({ length: 3000 }, (_, i) => `${i % 7},${i % 5},${i % 3}`).join('\n')}\n`);
const prices = folder('prices.csv');
writeFileSync(prices, `close\n${Array.from({ length: 600 }, (_, i) => 100 + Math.sin(i / 9) * 5).join('\n')}\n`);
const book = folder('book.txt');
writeFileSync(book, 'the quick brown fox jumps over the lazy dog. '.repeat(400));
mkdirSync(folder('out'));

/** Work that would take long, writing where it may. */
const LONG: [string, string[]][] = [
  ['generate', [letters, '--chars', '100000000', '--rate', '0', '--no-compare']],
  ['forecast', [prices, '--epochs', '100000', '--svg', folder('out/f.svg'), '--output', folder('out/f.csv')]],
  ['text', [book, '--epochs', '100000', '--svg', folder('out/t.svg')]],
  ['gradients', ['--hidden', '512', '--steps', '10000', '--svg', folder('out/g.svg')]],
  ['bench', ['--full', '--json', folder('out/b.json')]],
  ['run', [numbers, '--input', '-', '--output', folder('out/r.csv')]],
];

describe.each(['SIGINT', 'SIGTERM'] as const)('%s ends within half a second, with nothing half-written:', (signal) => {
  test.each(LONG)('%s', { timeout: 60_000 }, async (command, args) => {
    for (const delay of [150, 500, 1500]) {
      const child = startHiddenstate([command, ...args]);
      child.stdout.resume();
      child.stderr.resume();
      await new Promise((resolve) => setTimeout(resolve, delay));
      const begin = performance.now();
      const ended = new Promise((resolve) => child.once('exit', (code, by) => resolve(by ?? code)));
      expect(child.exitCode).toBeNull();
      child.kill(signal);
      expect([signal, signal === 'SIGINT' ? 130 : 143]).toContain(await ended);
      expect(performance.now() - begin).toBeLessThan(500);
      expect(readdirSync(folder('out'))).toEqual([]);
    }
  });
});

describe('a command does not write over what it reads', () => {
  const before = new Map([numbers, letters, rows, prices].map((path) => [path, readFileSync(path)]));
  symlinkSync(numbers, folder('link.safetensors'));

  it.each([
    ['run', [numbers, '--input', rows, '--output', numbers]],
    ['run', [numbers, '--input', rows, '--output', folder('link.safetensors')]],
    ['run', [numbers, '--input', rows, '--output', rows]],
    ['forecast', [prices, '--models', 'last', '--svg', prices]],
    ['forecast', [prices, '--models', 'last', '--output', prices]],
    ['quantize', [numbers, numbers]],
    ['quantize', [folder('link.safetensors'), numbers]],
  ])('%s %j', (command, args) => {
    const { code, stderr } = hiddenstate([command, ...args]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/: cannot write .*: it is an input; --force writes over it\n$/),
    ]);
    for (const [path, bytes] of before) expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
  });

  it('but with --force', () => {
    const copy = folder('copy.safetensors');
    writeFileSync(copy, readFileSync(numbers));
    const { code } = hiddenstate(['quantize', copy, copy, '--force']);
    expect(code).toBe(0);
    // A small model is no smaller as int8, but another file.
    expect(readFileSync(copy).equals(readFileSync(numbers))).toBe(false);
  });

  it('nor one output over another', () => {
    const both = folder('both');
    const { code, stderr } = hiddenstate(['forecast', prices, '--models', 'last', '--svg', both, '--output', both]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/--output: got .*both, expected another file than that of --svg/),
    ]);
  });
});

describe('/dev/stdout is an output', () => {
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
  const args = ['run', numbers, '--input', rows];
  const expected = hiddenstate(args).stdout;

  it.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])('%s, a pipe', (path) => {
    const { stdout, status } = spawnSync(process.execPath, [cli, ...args, '--output', path], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expected]);
  });

  it('a file of the shell, to which it adds', () => {
    const line = `echo first > ${folder('shell')}; "${process.execPath}" ${cli} ${args.join(' ')} --output /dev/stdout >> ${folder('shell')}`;
    expect(spawnSync('sh', ['-c', line], { encoding: 'utf8' }).status).toBe(0);
    expect(readFileSync(folder('shell'), 'utf8')).toBe(`first\n${expected}`);
  });

  it('a pipe whose reader is slow', async () => {
    const child = spawn('sh', [
      '-c',
      `"${process.execPath}" ${cli} ${args.join(' ')} --output /dev/stdout | (sleep 1; cat)`,
    ]);
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(out).toBe(expected);
  });
});

it('a table of 200 000 columns is not listed', () => {
  const wide = folder('wide.csv');
  const names = Array.from({ length: 200_000 }, (_, i) => `column${i}`);
  writeFileSync(wide, `${names.join()}\n${names.map((_, i) => i).join()}\n`);
  const { code, stderr } = hiddenstate(['forecast', wide]);
  expect([code, stderr.length < 400]).toEqual([2, true]);
  expect(stderr).toMatch(/got 200000 columns of numbers; choose with --column one of column0, .* and 199,992 more\n$/);
});

/** Controls but line feeds and tabs, line separators, and the marks that reorder text. */
const COMMANDING = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

it('what a file says does not command the terminal, nor reorder its lines', () => {
  const file = fileURLToPath(new URL('../keras/hostile/escape-sequences.h5', import.meta.url));
  for (const args of [
    ['inspect', file],
    ['inspect', file, '--json'],
  ]) {
    const { stdout, stderr } = hiddenstate(args);
    const commands = [...(stdout + stderr)].filter((character) => COMMANDING.test(character));
    expect(commands).toEqual([]);
  }
});
