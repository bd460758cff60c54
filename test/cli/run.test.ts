import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../support/random.js';
import { hiddenstate, startHiddenstate, temporaryFolder } from './cli.js';
import { saveNumberModel, saveTextModel } from './models.js';

const folder = temporaryFolder();
const model = saveNumberModel(folder('numbers.safetensors'));
const random = mulberry32(5);
const ROWS = Array.from({ length: 50 }, () => Array.from({ length: 3 }, () => random() * 4 - 2));

function file(name: string, text: string): string {
  writeFileSync(folder(name), text);
  return folder(name);
}

function csv(rows: readonly (readonly number[])[]): string {
  return rows.map((row) => `${row.join(',')}\n`).join('');
}

/** Checks an output against the float64 reference. */
function expectOutputs(text: string, rows: readonly (readonly number[])[]): void {
  const [header, ...lines] = text.trimEnd().split('\n');
  expect(header).toBe('y0,y1');
  const got = lines.map((line) => line.split(',').map(Number));
  const expected = model.expected(rows);
  expect(got).toHaveLength(expected.length);
  const errors = got.flatMap((row, n) => row.map((value, k) => Math.abs(value - expected[n][k])));
  // NaN is greater than anything here.
  expect(errors.filter((error) => !(error <= 1e-5))).toEqual([]);
}

function runOn(input: string, ...args: string[]) {
  return hiddenstate(['run', model.path, '--input', input, ...args]);
}

describe('hiddenstate run', () => {
  test('writes what the float64 reference computes, row after row with the state going on', () => {
    const { code, stdout, stderr } = runOn(file('series.csv', csv(ROWS)));
    expect(code).toBe(0);
    expectOutputs(stdout, ROWS);
    expect(stderr).toMatch(/^50 rows in [\d.]+ s, [\d,]+ rows\/s\n$/);
  });

  test('writes the same to a file, and numbers that read back as the same float32', () => {
    const input = file('series.csv', csv(ROWS));
    const { code, stdout } = runOn(input, '--output', folder('out.csv'));
    expect([code, stdout]).toEqual([0, '']);
    const text = readFileSync(folder('out.csv'), 'utf8');
    expect(text).toBe(runOn(input).stdout);
    expectOutputs(text, ROWS);
    expect(
      text
        .trimEnd()
        .split(/[\n,]/)
        .every((cell) => cell.length <= 14),
    ).toBe(true);
  });

  test.each([
    ['a header', `open,high,low\n${csv(ROWS)}`, []],
    ['a header that is said to be one', `1,2,3\n${csv(ROWS)}`, ['--header']],
    ['a header of names and numbers that is said to be one', `x,2,3\n${csv(ROWS)}`, ['--header']],
    ['a quoted header with a line break', `"open\nof day",high,low\n${csv(ROWS)}`, []],
    ['no header, said so', csv(ROWS), ['--no-header']],
    ['blank lines', `\n\n${csv(ROWS).replaceAll('\n', '\n\n')}  \n\n`, []],
    ['carriage returns', csv(ROWS).replaceAll('\n', '\r\n'), []],
    ['a byte order mark', `\uFEFF${csv(ROWS)}`, []],
    ['no line break at the end', csv(ROWS).trimEnd(), []],
    ['semicolons', `open;"high, or so";low\n${csv(ROWS).replaceAll(',', ';')}`, []],
    ['tabs', csv(ROWS).replaceAll(',', '\t'), []],
    ['spaces and quotes', ROWS.map(([a, b, c]) => ` ${a}\t, "${b}" ,${c} \n`).join(''), []],
    [
      'exponents and signs',
      ROWS.map((row) => `${row.map((x) => `${x < 0 ? '' : '+'}${x.toExponential()}`).join(',')}\n`).join(''),
      [],
    ],
  ])('reads %s', (_, text, args) => {
    const { code, stdout } = runOn(file('variant.csv', text), ...args);
    expect(code).toBe(0);
    expectOutputs(stdout, ROWS);
  });

  test('reads stdin', () => {
    const { code, stdout } = hiddenstate(['run', model.path, '--input', '-'], { input: csv(ROWS) });
    expect(code).toBe(0);
    expectOutputs(stdout, ROWS);
  });

  // The parser holds a row's last bytes back until it sees what follows.
  test('answers each row of a pipe when the next one comes', async () => {
    const child = startHiddenstate(['run', model.path, '--input', '-']);
    let stdout = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    for (let n = 1; n <= 3; n++) {
      child.stdin.write(csv(ROWS.slice(n - 1, n)));
      while (stdout.split('\n').length < (n === 1 ? 0 : n + 1)) await once(child.stdout, 'data');
    }
    child.stdin.end();
    expect(await once(child, 'close')).toEqual([0, null]);
    expectOutputs(stdout, ROWS.slice(0, 3));
  });

  test('reads more than fits into one piece', () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => ROWS[n % ROWS.length]);
    const { code, stderr } = runOn(file('long.csv', csv(rows)), '--output', folder('long-out.csv'));
    expect(code).toBe(0);
    expect(stderr).toContain('20,000 rows');
    expectOutputs(readFileSync(folder('long-out.csv'), 'utf8'), rows);
  });

  test('sends indices through an Embedding', () => {
    const text = saveTextModel(folder('text.safetensors'), ['a', 'b', 'c']);
    const indices = [[0], [2], [1], [1]];
    const { stdout } = hiddenstate(['run', text.path, '--input', file('indices.csv', csv(indices))]);
    const got = stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .flatMap((line) => line.split(',').map(Number));
    const expected = text.expected(indices).flat();
    expect(got).toHaveLength(12);
    expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-5);
  });

  test('replaces the file that a link leads to, and writes to a device as it is', () => {
    const input = file('series.csv', csv(ROWS));
    symlinkSync(file('target.csv', 'old'), folder('link.csv'));
    expect(runOn(input, '--output', folder('link.csv')).code).toBe(0);
    expectOutputs(readFileSync(folder('target.csv'), 'utf8'), ROWS);
    expect(runOn(input, '--output', '/dev/null').code).toBe(0);
    expect(existsSync('/dev/null') && readdirSync('/dev').filter((name) => name.includes('partial'))).toEqual([]);
  });

  test('leaves no half-written file after an error, and the old one as it was', () => {
    const before = readdirSync(dirname(folder('x')));
    const input = file('broken.csv', `${csv(Array.from({ length: 5000 }, () => ROWS[0]))}1,2,x\n`);
    const output = file('kept.csv', 'as it was');
    const { code, stderr } = runOn(input, '--output', output);
    expect([code, stderr]).toEqual([2, `hiddenstate run: ${input}: line 5001, column 3: got "x", expected a number\n`]);
    expect(readFileSync(output, 'utf8')).toBe('as it was');
    expect(readdirSync(dirname(folder('x'))).sort()).toEqual([...before, 'broken.csv', 'kept.csv'].sort());
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves nothing behind after %s', async (signal, expected) => {
    const child = startHiddenstate(['run', model.path, '--input', '-', '--output', folder('stopped.csv')]);
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const isPartial = (name: string) => name.startsWith('stopped.csv');
    const names = () => readdirSync(dirname(folder('x'))).filter(isPartial);
    child.stdin.write(csv(ROWS));
    while (names().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(names()).toEqual([`stopped.csv.${child.pid}.partial`]);
    child.kill(signal);
    const [code] = await once(child, 'close');
    expect([code, stderr, names()]).toEqual([expected, '', []]);
  });

  test('ends quietly when its reader has read enough', async () => {
    const rows = Array.from({ length: 50_000 }, (_, n) => ROWS[n % ROWS.length]);
    const child = startHiddenstate(['run', model.path, '--input', file('long.csv', csv(rows))]);
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([0, '']);
  });
});
