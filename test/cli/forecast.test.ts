import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseDate } from '../../bindings/cli/forecast/dates.js';
import { RUNGS } from '../../bindings/cli/forecast/ladder.js';
import { evaluate } from '../../bindings/cli/forecast/rolling-origin.js';
import type { Forecast } from '../../bindings/sequence/index.js';
import { mulberry32 } from '../support/random.js';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const data = (name: string) => fileURLToPath(new URL(`../../node_modules/vega-datasets/data/${name}`, import.meta.url));
const CLASSICAL = 'last,drift,mean,whole-past,markov,ar';

function file(name: string, text: string): string {
  writeFileSync(folder(name), text);
  return folder(name);
}

/** The table of stdout by model and column. */
function table(stdout: string): Record<string, Record<string, number>> {
  const [titles, ...rows] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
  return Object.fromEntries(
    rows.map(([model, ...cells]) => [
      model,
      Object.fromEntries(cells.map((cell, i) => [titles[i + 1], parseFloat(cell)])),
    ]),
  );
}

function run(...args: string[]) {
  const { code, stdout, stderr } = hiddenstate(['forecast', ...args]);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return { scores: table(stdout), stderr };
}

describe('hiddenstate forecast', () => {
  test('on CO₂ the autoregression earns its place, and the picture and the forecasts are written', () => {
    const outputs = ['--svg', folder('co2.svg'), '--output', folder('co2.csv')];
    const { scores, stderr } = run(
      ...[data('co2-concentration.csv'), '--column', 'CO2', '--period', '12', '--horizon', '24', ...outputs],
      ...['--models', `${CLASSICAL},seasonal`],
    );
    expect(stderr).toContain('CO2: 741 values, 1958-03-01 to 2020-04-01');
    expect(stderr).toContain('3 of 740 steps are longer than the usual 31 days');
    expect(scores.ar.MAE).toBeLessThan(scores.seasonal.MAE / 4);
    expect(scores.ar.MASE).toBeLessThan(0.5);
    expect(scores.ar['95 % held']).toBeGreaterThan(90);
    const svg = readFileSync(folder('co2.svg'), 'utf8');
    expect(svg).toMatch(/^<svg xmlns[\s\S]*<\/svg>\n$/);
    expect(svg).not.toMatch(/NaN|Infinity/);
    const rows = readFileSync(folder('co2.csv'), 'utf8').trimEnd().split('\n');
    expect(rows[0]).toBe('model,step,mean,lower,upper');
    expect(rows).toHaveLength(1 + 24 * 7);
    const ar = rows.filter((row) => row.startsWith('ar,')).map((row) => row.split(',').slice(2).map(Number));
    for (const [mean, lower, upper] of ar) expect(mean > 410 && mean < 425 && lower < mean && mean < upper).toBe(true);
  });

  test('on daily returns nothing beats the mean by as much as one percent', () => {
    const { scores } = run(
      ...[data('sp500-2000.csv'), '--column', 'close', '--transform', 'returns', '--horizon', '5'],
      ...['--models', CLASSICAL],
    );
    for (const { RMSE } of Object.values(scores)) expect(RMSE).toBeGreaterThan(0.99 * scores.mean.RMSE);
  });

  test('on volatility and temperature more of the past is better', () => {
    const volatility = run(
      ...[data('sp500-2000.csv'), '--column', 'close', '--transform', 'volatility', '--models', 'last,mean,markov,ar'],
    ).scores;
    const errors = ['mean', 'markov', 'ar'].map((name) => volatility[name].RMSE);
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    const weather = run(data('seattle-weather.csv'), '--column', 'temp_max', '--models', 'last,mean,markov,ar').scores;
    expect(weather.ar.MAE).toBeLessThan(Math.min(weather.last.MAE, weather.mean.MAE, weather.markov.MAE));
  });

  test('chooses one of several series, and says so where it must', () => {
    const stocks = data('stocks.csv');
    const { stderr } = run(stocks, '--column', 'price', '--where', 'symbol=MSFT', '--models', 'last');
    expect(stderr).toContain('price: 123 values, 2000-01-01 to 2010-03-01');
    const all = hiddenstate(['forecast', stocks, '--column', 'price']);
    expect(all.stderr).toMatch(
      /line 125, column 2 \(date\): got "Jan 1 2000", a date before that of line 124.*--where/,
    );
  });

  const ROWS = Array.from(
    { length: 40 },
    (_, i) => `2000-${String(1 + (i % 12)).padStart(2, '0')}-${10 + Math.floor(i / 12)}`,
  );
  const sorted = [...ROWS].sort();
  const csv = (change: (line: string, i: number) => string = (line) => line) =>
    `day,x\n${sorted.map((day, i) => change(`${day},${(i * 7) % 11}`, i)).join('\n')}\n`;

  test.each([
    [
      'text',
      csv((line, i) => (i === 3 ? '2000-02-10,many' : line)),
      /line 5, column 2 \(x\): got "many", expected a number/,
    ],
    [
      'a gap',
      csv((line, i) => (i === 3 ? `${line.split(',')[0]},` : line)),
      /line 5, column 2 \(x\): got nothing.*--missing skip or --missing last/,
    ],
    [
      'NaN',
      csv((line, i) => (i === 3 ? `${line.split(',')[0]},NaN` : line)),
      /line 5, column 2 \(x\): got "NaN".*--missing/,
    ],
    ['too large a number', csv((line, i) => (i === 3 ? `${line.split(',')[0]},1e999` : line)), /got "1e999"/],
    [
      'a short row',
      csv((line, i) => (i === 3 ? '2000-02-10' : line)),
      /line 5: got 1 column, expected 2, as line 1 has/,
    ],
    [
      'a bad date',
      csv((line, i) => (i === 3 ? '2000-02-30,5' : line)),
      /line 5, column 1 \(day\): got "2000-02-30", expected a date/,
    ],
    [
      'a date twice',
      csv((line, i) => (i === 4 ? `${sorted[3]},1` : line)),
      /line 6, column 1 \(day\): got "\S+", the same date as line 5/,
    ],
    [
      'a number whose square is none',
      csv((line, i) => (i === 3 ? `${line.split(',')[0]},-1e200` : line)),
      /line 5, column 2 \(x\): got "-1e200", expected a number/,
    ],
    ['no rows', 'day,x\n', /got no rows, expected a row of names and rows of numbers/],
    ['nothing', '', /got no rows/],
    ['too few rows', 'x\n1\n2\n3\n4\n', /got 4 values for --horizon 10 and --test 0.2, expected at least 10/],
    ['an open quote', 'x\n"1\n2\n', /got a quote in the row after line 1 that is never closed/],
    ['a quote within a field', 'x,y\n1,2\n3,4"5"\n', /line 3, column 2: got a quote within a field/],
    ['text behind a quote', 'x\n1\n"4"5\n', /line 3, column 1: got text behind a closing quote/],
    [
      'decimal commas',
      'day;x\n2000-01-10;1.5\n2000-01-11;2,5\n',
      /line 3, column 2 \(x\): got "2,5", expected a number/,
    ],
  ])('refuses %s with its place', (_, text, message) => {
    const { code, stdout, stderr } = hiddenstate(['forecast', file('bad.csv', text), '--models', 'last']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(message);
  });

  test.each([
    ['skip', /1 missing: rows left out/, 39],
    ['last', /1 missing: values taken from the row before/, 40],
  ])('mends a gap with --missing %s', (how, note, count) => {
    const gap = csv((line, i) => (i === 3 ? `${line.split(',')[0]},NA` : line));
    const { stderr } = run(file('gap.csv', gap), '--missing', how, '--models', 'last', '--horizon', '2');
    expect(stderr).toMatch(note);
    expect(stderr).toContain(`x: ${count} values`);
  });

  test.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('reads a file with %s', (_, delimiter) => {
    const { stderr } = run(file('delimited.csv', csv().replaceAll(',', delimiter)), '--models', 'last');
    expect(stderr).toContain('x: 40 values, 2000-01-10 to 2000-12-12');
  });

  test('does not choose between two columns of one name', () => {
    const twice = file('twice.csv', csv().replace('day,x', 'x,x'));
    const { code, stderr } = hiddenstate(['forecast', twice, '--column', 'x', '--models', 'last']);
    expect(code).toBe(2);
    expect(stderr).toContain('--column: got columns 1 and 2 of the name "x", expected one');
  });

  test('all leaves out what a constant series is nothing for, and a model that is named ends the command', () => {
    const constant = file('constant.csv', `x\n${'5\n'.repeat(40)}`);
    const all = run(constant);
    expect(Object.keys(all.scores)).toEqual(['last', 'drift', 'mean']);
    expect(all.stderr).toMatch(/^left out: ar: .*singular/m);
    const save = hiddenstate(['forecast', constant, '--save', folder('none.safetensors')]);
    expect([save.code, existsSync(folder('none.safetensors'))]).toEqual([2, false]);
    expect(save.stderr).toContain('--save: got no network that could be trained, expected one');
    expect(hiddenstate(['forecast', constant, '--models', 'last,ar']).code).toBe(2);
  });

  test('refuses an order that the series is too short for', () => {
    const { code, stdout, stderr } = hiddenstate([
      'forecast',
      file('short.csv', csv()),
      '--models',
      'ar',
      '--order',
      '40',
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/got \d+ values, expected at least 42 for order 40\n$/);
    expect(stderr).not.toContain('    at ');
  });

  test('says so when the disk is full', () => {
    const args = ['forecast', file('plain.csv', csv()), '--models', 'gru', '--epochs', '1', '--hidden', '2'];
    for (const option of ['--save', '--output', '--svg']) {
      const { code, stderr } = hiddenstate([...args, option, '/dev/full']);
      expect([code, stderr.trimEnd().split('\n').at(-1)]).toEqual([
        2,
        'hiddenstate forecast: cannot write /dev/full: no space left on the device',
      ]);
    }
  });

  test('all leaves networks out where there is too little to learn from, and says so', () => {
    const rows = (count: number) =>
      file(
        'few.csv',
        `x\n${sorted
          .map((_, i) => (i * 7) % 11)
          .slice(0, count)
          .join('\n')}\n`,
      );
    const quick = ['--horizon', '2', '--hidden', '2', '--epochs', '1'];
    const few = run(rows(29), ...quick);
    expect(Object.keys(few.scores)).toEqual(CLASSICAL.split(','));
    for (const name of ['rnn', 'gru', 'lstm']) {
      expect(few.stderr).toContain(`left out: ${name} needs at least 24 values before the first origin, got 23\n`);
    }
    expect(few.stderr).toContain('left out: seasonal needs --period N\n');
    expect(Object.keys(run(rows(30), ...quick).scores)).toEqual([...CLASSICAL.split(','), 'rnn', 'gru', 'lstm']);
    const named = hiddenstate(['forecast', rows(29), ...quick, '--models', 'ar,gru']);
    expect([named.code, named.stdout]).toEqual([2, '']);
    expect(named.stderr).toContain('--models: "gru" needs at least 24 values before the first origin, got 23');
  });

  test('shows control characters of a header as escapes', () => {
    const { stderr } = run(file('rude.csv', csv().replace('x', '"\u001b[31mx\n\u0007"')), '--models', 'last');
    expect(stderr).toContain('\\u001b[31mx\\n\\u0007: 40 values');
    for (const control of ['\u0007', '\u001b']) expect(stderr).not.toContain(control);
  });

  test.each(['--svg', '--output', '--save'])('finds out that %s cannot be written before any work', (option) => {
    const args = ['--models', 'last,gru', '--epochs', '1', option, folder('none/there')];
    const { code, stdout, stderr } = hiddenstate(['forecast', file('plain.csv', csv()), ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^hiddenstate forecast: cannot write \S+: no such file or folder\n$/);
  });

  test('saves a network that run accepts, and says how it reads', () => {
    const input = file('rows.csv', csv());
    const args = [
      input,
      '--models',
      'ar,gru',
      '--epochs',
      '2',
      '--hidden',
      '4',
      '--horizon',
      '2',
      '--save',
      folder('gru.safetensors'),
    ];
    const { scores } = run(...args);
    expect(Object.keys(scores)).toEqual(['ar', 'gru']);
    const values = sorted.map((_, i) => (i * 7) % 11);
    const { code, stdout } = hiddenstate([
      'run',
      folder('gru.safetensors'),
      '--input',
      file('values.csv', `${values.join('\n')}\n`),
    ]);
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 1 + values.length]);
    const text = hiddenstate(['inspect', folder('gru.safetensors')]).stdout;
    expect(text).toMatch(/input +values/);
    expect(text).toMatch(/output +mean, logarithm of the variance/);
    const none = hiddenstate(['forecast', input, '--models', 'ar', '--save', folder('none.safetensors')]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--save: got no network among --models')]);
  });

  test('refuses what makes no sense, and leaves no file', () => {
    const plain = file('plain.csv', csv());
    const constant = file('constant.csv', `x\n${'5\n'.repeat(60)}`);
    for (const [args, message] of [
      [[plain, '--models', 'arr'], /no model "arr"; did you mean "ar"\?/],
      [[plain, '--models', 'seasonal'], /"seasonal" needs --period N/],
      [[plain, '--column', 'y'], /no column "y"; did you mean "x"\?/],
      [[plain, '--column', 'day'], /line 2, column 1 \(day\): got "2000-01-10", expected a number/],
      [[plain, '--where', 'x'], /--where: got "x", expected NAME=VALUE/],
      [[plain, '--transform', 'sqrt'], /--transform: got "sqrt", expected one of none, log/],
      [[plain, '--transform', 'log'], /line 2, column x: got 0, expected a number above 0/],
      [[plain, '--missing', 'guess'], /--missing: got "guess", expected one of fail, skip, last/],
      [[plain, '--horizon', '0'], /--horizon: got "0"/],
      [[plain, '--horizon', '38'], /expected at least 10 to learn from/],
      [[plain, '--level', '1'], /--level: got "1"/],
      [[constant, '--models', 'ar'], /ar: selectOrder: got a singular system/],
      [[folder('none.csv')], /no such file or folder/],
    ] as [string[], RegExp][]) {
      const { code, stderr } = hiddenstate(['forecast', ...args, '--svg', folder('never.svg')]);
      expect([args.slice(1), code]).toEqual([args.slice(1), 2]);
      expect(stderr.trimEnd().split('\n').at(-1)).toMatch(message);
    }
    expect(existsSync(folder('never.svg'))).toBe(false);
  });
});

describe('evaluation from rolling origins', () => {
  const random = mulberry32(3);
  let level = 100;
  const values = Float64Array.from({ length: 160 }, () => (level += random() - 0.45));
  const protocol = { start: 100, stride: 1, horizon: 5, level: 0.9, period: 1 };
  const options = { period: 3, order: undefined, hiddenSize: 4, epochs: 3, seed: 1 };

  async function forecastsOf(rung: (typeof RUNGS)[number], series: Float64Array): Promise<Forecast[]> {
    const all: Forecast[] = [];
    const model = rung.make(series.subarray(0, protocol.start), options);
    await evaluate(model, series, protocol, undefined, (_, forecast) => all.push(forecast));
    return all;
  }

  test.each(RUNGS)('$name: another future leaves earlier forecasts as they were, bit for bit', async (rung) => {
    const whole = await forecastsOf(rung, values);
    for (const change of [100, 127, 159]) {
      const other = values.slice();
      for (let t = change; t < other.length; t++) other[t] = 1e6 * random();
      const forecasts = await forecastsOf(rung, other);
      // The forecast of origin t knows the values before t.
      const untouched = change - protocol.start + 1;
      expect(forecasts.slice(0, untouched)).toEqual(whole.slice(0, untouched));
      if (rung.name !== 'mean' && untouched < whole.length) expect(forecasts[untouched]).not.toEqual(whole[untouched]);
    }
  });

  test('counts errors as defined', async () => {
    const last = RUNGS.find(({ name }) => name === 'last')!;
    const score = await evaluate(last.make(values, options), values, protocol);
    const errors: number[][] = [];
    for (let t = 100; t + 5 <= values.length; t++) {
      errors.push(Array.from({ length: 5 }, (_, h) => values[t + h] - values[t - 1]));
    }
    const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    const mae = mean(errors.flat().map(Math.abs));
    const steps = Array.from({ length: 99 }, (_, t) => Math.abs(values[t + 1] - values[t]));
    expect(score.origins).toBe(errors.length);
    expect(score.mae).toBeCloseTo(mae, 12);
    expect(score.rmse).toBeCloseTo(Math.sqrt(mean(errors.flat().map((error) => error ** 2))), 12);
    expect(score.mase).toBeCloseTo(mae / mean(steps), 10);
    expect(score.maeByStep[4]).toBeCloseTo(mean(errors.map((row) => Math.abs(row[4]))), 12);
    const sigma = Math.sqrt(steps.reduce((sum, step) => sum + step ** 2, 0) / 99);
    const held = errors.flatMap((row) =>
      row.map((error, h) => Math.abs(error) <= 1.6448536269514722 * sigma * Math.sqrt(h + 1)),
    );
    expect(score.coverage).toBeCloseTo(held.filter(Boolean).length / held.length, 12);
  });
});

test.each([
  ['2000-01-03', Date.UTC(2000, 0, 3)],
  ['2000/1/3', Date.UTC(2000, 0, 3)],
  ['2000-02', Date.UTC(2000, 1, 1)],
  ['2000', Date.UTC(2000, 0, 1)],
  ['2000-01-03 09:30', Date.UTC(2000, 0, 3, 9, 30)],
  ['2000-01-03T09:30:15Z', Date.UTC(2000, 0, 3, 9, 30, 15)],
  ['Jan 3 2000', Date.UTC(2000, 0, 3)],
  ['3 January 2000', Date.UTC(2000, 0, 3)],
  ['03-Jan-2000', Date.UTC(2000, 0, 3)],
  ['Feb 30 2000', undefined],
  ['2000-13-03', undefined],
  ['2000-02-30', undefined],
  ['3/4/2000', undefined],
  ['Jan', undefined],
  ['may the 2000', undefined],
  ['', undefined],
])('parseDate(%j)', (text, time) => {
  expect(parseDate(text)).toBe(time);
});
