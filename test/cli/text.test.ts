import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { corpus } from '../../models/moby-dick/text.js';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(folder(name), content);
  return folder(name);
}

const book = file('book.txt', corpus().slice(0, 150_000));

/** Bits per character by model. */
function bitsOf(stdout: string): Record<string, number> {
  const rows = stdout.trimEnd().split('\n\n')[0].split('\n').slice(1);
  return Object.fromEntries(rows.map((row) => row.trim().split(/ {2,}/)).map(([model, bits]) => [model, Number(bits)]));
}

describe('hiddenstate text', () => {
  test('every rung that sees more of the past needs fewer bits', () => {
    const classical = 'frequencies,markov,witten-bell,kneser-ney,unbounded';
    const args = ['text', book, '--models', classical, '--order', '5', '--chars', '80', '--svg', folder('bits.svg')];
    const { code, stdout, stderr } = hiddenstate(args);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^135,000 characters to learn from, 15,000 held out, \d+ different\n/);
    const bits = bitsOf(stdout);
    expect(bits.frequencies).toBeLessThan(5);
    expect(bits.markov).toBeLessThan(bits.frequencies - 0.5);
    expect(bits['witten-bell']).toBeLessThan(bits.markov - 0.5);
    expect(bits['kneser-ney']).toBeLessThan(bits['witten-bell']);
    expect(Math.abs(bits.unbounded - bits['kneser-ney'])).toBeLessThan(0.2);
    expect(stdout).toMatch(/\n\nkneser-ney:\n[\s\S]{80}\n/);
    expect(readFileSync(folder('bits.svg'), 'utf8')).toMatch(
      /^<svg[\s\S]*Bits per character of book\.txt[\s\S]*<\/svg>\n$/,
    );
    // The same seed, the same samples.
    const samples = (text: string) => text.slice(text.indexOf('\n\n'));
    expect(samples(hiddenstate(args).stdout)).toBe(samples(stdout));
  });

  test('saves a network that generate accepts', () => {
    const save = folder('book.safetensors');
    const network = ['--models', 'gru', '--hidden', '16', '--epochs', '1', '--chars', '0', '--save', save];
    const { code, stdout } = hiddenstate(['text', book, ...network]);
    expect(code).toBe(0);
    expect(bitsOf(stdout).gru).toBeLessThan(4.5);
    const written = hiddenstate(['generate', save, '--chars', '40', '--seed', '1', '--no-compare', '--prompt', 'the ']);
    expect([written.code, Array.from(written.stdout).length]).toEqual([0, 44]);
    const none = hiddenstate(['text', book, '--models', 'markov', '--save', save]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--save: got no network among --models')]);
  });

  test.each([
    ['an empty file', '', /got an empty file, expected a text of at least 1000 characters/],
    ['a short text', 'abc', /got 3 characters, expected a text of at least 1000/],
    ['bytes that are no text', Uint8Array.from({ length: 2000 }, (_, i) => i), /no UTF-8/],
  ])('refuses %s', (_, content, message) => {
    const { code, stdout, stderr } = hiddenstate(['text', file('bad.txt', content)]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('refuses arguments that make no sense', () => {
    for (const [args, message] of [
      [[book, '--models', 'kneser'], /no model "kneser"/],
      [[book, '--models', 'markow'], /did you mean "markov"\?/],
      [[book, '--order', '0'], /--order: got "0"/],
      [[book, '--test', '2'], /--test: got "2"/],
      [[folder('none.txt')], /no such file or folder/],
      [['/dev/zero'], /\/dev\/zero: got more, expected at most 268435456 bytes; give a part of it/],
      [[], /no FILE given/],
    ] as [string[], RegExp][]) {
      const { code, stderr } = hiddenstate(['text', ...args]);
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
    }
  });

  test('all leaves the Markov chain out where there are too many characters for it, and says so', () => {
    const many = Array.from({ length: 4200 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('');
    const path = file('many.txt', many + many.slice(0, 600));
    const { code, stdout, stderr } = hiddenstate(['text', path, '--hidden', '2', '--epochs', '1', '--chars', '0']);
    expect(code).toBe(0);
    expect(stderr).toContain('left out: markov needs a text of at most 4096 different characters, got 4200\n');
    const rest = ['frequencies', 'witten-bell', 'kneser-ney', 'unbounded', 'rnn', 'gru', 'lstm'];
    expect(Object.keys(bitsOf(stdout))).toEqual(rest);
    expect(hiddenstate(['text', path, '--models', 'markov']).stderr).toContain('--models: "markov" needs a text of');
  });

  test.each(['--svg', '--save'])('finds out that %s cannot be written before any work', (option) => {
    const args = ['--models', 'markov,gru', '--epochs', '1', '--hidden', '2', option, folder('none/there')];
    const { code, stdout, stderr } = hiddenstate(['text', book, ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^hiddenstate text: cannot write \S+: no such file or folder\n$/);
  });

  test('says so when the disk is full', () => {
    const small = file('small.txt', 'the whale and the sea '.repeat(80));
    const args = ['--models', 'gru', '--epochs', '1', '--hidden', '2', '--chars', '0'];
    const { code, stderr } = hiddenstate(['text', small, ...args, '--save', '/dev/full']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/hiddenstate text: cannot write \/dev\/full: no space left on the device\n$/);
  });

  test('takes characters of the held-out part that it never saw', () => {
    const text = `${'the whale and the sea '.repeat(80)}Ω the whale é`;
    const { code, stdout } = hiddenstate([
      'text',
      file('new.txt', text),
      '--test',
      '0.01',
      '--chars',
      '0',
      '--models',
      'markov,kneser-ney,unbounded',
    ]);
    expect(code).toBe(0);
    for (const bits of Object.values(bitsOf(stdout))) expect(bits).toBeLessThan(10);
  });
});
