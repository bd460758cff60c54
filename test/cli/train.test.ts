import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { drawLosses } from '../../bindings/cli/train/run-fit.js';
import { mulberry32 } from '../support/random.js';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const random = mulberry32(3);

function file(name: string, text: string): string {
  writeFileSync(folder(name), text);
  return folder(name);
}

/** y follows a with a memory; the state says whether it is above its mean. */
function table(rows = 800): string {
  let level = 0;
  const lines = Array.from({ length: rows }, () => {
    const a = 2 * random() - 1;
    level = 0.8 * level + a;
    return `${a.toFixed(4)},${(100 + 10 * level).toFixed(4)},${level > 0 ? 'up' : 'down'}`;
  });
  return file('table.csv', `a,y,state\n${lines.join('\n')}\n`);
}

function run(...args: string[]) {
  const { code, stdout, stderr } = hiddenstate(['train', ...args]);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout;
}

describe('hiddenstate train', () => {
  test('regression beats what is plain, and saves a model in the units of the columns', () => {
    const [save, svg, history, report] = ['m.safetensors', 'm.svg', 'm.csv', 'm.md'].map(folder);
    const path = table();
    const args = ['--target', 'y', '--features', 'a', '--epochs', '25', '--rate', '0.02', '--hidden', '16'];
    const stdout = run(path, ...args, '--save', save, '--svg', svg, '--history', history, '--report', report);
    const [, mae] = /held out: mean absolute error ([\d.]+)/.exec(stdout) as RegExpExecArray;
    const [, mean] = /beside it: the mean ([\d.]+)/.exec(stdout) as RegExpExecArray;
    expect(Number(mae)).toBeLessThan(Number(mean) / 3);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg[\s\S]*held out[\s\S]*<\/svg>\n$/);
    expect(readFileSync(history, 'utf8')).toMatch(/^epoch,loss,heldOut,mae,heldOut_mae\n1,/);
    expect(readFileSync(report, 'utf8')).toMatch(/0 +Scaler[\s\S]*3 +Scaler/);
    const inputs = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const ran = hiddenstate(['run', save, '--input', file('a.csv', `${inputs.map(([a]) => a).join('\n')}\n`)]);
    const said = ran.stdout.trimEnd().split('\n').slice(1).map(Number);
    const error =
      said.slice(640).reduce((sum, value, i) => sum + Math.abs(value - Number(inputs[640 + i][1])), 0) / 160;
    expect(Math.abs(error / Number(mae) - 1)).toBeLessThan(0.02);
    // The same seed gives the same model.
    const again = folder('again.safetensors');
    run(path, ...args, '--save', again);
    expect(readFileSync(again)).toEqual(readFileSync(save));
  });

  test('classification of rows, of folders of texts, and of lines of files', () => {
    // Of a target of words the task is found out.
    const ofRows = ['--target', 'state', '--features', 'a', '--epochs', '15', '--rate', '0.02'];
    expect(run(table(), ...ofRows)).toMatch(/accuracy (8[5-9]|9\d)/);
    expect(run(table(), ...ofRows, '--task', 'classification')).toMatch(/accuracy (8[5-9]|9\d)/);
    const words = { vowels: 'aeiou', sibilants: 'szxcj' };
    mkdirSync(folder('lines'));
    mkdirSync(folder('texts'));
    for (const [name, letters] of Object.entries(words)) {
      const lines = Array.from({ length: 40 }, () =>
        Array.from({ length: 3 + Math.floor(random() * 5) }, () => letters[Math.floor(random() * 5)]).join(''),
      );
      writeFileSync(folder(`lines/${name}.txt`), lines.join('\n'));
      mkdirSync(folder(`texts/${name}`));
      for (const [i, line] of lines.slice(0, 20).entries()) writeFileSync(folder(`texts/${name}/${i}.txt`), line);
    }
    for (const args of [[folder('lines'), '--task', 'classification'], [folder('texts')]]) {
      expect(run(...args, '--epochs', '12', '--rate', '0.02', '--hidden', '12')).toMatch(
        /classes: 2 \(sibilants, vowels\)\nheld out: accuracy 100.0 %/,
      );
    }
  });

  test('language writes with generate', () => {
    const save = folder('l.safetensors');
    const path = file('fox.txt', 'the quick brown fox jumps over the lazy dog. '.repeat(120));
    expect(run(path, '--epochs', '8', '--steps', '16', '--rate', '0.01', '--save', save)).toMatch(
      /held out: 0\.\d+ bits a character/,
    );
    const { stdout } = hiddenstate([
      'generate',
      save,
      '--chars',
      '30',
      '--prompt',
      'the quick ',
      '--temperature',
      '0',
      '--no-compare',
    ]);
    expect(stdout).toContain('the quick brown fox jumps over');
  });

  test('anomaly flags the row that does not belong', () => {
    const rows = Array.from({ length: 400 }, (_, t) => (10 * Math.sin(t / 4) + random()).toFixed(3));
    rows[370] = '40';
    const output = folder('scores.csv');
    const stdout = run(
      file('wave.csv', `v\n${rows.join('\n')}\n`),
      '--task',
      'anomaly',
      '--epochs',
      '15',
      '--rate',
      '0.02',
      '--output',
      output,
    );
    expect(stdout).toMatch(/the least expected:\n {2}line 372: /);
    expect(readFileSync(output, 'utf8').split('\n')[371]).toMatch(/^372,[\d.]+,1$/);
  });

  test.each<[string, () => string[], RegExp]>([
    [
      'a folder without texts',
      () => [mkdirSync(folder('empty'), { recursive: true }) ?? folder('empty')],
      /without texts, expected files of text/,
    ],
    ['no target', () => [table()], /no --target given; name the column to learn, one of a, y, state/],
    [
      'an unknown target',
      () => [table(), '--target', 'z'],
      /--target: there is no column "z"; expected one of a, y, state/,
    ],
    [
      'one class',
      () => [file('one.csv', `x,c\n${'1,a\n'.repeat(60)}`), '--task', 'classification', '--target', 'c'],
      /got one class, "a"/,
    ],
    [
      'a number as class',
      () => [table(), '--task', 'classification', '--target', 'y'],
      /classes in 800 rows.*--task regression/,
    ],
    ['too few rows', () => [file('few.csv', 'x,y\n1,2\n3,4\n'), '--target', 'y'], /got 2 rows, expected at least 40/],
    [
      'a hole',
      () => [file('hole.csv', `x,y\n${'1,2\n'.repeat(50)},3\n`), '--target', 'y'],
      /line 52, column 1 \(x\): got nothing, expected a number/,
    ],
    [
      'NaN',
      () => [file('nan.csv', `x,y\n${'1,2\n'.repeat(50)}1,NaN\n`), '--target', 'y'],
      /line 52, column 2 \(y\): got "NaN"/,
    ],
    [
      'a target that is constant',
      () => [file('same.csv', `x,y\n${Array.from({ length: 60 }, (_, i) => `${i},5\n`).join('')}`), '--target', 'y'],
      /y: got 5 in all rows to learn from, expected a target that changes/,
    ],
    [
      'features that are constant',
      () => [folder('same.csv'), '--target', 'x', '--features', 'y'],
      /y: got the same value in every row, expected columns that change/,
    ],
    [
      'anomalies of what is constant',
      () => [folder('same.csv'), '--task', 'anomaly', '--features', 'y'],
      /y: got the same value in every row/,
    ],
    [
      'a row without its class',
      () => [file('nc.csv', `x,c\n${'1,a\n2,b\n'.repeat(30)}3,\n`), '--task', 'classification', '--target', 'c'],
      /line 62, column 2 \(c\): got nothing, expected a word that names a class/,
    ],
    [
      'names in EUC-KR',
      () => {
        const name = Buffer.from([0xb0, 0xa1, 0xb0, 0xdd]);
        writeFileSync(
          folder('euckr.csv'),
          Buffer.concat([Buffer.from('x,'), name, Buffer.from(`\n${'1,2\n'.repeat(50)}`)]),
        );
        return [folder('euckr.csv'), '--target', 'x'];
      },
      /line 1: got bytes that are no UTF-8.*iconv -f EUC-KR/,
    ],
    ['no text', () => [file('short.txt', 'abc')], /got 3 characters in 1 file, expected at least 1000/],
    ['an unknown task', () => [table(), '--task', 'guess'], /--task: got "guess", expected one of regression/],
    ['no file', () => [folder('none.csv'), '--target', 'y'], /no such file or folder/],
  ])('refuses %s, and leaves no file', (_, args, message) => {
    const { code, stdout, stderr } = hiddenstate(['train', ...args(), '--save', folder('never.safetensors')]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(message);
    expect(existsSync(folder('never.safetensors'))).toBe(false);
  });

  test('rows are read as time goes, names may hold commas, and a class that is only held out is said', () => {
    const row = (i: number) =>
      `2001-${String(1 + Math.floor(i / 28)).padStart(2, '0')}-${String(1 + (i % 28)).padStart(2, '0')},${(i * 7) % 11},${(i * i) % 13},${i < 90 ? (i % 2 ? 'on' : 'off') : 'broken'}`;
    const rows = Array.from({ length: 100 }, (_, i) => row(i));
    const text = (lines: string[]) => `date,"a, in V",y,state\n${lines.join('\n')}\n`;
    const [rising, falling] = [file('up.csv', text(rows)), file('down.csv', text([...rows].reverse()))];
    const args = ['--target', 'y', '--features', 'a, in V', '--epochs', '1', '--hidden', '2'];
    const { stdout, stderr } = hiddenstate(['train', falling, ...args]);
    expect(stdout).toContain('y from a, in V');
    expect(stdout).toBe(run(rising, ...args));
    expect(stderr).toContain('column 1 (date): dates fall from row to row: rows are read from the last to the first');
    const mixed = file('mixed.csv', text([...rows.slice(50), ...rows.slice(0, 50)]));
    expect(hiddenstate(['train', mixed, ...args]).stderr).toContain('dates are in no order');
    const classes = ['--task', 'classification', '--target', 'state', '--epochs', '1', '--hidden', '2'];
    expect(hiddenstate(['train', rising, ...classes]).stderr).toContain('and so not learnt: broken');
  });

  test('a constant column is left out, and a full disk is said', () => {
    const path = file(
      'constant.csv',
      `x,k,y\n${Array.from({ length: 60 }, (_, i) => `${i % 7},5,${i % 5}\n`).join('')}`,
    );
    const { stdout, stderr: said } = hiddenstate(['train', path, '--target', 'y', '--epochs', '2', '--hidden', '2']);
    expect(stdout).toContain('y from x\n');
    expect(said).toContain('left out, the same value in every row: k');
    const { code, stderr } = hiddenstate(['train', path, '--target', 'y', '--epochs', '1', '--save', '/dev/full']);
    expect([code, stderr.trimEnd().split('\n').at(-1)]).toEqual([
      2,
      'hiddenstate train: cannot write /dev/full: no space left on the device',
    ]);
  });
});

test.each([
  ['just above a power of ten', [1.02, 0.5, 0.11], ['0.1', '2'], ['10', '0.01']],
  ['all alike', [3, 3, 3], ['2', '3'], ['0.1', '10', '100']],
  ['of three decades', [900, 30, 1.5], ['1', '10', '100', '1000'], ['10000', '0.1']],
])('the axis of losses %s ends near them', (_, losses, there, beyond) => {
  const history = losses.map((loss, epoch) => ({ epoch, loss, validationLoss: loss, learningRate: 1 }));
  const svg = drawLosses('Losses', { model: undefined as never, metadata: {}, history, lossName: 'error', report: [] });
  const shown = [...svg.matchAll(/>([\d.,]+)</g)].map(([, text]) => text.replace(',', ''));
  expect(shown).toEqual(expect.arrayContaining(there));
  for (const text of beyond) expect(shown).not.toContain(text);
});
