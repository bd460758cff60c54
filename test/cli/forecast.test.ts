import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseDate } from '../../bindings/forecast/dates.js';
import { forecasterOf } from '../../bindings/forecast/forecaster.js';
import { RUNGS } from '../../bindings/forecast/ladder.js';
import { evaluate } from '../../bindings/forecast/rolling-origin.js';
import type { Forecast } from '../../bindings/sequence/index.js';
import { mulberry32 } from '../support/random.js';
import { remembered } from '../support/remembered.js';
import { hiddenstate, temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const data = (name: string) => fileURLToPath(new URL(`../../node_modules/vega-datasets/data/${name}`, import.meta.url));
const CLASSICAL = 'last,drift,mean,whole-past,markov,ar';

function file(name: string, text: string): string {
  writeFileSync(folder(name), text);
  return folder(name);
}

/** The table of stdout by model and column; what did not fit beside it follows below. */
function table(stdout: string): Record<string, Record<string, number>> {
  const scores: Record<string, Record<string, number>> = {};
  for (const block of stdout.trimEnd().split('\n\n')) {
    const [titles, ...rows] = block.split('\n').map((line) => line.trim().split(/ {2,}/));
    for (const [model, ...cells] of rows) {
      scores[model] = {
        ...scores[model],
        ...Object.fromEntries(cells.map((cell, i) => [titles[i + 1], parseFloat(cell)])),
      };
    }
  }
  return scores;
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
    expect(rows[0]).toBe('model,step,date,mean,lower,upper');
    expect(rows).toHaveLength(1 + 24 * 7);
    expect([rows[1], rows[24]].map((row) => row.split(',')[2])).toEqual(['2020-05-01', '2022-04-01']);
    const ar = rows.filter((row) => row.startsWith('ar,')).map((row) => row.split(',').slice(3).map(Number));
    for (const [mean, lower, upper] of ar) expect(mean > 410 && mean < 425 && lower < mean && mean < upper).toBe(true);
  });

  test('on daily returns nothing beats the mean by as much as one percent', () => {
    const { scores } = run(
      ...[
        data('sp500-2000.csv'),
        '--column',
        'close',
        '--transform',
        'returns',
        '--horizon',
        '5',
        '--units',
        'transformed',
      ],
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
      /line 5, column 2 \(x\): got nothing.*--missing skip or --missing last or --missing interpolate/,
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
      [[plain, '--missing', 'guess'], /--missing: got "guess", expected one of fail, skip, last, interpolate/],
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
    await evaluate(forecasterOf(model, 'none'), series, protocol, undefined, (_, forecast) => all.push(forecast));
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
    const score = await evaluate(forecasterOf(last.make(values, options), 'none'), values, protocol);
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

describe('tables as people write them', () => {
  const months = Array.from({ length: 48 }, (_, i) => [2010 + Math.floor(i / 12), 1 + (i % 12)] as const);
  const level = (i: number) => 1000 + 10 * i + ((i * 7) % 11);
  const two = (value: number) => String(value).padStart(2, '0');
  const write = (name: string, lines: readonly string[]) => file(name, `${lines.join('\n')}\n`);
  const args = ['--models', 'last,ar', '--horizon', '3'];
  const plain = remembered(() =>
    run(write('iso.csv', ['day,x', ...months.map(([y, m], i) => `${y}-${two(m)}-01,${level(i)}`)]), ...args),
  );

  test.each<[string, string, (y: number, m: number, value: number) => string, RegExp]>([
    ['month/day/year', 'day,x', (y, m, v) => `${m}/1/${y},${v}`, /dates are read as month\/day\/year/],
    ['day/month/year', 'day,x', (y, m, v) => `1/${m}/${y},${v}`, /dates are read as day\/month\/year/],
    ['dotted', 'day;x', (y, m, v) => `01.${two(m)}.${y};${v}`, /dates are read as day\/month\/year/],
    ['Korean', '날짜,x', (y, m, v) => `${y}년 ${m}월 1일,${v}`, /x: 48 values, 2010-01-01 to 2013-12-01/],
    ['Japanese', '日付,x', (y, m, v) => `${y}年${m}月1日,${v}`, /x: 48 values, 2010-01-01 to 2013-12-01/],
    ['Unix seconds', 'time,x', (y, m, v) => `${Date.UTC(y, m - 1) / 1000},${v}`, /read as seconds since 1970/],
    ['Unix milliseconds', 'ts,x', (y, m, v) => `${Date.UTC(y, m - 1)},${v}`, /read as milliseconds since 1970/],
    ['year and month', 'month,x', (y, m, v) => `${y}-${two(m)},${v}`, /x: 48 values, 2010-01-01 to 2013-12-01/],
    ['compact', 'date,x', (y, m, v) => `${y}${two(m)}01,${v}`, /x: 48 values, 2010-01-01 to 2013-12-01/],
    ['decimal commas', 'day;x', (y, m, v) => `${y}-${two(m)}-01;${v},00`, /read with a decimal comma/],
    [
      'thousands',
      'day,x',
      (y, m, v) => `${y}-${two(m)}-01,"${v.toLocaleString('en-US')}.00"`,
      /read with a decimal point/,
    ],
    ['currency', 'day,x', (y, m, v) => `${y}-${two(m)}-01,"$${v.toLocaleString('en-US')}.00"`, /signs of currency/],
    ['euros', 'day;x', (y, m, v) => `${y}-${two(m)}-01;${v.toLocaleString('de-DE')},00 €`, /read with a decimal comma/],
    ['won', 'day,x', (y, m, v) => `${y}-${two(m)}-01,"${v.toLocaleString('en-US')}.0원"`, /signs of currency/],
  ])('%s', (name, header, line, note) => {
    const lines = months.map(([y, m], i) => line(y, m, level(i)));
    const { scores, stderr } = run(write(`${name.replaceAll('/', '-')}.csv`, [header, ...lines]), ...args);
    expect(stderr).toMatch(note);
    expect(stderr).toContain('48 values, 2010-01-01 to 2013-12-01');
    const expected = plain().scores;
    for (const model of ['last', 'ar']) expect(scores[model].RMSE).toBe(expected[model].RMSE);
  });

  test('newest first is turned round, whatever the dates look like, and said', () => {
    for (const [name, line] of [
      ['iso', (y: number, m: number) => `${y}-${two(m)}-01`],
      ['us', (y: number, m: number) => `${two(m)}/01/${y}`],
      ['ko', (y: number, m: number) => `${y}. ${m}. 1.`],
    ] as const) {
      const rows = months.map(([y, m], i) => `${line(y, m)},${level(i)}`).reverse();
      const { scores, stderr } = run(write(`falling-${name}.csv`, ['d,x', ...rows]), ...args);
      expect(stderr).toContain('dates fall from row to row: rows are read from the last to the first');
      expect(scores.ar.RMSE).toBe(plain().scores.ar.RMSE);
    }
  });

  test('what could be two dates or two numbers is asked about, and the answer taken', () => {
    // Days 1 to 12 of one month: 3/4 and 4/3 are both dates, and neither is more even.
    const days = Array.from({ length: 12 }, (_, i) => `${i + 1}/${i + 1}/2020`);
    const path = write('both.csv', ['d,x', ...days.map((day, i) => `${day},${level(i)}`)]);
    const refused = hiddenstate(['forecast', path, '--models', 'last', '--horizon', '1']);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('say --date-order mdy or --date-order dmy'),
    ]);
    expect(run(path, '--models', 'last', '--horizon', '1', '--test', '0.1', '--date-order', 'dmy').stderr).toContain(
      '2020-12-12',
    );
    const thousands = write('either.csv', [
      'd,x',
      ...months.map(([y, m], i) => `${y}-${two(m)}-01,"1,${100 + ((i * 37) % 97)}"`),
    ]);
    const either = hiddenstate(['forecast', thousands, ...args]);
    expect([either.code, either.stderr]).toEqual([2, expect.stringContaining('say --decimal . or --decimal ,')]);
    expect(run(thousands, ...args, '--decimal', '.').scores.last.MAE).toBe(
      1000 * run(thousands, ...args, '--decimal', ',').scores.last.MAE,
    );
  });

  test('a file without names loses no row, and a column that is no date is named', () => {
    const rows = months.map(([y, m], i) => `${y}-${two(m)}-01,${level(i)}`);
    const { scores, stderr } = run(write('bare.csv', rows), ...args);
    expect(stderr).toMatch(/2: 48 values.*\n.*the first row holds values/);
    expect(scores.ar.RMSE).toBe(plain().scores.ar.RMSE);
    const odd = run(write('odd.csv', ['when,x', ...months.map(([y, m], i) => `${y}~${two(m)},${level(i)}`)]), ...args);
    expect(odd.stderr).toContain('column 1 (when) holds "2010~01", which is not read as a date');
    expect(run(write('none.csv', ['x', ...months.map((_, i) => `${level(i)}`)]), ...args).stderr).toContain(
      'no column of dates: the first row is taken as the oldest',
    );
  });

  test('--missing interpolate goes in a straight line, and says so', () => {
    const straight = months.map((_, i) => (i === 5 || i === 6 ? '' : `${10 + 3 * i}`));
    const { scores, stderr } = run(
      write('holes.csv', ['x,y', ...straight.map((v) => `a,${v}`)]),
      '--models',
      'last',
      '--horizon',
      '2',
      '--missing',
      'interpolate',
    );
    expect(stderr).toContain('2 missing: values put on a straight line');
    expect(scores.last['1 step']).toBeCloseTo(3, 9);
    const first = write('first.csv', ['x,y', 'a,', ...straight.slice(1, 5).map((v) => `a,${v}`)]);
    expect(hiddenstate(['forecast', first, '--missing', 'interpolate']).stderr).toContain('in the first row');
  });

  test('100,000 rows are read, and the whole past of them takes seconds', () => {
    const random = mulberry32(5);
    let value = 0;
    const rows = Array.from({ length: 100_000 }, () => {
      value = 0.9 * value + random() - 0.5;
      return value.toFixed(6);
    });
    const begin = performance.now();
    const { scores } = run(write('long.csv', ['x', ...rows]), '--models', 'whole-past,markov', '--horizon', '2');
    expect(scores['whole-past'].RMSE).toBeLessThan(1.01 * scores.markov.RMSE);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });
});

describe('transforms', () => {
  const rising = Array.from({ length: 120 }, (_, i) => 100 * 1.01 ** i * (1 + 0.05 * Math.sin(i * i)));
  const path = () => file('rising.csv', `x\n${rising.join('\n')}\n`);
  const rowsOf = (output: string) =>
    readFileSync(output, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',').slice(2).map(Number));

  test.each(['log', 'differences', 'returns'])('%s is undone in table and output', (transform) => {
    const output = folder(`${transform}.csv`);
    const { scores } = run(
      path(),
      '--models',
      'mean,ar',
      '--horizon',
      '4',
      '--transform',
      transform,
      '--output',
      output,
    );
    expect(scores.ar.MAE > 1 && scores.ar.MAE < 60).toBe(true);
    for (const [mean, lower, upper] of rowsOf(output).slice(4)) {
      expect(lower < mean && mean < upper && mean > 250 && mean < 420).toBe(true);
    }
    const kept = run(path(), '--models', 'last', '--transform', transform, '--units', 'transformed');
    expect(kept.stderr).toMatch(/log of x|differences of x|returns of x/);
  });

  test('the interval of a sum is that of the walk it is: drift of differences is the mean of them', () => {
    const [level, changes] = ['level.csv', 'changes.csv'].map(folder);
    run(path(), '--models', 'drift', '--horizon', '5', '--output', level);
    run(path(), '--models', 'mean', '--transform', 'differences', '--horizon', '5', '--output', changes);
    const [a, b] = [level, changes].map(rowsOf);
    a.forEach((row, i) => {
      row.forEach((value, k) => {
        // Both know the mean change; the variance of its estimate is σ²/(T−1) in both.
        expect(Math.abs(b[i][k] / value - 1)).toBeLessThan(1e-9);
      });
    });
  });

  test.each(['none', 'log', 'returns', 'differences'])(
    'a network saved with %s gives levels for levels',
    (transform) => {
      const [saved, output] = [folder('saved.safetensors'), folder('saved.csv')];
      const { stderr } = run(
        path(),
        '--models',
        'gru',
        '--epochs',
        '3',
        '--hidden',
        '4',
        '--horizon',
        '1',
        '--transform',
        transform,
        '--save',
        saved,
        '--output',
        output,
      );
      expect(stderr).toContain('the gru, fitted to all values');
      const ran = hiddenstate(['run', saved, '--input', path(), '--column', 'x']);
      expect(ran.code).toBe(0);
      const rows = ran.stdout.trimEnd().split('\n');
      expect(rows).toHaveLength(1 + rising.length);
      expect(Math.abs(Number(rows.at(-1)?.split(',')[0]) / rowsOf(output)[0][0] - 1)).toBeLessThan(1e-6);
      expect(ran.stderr).toMatch(/y0 is the next value itself/);
    },
  );

  test('several seeds give a mean with its spread, and all as one', () => {
    const { code, stdout } = hiddenstate([
      'forecast',
      path(),
      '--models',
      'last,gru',
      '--epochs',
      '2',
      '--hidden',
      '4',
      '--horizon',
      '2',
      '--seeds',
      '3',
    ]);
    expect(code).toBe(0);
    const lines = stdout.split('\n\n')[0].split('\n');
    expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual(['model', 'last', 'gru', 'gru ensemble']);
    expect(lines[2]).toMatch(/^gru +[\d.]+ ± [\d.]+ /);
    const [title, last, gru] =
      stdout
        .split('\n\n')
        .map((block) => block.split('\n'))
        .find(([first]) => /from – to/.test(first)) ?? [];
    expect(title).toMatch(/^model.* MASE from – to/);
    expect(last).not.toMatch(/–/);
    const [, mean, least, greatest] = /([\d.]+) ± [\d.]+ +([\d.]+) – ([\d.]+)/.exec(gru) ?? [];
    expect(Number(least)).toBeLessThanOrEqual(Number(mean));
    expect(Number(greatest)).toBeGreaterThanOrEqual(Number(mean));
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
  ['2010년 1월 2일', Date.UTC(2010, 0, 2)],
  ['2010. 1. 2.', Date.UTC(2010, 0, 2)],
  ['2010년 3월', Date.UTC(2010, 2, 1)],
  ['2010年1月2日', Date.UTC(2010, 0, 2)],
  ['２０１０年１月２日（土）', Date.UTC(2010, 0, 2)],
  ['令和2年5月1日', Date.UTC(2020, 4, 1)],
  ['令和元年5月', Date.UTC(2019, 4, 1)],
  ['2010-01-02 오후 3:30', Date.UTC(2010, 0, 2, 15, 30)],
  ['2000Q3', Date.UTC(2000, 6, 1)],
  ['Q3 2000', Date.UTC(2000, 6, 1)],
  ['2000M02', Date.UTC(2000, 1, 1)],
  ['02/2000', Date.UTC(2000, 1, 1)],
  ['Feb 2000', Date.UTC(2000, 1, 1)],
  ['3. März 2000', Date.UTC(2000, 2, 3)],
  ['3 de enero de 2000', Date.UTC(2000, 0, 3)],
  ['1er janvier', undefined],
  ['Mon, 03-Jan-2000', Date.UTC(2000, 0, 3)],
  ['2000-01-03T00:30+09:00', Date.UTC(2000, 0, 2, 15, 30)],
  ['2000-01-03 12:00 AM', Date.UTC(2000, 0, 3)],
  ['2000-01-03 25:00', undefined],
  ['Jan', undefined],
  ['may the 2000', undefined],
  ['', undefined],
])('parseDate(%j)', (text, time) => {
  expect(parseDate(text)).toBe(time);
});
