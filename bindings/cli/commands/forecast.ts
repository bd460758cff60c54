import { basename } from 'node:path';
import { LatentSeries, type SeriesModel } from '../../sequence/index.js';
import type { Arguments } from '../arguments.js';
import { CliError } from '../cli-error.js';
import type { Command } from '../command.js';
import { formatDate } from '../forecast/dates.js';
import { chooseSeriesRungs, type LadderOptions, type OnTraining, RUNGS, type Rung } from '../forecast/ladder.js';
import { type Drawn, drawForecasts } from '../forecast/picture.js';
import { type Missing, readSeries, type TimeSeries } from '../forecast/read-series.js';
import { evaluate, type Protocol } from '../forecast/rolling-origin.js';
import { TRANSFORMS, type Transform, transformSeries } from '../forecast/transforms.js';
import { OutputFiles } from '../output-file.js';
import { formatCount, formatNumber } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { writeErr, writeOut } from '../terminal/standard-output.js';
import { tableLines } from '../terminal/table.js';

const HORIZON = 10;
const TEST = 0.2;
const LEVEL = 0.95;
/** More origins than this say little more and take longer. */
const MOST_ORIGINS = 200;
const MISSING: readonly Missing[] = ['fail', 'skip', 'last'];

/** `hiddenstate forecast FILE` */
export const forecast: Command = {
  name: 'forecast',
  summary: 'forecast a column of a CSV file by every rung of the ladder, and compare them',
  description: [
    'Reads a series, fits every model to its first part, and forecasts from one origin after',
    'another in the rest, each time knowing only what came before. The table of errors goes to',
    'stdout: MAE, RMSE, MASE (below 1: better than the naive one-step forecast was in the first',
    'part), and how many values the intervals held. Afterwards each model is fitted to all',
    'values for the picture and for --output.',
  ],
  operand: { name: 'FILE', help: 'CSV file whose first row names the columns' },
  options: [
    { name: 'column', value: 'NAME', help: 'the series (default: the only column of numbers)' },
    { name: 'date', value: 'NAME', help: 'column of dates (default: the first that holds some)' },
    { name: 'where', value: 'NAME=VALUE', help: 'only rows whose column holds this value' },
    { name: 'missing', value: 'HOW', help: 'missing values: fail, skip the row, or take the last (default: fail)' },
    { name: 'transform', value: 'NAME', help: `${TRANSFORMS.join(', ')} (default: none)` },
    { name: 'horizon', value: 'N', help: `steps ahead (default: ${HORIZON})` },
    {
      name: 'models',
      value: 'LIST',
      help: `all, or some of ${RUNGS.map(({ name }) => name).join(',')} (default: all)`,
    },
    { name: 'period', value: 'N', help: 'steps of a season, for the seasonal model and for MASE (default: none)' },
    { name: 'order', value: 'N', help: 'order of ar (default: the one with the least BIC)' },
    { name: 'hidden', value: 'N', help: 'units of rnn, gru and lstm (default: 32)' },
    { name: 'epochs', value: 'N', help: 'passes over the data, at most, to train them (default: 200)' },
    { name: 'seed', value: 'N', help: 'of their weights and simulated paths (default: 0)' },
    { name: 'level', value: 'X', help: `probability of the intervals (default: ${LEVEL})` },
    { name: 'test', value: 'X', help: `share of the values that is forecast (default: ${TEST})` },
    { name: 'svg', value: 'FILE', output: true, help: 'draw the forecasts' },
    { name: 'output', value: 'FILE', output: true, help: 'write the forecasts beyond the end as CSV' },
    { name: 'save', value: 'FILE', output: true, help: 'write the last of rnn, gru and lstm for "hiddenstate run"' },
  ],
  examples: [
    'forecast prices.csv --column close --horizon 20 --models all --svg out.svg',
    'forecast co2.csv --column CO2 --period 12 --horizon 24 --svg co2.svg --output co2-next.csv',
    'forecast prices.csv --column close --transform volatility --models mean,ar,lstm --save lstm.safetensors',
  ],
  async run(args) {
    const path = args.operand as string;
    const series = await readInput(path, args);
    const options = readLadderOptions(args);
    const protocol = readProtocol(args, series.values.length);
    const models = args.text('models') ?? 'all';
    const { rungs, notes } = chooseSeriesRungs(models, options, protocol.start);
    const [svg, output, save] = ['svg', 'output', 'save'].map((name) => args.text(name));
    if (save !== undefined && !rungs.some(({ kind }) => kind === 'latent')) {
      throw new CliError('--save: got no network among --models, expected rnn, gru or lstm');
    }
    const files = new OutputFiles({ svg, output, save });
    writeErr(...describe(series, protocol), ...notes);
    const drawn = await judge(rungs, series, protocol, options, models === 'all');
    await writeOut(`${scoreLines(drawn, protocol).join('\n')}\n`);
    const network = drawn.findLast(({ model }) => model instanceof LatentSeries)?.model as LatentSeries | undefined;
    if (save !== undefined && !network) {
      throw new CliError('--save: got no network that could be trained, expected one');
    }
    await files.write('svg', () => drawForecasts(series, drawn, `${series.name}, ${basename(path)}`));
    await files.write('output', () => forecastRows(drawn));
    if (network) await files.write('save', () => network.save({ series: series.name }));
  },
};

async function readInput(path: string, args: Arguments): Promise<TimeSeries> {
  const missing = args.text('missing') ?? 'fail';
  if (!MISSING.includes(missing as Missing)) {
    throw new CliError(`--missing: got ${JSON.stringify(missing)}, expected one of ${MISSING.join(', ')}`);
  }
  const transform = args.text('transform') ?? 'none';
  if (!TRANSFORMS.includes(transform as Transform)) {
    throw new CliError(`--transform: got ${JSON.stringify(transform)}, expected one of ${TRANSFORMS.join(', ')}`);
  }
  const where = args.text('where')?.match(/^([^=]+)=(.*)$/);
  if (where === null) {
    throw new CliError(`--where: got ${JSON.stringify(args.text('where'))}, expected NAME=VALUE, such as symbol=MSFT`);
  }
  const series = await readSeries(path, {
    column: args.text('column'),
    date: args.text('date'),
    where: where && { name: where[1], value: where[2] },
    missing: missing as Missing,
  });
  return transformSeries(series, transform as Transform, path);
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
  const horizon = args.number('horizon', { least: 1, most: 10_000, integer: true }) ?? HORIZON;
  const level = args.number('level', { least: 0.01, most: 0.999 }) ?? LEVEL;
  const test = args.number('test', { least: 0.01, most: 0.9 }) ?? TEST;
  const period = args.number('period', { least: 2, most: 10_000, integer: true }) ?? 1;
  const start = Math.min(count - horizon, Math.floor(count * (1 - test)));
  if (start < Math.max(10, 2 * period)) {
    throw new CliError(
      `got ${count} values for --horizon ${horizon} and --test ${test}${period > 1 ? ` and --period ${period}` : ''}, expected at least ${Math.max(10, 2 * period)} to learn from before the first origin; shorten the horizon or give more data`,
    );
  }
  const stride = Math.max(1, Math.ceil((count - horizon - start + 1) / MOST_ORIGINS));
  return { start, stride, horizon, level, period };
}

function describe({ name, values, times, notes }: TimeSeries, { start, stride, horizon }: Protocol): string[] {
  const span = times ? `, ${formatDate(times[0])} to ${formatDate(times[times.length - 1])}` : '';
  const every = stride === 1 ? 'every value' : `every ${stride} values`;
  return [
    `${name}: ${formatCount(values.length)} values${span}`,
    ...notes.map((note) => `  ${note}`),
    `fitted to the first ${formatCount(start)}; then ${horizon} steps ahead from ${every}`,
  ];
}

interface Judged extends Drawn {
  /** Fitted to all values. */
  readonly model: SeriesModel;
}

/**
 * Fits and judges one model after the other; each is then fitted to everything.
 *
 * @param lenient whether a model that these values are nothing for (a constant series has no autoregression) is left out with
 *   a note, as long as another one is left
 */
async function judge(
  rungs: readonly Rung[],
  series: TimeSeries,
  protocol: Protocol,
  options: LadderOptions,
  lenient: boolean,
): Promise<Judged[]> {
  const { values } = series;
  const progress = new Progress('forecasting');
  const drawn: Judged[] = [];
  for (const [i, rung] of rungs.entries()) {
    // A rung is trained, evaluated, and trained again.
    const show = (part: number) => (share: number) =>
      progress.update((i + (part + share) / 3) / rungs.length, () => rung.name);
    try {
      const known = values.subarray(0, protocol.start);
      const score = await scoreOf(rung.make(known, options, show(0)), values, protocol, show(1));
      const model = await rung.make(values, options, show(2)).fit(values);
      const forecast = model.forecast(protocol.horizon, { level: protocol.level });
      drawn.push({ label: rung.name, score, forecast, model });
    } catch (error) {
      const why = `${rung.name}: ${(error as Error).message}`;
      const isLast = drawn.length === 0 && i === rungs.length - 1;
      if (!lenient || isLast) throw error instanceof CliError ? error : new CliError(why);
      progress.clear();
      writeErr(`left out: ${why}`);
    } finally {
      progress.clear();
    }
  }
  return drawn;
}

async function scoreOf(model: SeriesModel, values: Float64Array, protocol: Protocol, onShare: OnTraining) {
  try {
    return await evaluate(model, values, protocol, (done, all) => onShare(done / all));
  } finally {
    if (model instanceof LatentSeries) model.dispose();
  }
}

function scoreLines(drawn: readonly Drawn[], { horizon, level }: Protocol): string[] {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const columns = [
    { title: 'model', align: 'left' } as const,
    ...['MAE', 'RMSE', 'MASE', `${Math.round(level * 1000) / 10} % held`].map(right),
    ...['MAE 1 step', ...(horizon > 1 ? [`${horizon} steps`] : []), 'fit s', 'forecast ms'].map(right),
  ];
  const rows = drawn.map(({ label, score }) => [
    label,
    ...[score.mae, score.rmse, score.mase].map(digits),
    `${(100 * score.coverage).toFixed(1)} %`,
    digits(score.maeByStep[0]),
    ...(horizon > 1 ? [digits(score.maeByStep[horizon - 1])] : []),
    formatNumber(score.fitSeconds),
    formatNumber(score.forecastMilliseconds),
  ]);
  return tableLines(columns, rows);
}

/** Four digits that count, as errors are compared. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Math.abs(value) >= 1e5 || (Math.abs(value) < 1e-3 && value !== 0)
    ? value.toExponential(3)
    : String(Number(value.toPrecision(4)));
}

function forecastRows(drawn: readonly Drawn[]): string {
  const rows = drawn.flatMap(({ label, forecast: { mean, lower, upper } }) =>
    Array.from(mean, (value, h) => [label, h + 1, value, lower[h], upper[h]].join(',')),
  );
  return `${['model,step,mean,lower,upper', ...rows].join('\n')}\n`;
}
