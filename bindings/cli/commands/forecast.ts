import { basename } from 'node:path';
import { DATE_ORDERS, type DateOrder, formatDate } from '../../forecast/dates.js';
import { type LadderOptions, RUNGS } from '../../forecast/ladder.js';
import { MISSING_WAYS, type Missing } from '../../forecast/mend-rows.js';
import type { DecimalMark } from '../../forecast/notation.js';
import { type Protocol, rollingProtocol } from '../../forecast/rolling-origin.js';
import type { TimeSeries } from '../../forecast/series-reader.js';
import { nextTimes } from '../../forecast/timeline.js';
import { checkTransform, recipeOf, TRANSFORMS, transformSeries } from '../../forecast/transforms.js';
import type { Arguments } from '../arguments.js';
import { SVG_WIDTH, svgWidth } from '../chart/svg-width.js';
import { CliError } from '../cli-error.js';
import type { Command } from '../command.js';
import { chooseSeriesRungs } from '../forecast/choose-series-rungs.js';
import { type Judged, judge } from '../forecast/judge.js';
import { drawForecasts } from '../forecast/picture.js';
import { commandWording, readSeries } from '../forecast/read-series.js';
import { describeSaved } from '../forecast/saved-series.js';
import { scoreLines } from '../forecast/scores.js';
import { headerOption } from '../header-option.js';
import { OutputFiles } from '../output-file.js';
import { formatCount } from '../terminal/format.js';
import { writeErr, writeOut } from '../terminal/standard-output.js';

const HORIZON = 10;
const TEST = 0.2;
const LEVEL = 0.95;
const MOST_SEEDS = 100;

/** `hiddenstate forecast FILE` */
export const forecast: Command = {
  name: 'forecast',
  summary: 'forecast a column of a CSV file by every rung of the ladder, and compare them',
  description: [
    'Reads a series, fits every model to its first part, and forecasts from one origin after',
    'another in the rest, each time knowing only what came before. The table of errors goes to',
    'stdout: MAE, RMSE, MASE (MAE in units of what repeating the value of a season ago, or the',
    'last one without --period, was off by in the first part: below 1 is better), how many',
    'values the intervals held, the MAE of the first and of the last step, seconds to fit and',
    'milliseconds of a forecast. Afterwards each model is fitted to all values for the picture',
    'and for --output. What a transform does is undone in table, picture, --output and --save.',
  ],
  operand: { name: 'FILE', help: 'CSV file; its first row names the columns, unless it holds values' },
  options: [
    { name: 'column', value: 'NAME', help: 'the series (default: the only column of numbers)' },
    { name: 'date', value: 'NAME', help: 'column of dates (default: the first that holds some)' },
    { name: 'where', value: 'NAME=VALUE', help: 'only rows whose column holds this value' },
    {
      name: 'date-order',
      value: 'HOW',
      help: 'what 3/4/2000 means: mdy or dmy, or ymd for 00/3/4 (default: found out)',
    },
    { name: 'decimal', value: 'MARK', help: 'what stands before a fraction: . or , (default: found out)' },
    { name: 'header', help: 'the first row names the columns (default: found out)' },
    { name: 'no-header', help: 'the first row is data; columns are named 1, 2 …' },
    { name: 'missing', value: 'HOW', help: 'missing values: fail, skip the row, last, or interpolate (default: fail)' },
    { name: 'transform', value: 'NAME', help: `what is modelled: ${TRANSFORMS.join(', ')} (default: none)` },
    { name: 'units', value: 'WHICH', help: 'of all results: original, or transformed (default: original)' },
    { name: 'horizon', value: 'N', help: `steps ahead (default: ${HORIZON})` },
    {
      name: 'models',
      value: 'LIST',
      help: `all, or some of ${RUNGS.map(({ name }) => name).join(', ')} (default: all)`,
    },
    { name: 'period', value: 'N', help: 'steps of a season, for the seasonal model and MASE (default: none)' },
    { name: 'order', value: 'N', help: 'order of ar (default: the one with the least BIC)' },
    { name: 'hidden', value: 'N', help: 'units of rnn, gru and lstm (default: 32)' },
    { name: 'epochs', value: 'N', help: 'passes over the data, at most, to train them (default: 200)' },
    { name: 'seed', value: 'N', help: 'of their weights and simulated paths (default: 0)' },
    { name: 'seeds', value: 'N', help: 'train each network so often: mean and spread, and all as one (default: 1)' },
    { name: 'level', value: 'X', help: `probability of the intervals (default: ${LEVEL})` },
    { name: 'test', value: 'X', help: `share of the values that is forecast (default: ${TEST})` },
    { name: 'svg', value: 'FILE', output: true, help: 'draw the forecasts' },
    SVG_WIDTH,
    { name: 'output', value: 'FILE', output: true, help: 'write the forecasts beyond the end as CSV' },
    { name: 'save', value: 'FILE', output: true, help: 'write the last of rnn, gru and lstm for "hiddenstate run"' },
  ],
  examples: [
    'forecast prices.csv --column close --horizon 20 --models all --svg out.svg',
    'forecast co2.csv --column CO2 --period 12 --horizon 24 --svg co2.svg --output co2-next.csv',
    'forecast prices.csv --column close --transform volatility --models mean,ar,lstm --save lstm.safetensors',
    'forecast prices.csv --column close --transform returns --models ar,lstm --seeds 5',
  ],
  async run(args) {
    const path = args.operand as string;
    const transform = choice(args, 'transform', TRANSFORMS) ?? 'none';
    const units = choice(args, 'units', ['original', 'transformed'] as const) ?? 'original';
    const read = await readInput(path, args);
    checkTransform(read, transform, path, commandWording);
    // What cannot be undone is judged in its own units.
    const within = units === 'original' && recipeOf(transform).undo !== undefined;
    const series = within ? read : transformSeries(read, transform);
    const options = readLadderOptions(args);
    const protocol = readProtocol(args, series.values.length);
    const seeds = args.number('seeds', { least: 1, most: MOST_SEEDS, integer: true }) ?? 1;
    const models = args.text('models') ?? 'all';
    const { rungs, notes } = chooseSeriesRungs(
      models,
      options,
      protocol.start - (within && recipeOf(transform).usesBefore ? 1 : 0),
    );
    const [svg, output, save] = ['svg', 'output', 'save'].map((name) => args.text(name));
    if (save !== undefined && !rungs.some(({ kind }) => kind === 'latent')) {
      throw new CliError('--save: got no network among --models, expected rnn, gru or lstm');
    }
    const width = svgWidth(args);
    const files = await OutputFiles.at({ svg, output, save });
    writeErr(...describe(series, protocol), ...notes);
    const task = { values: series.values, protocol, options, transform: within ? transform : 'none', seeds } as const;
    const judged = await judge(rungs, task, models === 'all');
    await writeOut(`${scoreLines(judged, protocol).join('\n')}\n`);
    const saved = judged.findLast(({ network }) => network);
    if (save !== undefined && !saved) {
      throw new CliError('--save: got no network that could be trained, expected one');
    }
    await files.write('svg', () => drawForecasts(series, judged, `${series.name}, ${basename(path)}`, width));
    await files.write('output', () => forecastRows(judged, series));
    if (saved?.network && save !== undefined) {
      const { network } = saved;
      await files.write('save', () => network.save(describeSaved(read.name, transform, network)));
      writeErr(`${save}: the ${saved.label}${seeds > 1 ? ` of seed ${options.seed}` : ''}, fitted to all values`);
    }
    for (const { network } of judged) network?.dispose();
  },
};

/** One of some words. */
function choice<T extends string>(args: Arguments, name: string, words: readonly T[]): T | undefined {
  const given = args.text(name);
  if (given === undefined || words.includes(given as T)) return given as T | undefined;
  throw new CliError(`--${name}: got ${JSON.stringify(given)}, expected one of ${words.join(', ')}`);
}

async function readInput(path: string, args: Arguments): Promise<TimeSeries> {
  const where = args.text('where')?.match(/^([^=]+)=(.*)$/);
  if (where === null) {
    throw new CliError(`--where: got ${JSON.stringify(args.text('where'))}, expected NAME=VALUE, such as symbol=MSFT`);
  }
  return readSeries(path, {
    column: args.text('column'),
    date: args.text('date'),
    where: where && { name: where[1], value: where[2] },
    missing: choice<Missing>(args, 'missing', MISSING_WAYS) ?? 'fail',
    header: headerOption(args),
    dateOrder: choice<DateOrder>(args, 'date-order', DATE_ORDERS),
    decimal: choice<DecimalMark>(args, 'decimal', ['.', ',']),
  });
}

function readLadderOptions(args: Arguments): LadderOptions {
  return {
    period: args.number('period', { least: 2, most: 10_000, integer: true }),
    order: args.number('order', { least: 0, most: 10_000, integer: true }),
    hiddenSize: args.number('hidden', { least: 1, most: 4096, integer: true }),
    epochs: args.number('epochs', { least: 1, most: 1e6, integer: true }),
    seed: args.number('seed', { least: 0, most: 2 ** 32 - 1, integer: true }) ?? 0,
  };
}

function readProtocol(args: Arguments, count: number): Protocol {
  const options = {
    horizon: args.number('horizon', { least: 1, most: 10_000, integer: true }) ?? HORIZON,
    level: args.number('level', { least: 0.01, most: 0.999 }) ?? LEVEL,
    test: args.number('test', { least: 0.01, most: 0.9 }) ?? TEST,
    period: args.number('period', { least: 2, most: 10_000, integer: true }),
  };
  return rollingProtocol(count, options, commandWording);
}

function describe(series: TimeSeries, { start, stride, horizon, period }: Protocol): string[] {
  const { name, values, times, notes } = series;
  const span = times ? `, ${formatDate(times[0])} to ${formatDate(times[times.length - 1])}` : '';
  const every = stride === 1 ? 'every value' : `every ${stride} values`;
  return [
    `${name}: ${formatCount(values.length)} values${span}`,
    ...notes.map((note) => `  ${note}`),
    `fitted to the first ${formatCount(start)}; then ${horizon} steps ahead from ${every}`,
    `MASE: in units of the error of repeating ${period === 1 ? 'the last value' : `the value ${period} steps before`}`,
  ];
}

/** @param judged at least one */
function forecastRows(judged: readonly Judged[], { times }: TimeSeries): string {
  const { horizon } = { horizon: judged[0].forecast.mean.length };
  const dates = times && Array.from(nextTimes(times, horizon), formatDate);
  const rows = judged.flatMap(({ label, forecast: { mean, lower, upper } }) =>
    Array.from(mean, (value, h) => [label, h + 1, ...(dates ? [dates[h]] : []), value, lower[h], upper[h]].join(',')),
  );
  return `${[`model,step,${dates ? 'date,' : ''}mean,lower,upper`, ...rows].join('\n')}\n`;
}
