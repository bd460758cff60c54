/** Commands end at once when told to, and keep what they read. */
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { Linear, readSafetensors, Sequential } from '../../bindings/index.js';
import { CLI, hiddenstate, startHiddenstate, temporaryFolder } from './cli.js';
import { saveNumberModel, saveTextModel } from './models.js';

const folder = temporaryFolder();
const numbers = saveNumberModel(folder('numbers.safetensors')).path;
const letters = saveTextModel(folder('text.safetensors'), ['a', 'b', 'c']).path;
const rows = folder('rows.csv');
writeFileSync(rows, `${Array.from({ length: 3000 }, (_, i) => `${i % 7},${i % 5},${i % 3}`).join('\n')}\n`);
const manyRows = folder('many-rows.csv');
writeFileSync(manyRows, '1,2,3\n'.repeat(200_000));
spawnSync('mkfifo', [folder('full')]);
const prices = folder('prices.csv');
writeFileSync(prices, `close\n${Array.from({ length: 600 }, (_, i) => 100 + Math.sin(i / 9) * 5).join('\n')}\n`);
const book = folder('book.txt');
writeFileSync(book, 'the quick brown fox jumps over the lazy dog. '.repeat(400));
mkdirSync(folder('out'));

/** A header of 400 000 tensors of one float each. */
function saveManyTensors(path: string): string {
  const entries = Array.from(
    { length: 400_000 },
    (_, i) => `"t${i}":{"dtype":"F32","shape":[1],"data_offsets":[${4 * i},${4 * i + 4}]}`,
  );
  const header = `{${entries.join()}}`;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(path, Buffer.concat([length, Buffer.from(header)]));
  truncateSync(path, 8 + header.length + 4 * entries.length);
  return path;
}

/** A Linear of 4096 × 4096 zeros: 67 MB, of which the disk holds only the header. */
function saveWideModel(path: string): string {
  const small = new Sequential([new Linear({ inFeatures: 8, outFeatures: 8, seed: 1 })]).save();
  const { metadata } = readSafetensors(small);
  const size = 4096;
  const description = JSON.parse(Object.values(metadata)[0]);
  const sized = JSON.parse(JSON.stringify(description), (_, value) => (value === 8 ? size : value));
  const bytes = [4 * size * size, 4 * size];
  const header = JSON.stringify({
    __metadata__: { [Object.keys(metadata)[0]]: JSON.stringify(sized) },
    '0.weight': { dtype: 'F32', shape: [size, size], data_offsets: [0, bytes[0]] },
    '0.bias': { dtype: 'F32', shape: [size], data_offsets: [bytes[0], bytes[0] + bytes[1]] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(path, Buffer.concat([length, Buffer.from(header)]));
  truncateSync(path, 8 + header.length + bytes[0] + bytes[1]);
  return path;
}

/** Noise of 20 minutes: 8 bits, 16 kHz, one channel. */
function saveNoise(path: string): string {
  const sound = new Uint8Array(44 + 20 * 60 * 16_000);
  const view = new DataView(sound.buffer);
  sound.set(Buffer.from('RIFF____WAVEfmt '));
  for (const [at, value] of [
    [4, sound.length - 8],
    [16, 16],
    [24, 16_000],
    [28, 16_000],
    [40, sound.length - 44],
  ]) {
    view.setUint32(at, value, true);
  }
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 1],
    [34, 8],
  ])
    view.setUint16(at, value, true);
  sound.set(Buffer.from('data'), 36);
  for (let i = 44; i < sound.length; i++) sound[i] = 128 + ((i * 7919) % 61);
  writeFileSync(path, sound);
  return path;
}

/** Work that would take long, writing where it may. */
const LONG: [string, string[]][] = [
  ['generate', [letters, '--chars', '100000000', '--rate', '0', '--no-compare']],
  ['forecast', [prices, '--epochs', '100000', '--svg', folder('out/f.svg'), '--output', folder('out/f.csv')]],
  ['text', [book, '--epochs', '100000', '--svg', folder('out/t.svg')]],
  ['gradients', ['--hidden', '512', '--steps', '10000', '--svg', folder('out/g.svg')]],
  ['bench', ['--full', '--json', folder('out/b.json')]],
  ['run', [numbers, '--input', '-', '--output', folder('out/r.csv')]],
  ['vad', [saveNoise(folder('noise.wav')), '--svg', folder('out/v.svg')]],
  ['inspect', [saveManyTensors(folder('many.safetensors'))]],
  ['quantize', [saveWideModel(folder('wide.safetensors')), folder('out/q.safetensors')]],
];

describe.each([
  ['SIGINT', [150, 1500]],
  ['SIGTERM', [500]],
] as const)('%s ends within half a second, with nothing half-written:', (signal, delays) => {
  test.each(LONG)('%s', { timeout: 60_000 }, async (command, args) => {
    for (const delay of delays) {
      const child = startHiddenstate([command, ...args]);
      child.stdout.resume();
      child.stderr.resume();
      const ended = new Promise((resolve) => child.once('exit', (code, by) => resolve(by ?? code)));
      await new Promise((resolve) => setTimeout(resolve, delay));
      // A machine that is fast may be done with a long file after the later delays.
      if (delay > 150 && child.exitCode === 0) {
        for (const name of readdirSync(folder('out'))) rmSync(folder(`out/${name}`));
        continue;
      }
      const begin = performance.now();
      expect(child.exitCode).toBeNull();
      child.kill(signal);
      expect([signal, signal === 'SIGINT' ? 130 : 143]).toContain(await ended);
      expect(performance.now() - begin).toBeLessThan(500);
      expect(readdirSync(folder('out'))).toEqual([]);
    }
  });
});

// By luck alone a signal meets the moment in which a file is opened or closed: here the program sends it to itself.
it.each(['discard', 'commit'])('a signal that comes while a file is open is heard when it is closed: %s', (method) => {
  const path = folder(`heard-${method}`);
  const program = `
    import { OutputFile } from ${JSON.stringify(new URL('../../build/js/cli/output-file.js', import.meta.url))};
    const file = new OutputFile(${JSON.stringify(path)});
    process.kill(process.pid, 'SIGINT');
    await file.${method}();
    console.log('still there');`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([130, '']);
  expect(existsSync(path)).toBe(method === 'commit');
});

describe.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends a command that waits for the reader of its output:',
  (signal) => {
    const pipe = folder(`pipe-${signal}`);
    spawnSync('mkfifo', [pipe]);

    // Side by side: they wait.
    test.concurrent.each([
      ['nobody opens it', ['quantize', numbers, pipe]],
      ['nobody opens it for rows', ['run', numbers, '--input', rows, '--output', pipe]],
      ['nobody reads it', ['run', numbers, '--input', manyRows, '--output', '/dev/stdout']],
    ])('%s', { timeout: 60_000 }, async (_, args) => {
      // Opened for both ways, a pipe needs no reader to be written until it is full.
      const full = openSync(folder('full'), 'r+');
      const child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', full, 'ignore'] });
      const ended = new Promise((resolve) => child.once('exit', (code, by) => resolve(by ?? code)));
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(child.exitCode).toBeNull();
      const begin = performance.now();
      child.kill(signal);
      expect(await ended).toBe(signal);
      expect(performance.now() - begin).toBeLessThan(500);
      closeSync(full);
    });
  },
);

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
  const args = ['run', numbers, '--input', rows];
  const expected = hiddenstate(args).stdout;

  it.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])('%s, a pipe', (path) => {
    const { stdout, status } = spawnSync(process.execPath, [CLI, ...args, '--output', path], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expected]);
  });

  it('a file of the shell, to which it adds', () => {
    const line = `echo first > ${folder('shell')}; "${process.execPath}" ${CLI} ${args.join(' ')} --output /dev/stdout >> ${folder('shell')}`;
    expect(spawnSync('sh', ['-c', line], { encoding: 'utf8' }).status).toBe(0);
    expect(readFileSync(folder('shell'), 'utf8')).toBe(`first\n${expected}`);
  });

  it('a pipe whose reader is slow', async () => {
    const child = spawn('sh', [
      '-c',
      `"${process.execPath}" ${CLI} ${args.join(' ')} --output /dev/stdout | (sleep 1; cat)`,
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
