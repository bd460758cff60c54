import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hiddenstate } from './cli.js';

const COMMANDS: Record<string, string[]> = {
  generate: ['MODEL', '--prompt', '--chars', '--temperature', '--top-k', '--seed', '--rate', '--no-compare'],
  run: ['MODEL', '--column', '--input', '--output', '--header', '--no-header', '--layers', '--force'],
  inspect: ['FILE', '--json', '--dims'],
  quantize: ['IN', 'OUT', '--layers', '--force'],
  gradients: [
    '--svg',
    '--hidden',
    '--steps',
    '--scales',
    '--gate-bias',
    '--clip',
    '--uniform',
    '--seed',
    '--force',
    '--svg-width',
  ],
  bench: ['MODEL', '--layers', '--full', '--json', '--cell', '--sizes', '--force'],
  forecast: [
    ...['FILE', '--column', '--date', '--where', '--missing', '--transform', '--horizon', '--models', '--period'],
    ...['--order', '--hidden', '--epochs', '--seed', '--level', '--test', '--svg', '--output', '--save', '--force'],
    ...['--date-order', '--decimal', '--header', '--no-header', '--seeds', '--units', '--svg-width'],
  ],
  text: [
    ...['FILE', '--models', '--order', '--hidden', '--epochs', '--test', '--chars', '--seed', '--svg', '--save'],
    ...['--unit', '--svg-width', '--force'],
  ],
  train: [
    ...['DATA', '--task', '--target', '--features', '--ahead', '--cell', '--hidden', '--layers', '--epochs', '--rate'],
    ...['--batch', '--steps', '--test', '--seed', '--save', '--svg', '--svg-width', '--history', '--report'],
    ...['--output', '--force'],
  ],
  vad: [
    ...['SPEECH', '--model', '--threshold', '--neg-threshold', '--min-speech', '--min-silence', '--pad', '--svg'],
    ...['--json', '--force'],
  ],
  keyed: [
    ...[
      'ACTION',
      '--redis',
      '--name',
      '--model',
      '--layers',
      '--values',
      '--model-version',
      '--states',
      '--state-format',
    ],
    ...['--partitions', '--retain', '--lanes', '--ttl', '--lease', '--metrics-port', '--key', '--to', '--json'],
  ],
  help: ['COMMAND'],
};

function shown(...args: string[]): string {
  const { code, stdout, stderr } = hiddenstate(args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

describe('hiddenstate help', () => {
  test('lists every command, each with a summary', () => {
    const help = shown('help');
    for (const command of Object.keys(COMMANDS))
      expect(help).toMatch(new RegExp(`^  ${command}( \\S+){0,2} {2,}\\w+`, 'm'));
    expect(shown('--help')).toBe(help);
    expect(shown('-h')).toBe(help);
  });

  test.each(Object.entries(COMMANDS))('explains %s: every option, one line each', (command, options) => {
    const help = shown('help', command);
    for (const option of [...options, '--help']) expect(help).toMatch(new RegExp(`^  ${option}( \\S+)? {2,}\\w+`, 'm'));
    const listed = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option);
    expect(listed.sort()).toEqual([...options.filter((option) => option.startsWith('--')), '--help'].sort());
    expect(help).toContain(`\n  hiddenstate ${command}`);
    expect(shown(command, '--help')).toBe(help);
    expect(shown(command, '-h', 'whatever')).toBe(help);
  });

  test.each([[], ...Object.keys(COMMANDS).map((command) => [command])])('fits into a terminal: %s', (...command) => {
    const lines = shown('help', ...command).split('\n');
    expect(lines.filter((line) => line.length > 80 || line !== line.trimEnd())).toEqual([]);
  });

  test('--version is that of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(shown('--version')).toBe(`${version}\n`);
  });
});

test('is a program that npx runs in a clone too', () => {
  expect(statSync(new URL('../../dist/cli.js', import.meta.url)).mode & 0o111).toBe(0o111);
});
