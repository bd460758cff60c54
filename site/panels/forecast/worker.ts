import { createEngine, type Engine } from 'hiddenstate';
import {
  describeTable,
  evaluate,
  type Follower,
  type Forecaster,
  forecasterOf,
  formatDate,
  nextTimes,
  parseSeries,
  RUNGS,
  type Rung,
  rollingProtocol,
  type TableColumn,
  type TimeSeries,
  transformValues,
} from 'hiddenstate/forecast';
import { LatentSeries, type SeriesModel } from 'hiddenstate/sequence';
import { answerWith } from '../shared/worker-server.js';
import { MOST_HORIZON, MOST_VALUES } from './limits.js';
import type { Choice, Judged, Read, Request, Task } from './messages.js';

answerWith<Request>((request) =>
  request.kind === 'read'
    ? read(request.text, request.name, request.choice)
    : judge(request.rung, request.seed, request.task),
);

function read(text: string, name: string, asked: Choice): Read {
  const columns = describeTable(text, name);
  const { series, choice } = choose(text, name, columns, asked);
  const { values, times } = series;
  const from = Math.max(0, values.length - MOST_VALUES);
  const count = (number: number) => number.toLocaleString('en');
  const notes = from > 0 ? [`the last ${count(MOST_VALUES)} of ${count(values.length)} values are used`] : [];
  const next = times && nextTimes(times, MOST_HORIZON);
  return {
    columns,
    choice,
    name: series.name,
    values: values.slice(from),
    times: times?.slice(from),
    next,
    dates: times &&
      next && {
        first: formatDate(times[from]),
        last: formatDate(times[times.length - 1]),
        next: Array.from(next, formatDate),
      },
    notes: [...notes, ...series.notes],
  };
}

/** As asked; else the first column of numbers, and where rows are of several series the first of those. */
function choose(
  text: string,
  name: string,
  columns: readonly TableColumn[],
  asked: Choice,
): { series: TimeSeries; choice: Choice } {
  const column = columns.some((each) => each.name === asked.column)
    ? asked.column
    : columns.find(({ kind }) => kind === 'number')?.name;
  const choice = { ...asked, column };
  const groups = columns.find(({ values }) => values && values.length > 1);
  try {
    return { series: parseSeries(text, choice, name), choice };
  } catch (error) {
    if (asked.where || !groups?.values) throw error;
    const where = { name: groups.name, value: groups.values[0] };
    return { series: parseSeries(text, { ...choice, where }, name), choice: { ...choice, where } };
  }
}

let engine: Engine | undefined;

/** Fits a model to what precedes the first origin, judges it from there on, then fits one to everything. */
async function judge(name: string, seed: number, task: Task): Promise<Judged> {
  const { values, transform } = task;
  const { period } = task.options;
  const protocol = rollingProtocol(values.length, task.options);
  if (transform === 'log' || transform === 'returns') assertPositive(values, transform);
  const rung = RUNGS.find((each) => each.name === name) as Rung;
  // The baseline build gives the same bits on every machine.
  engine ??= createEngine({ simd: 'baseline' });
  const options = { period, order: undefined, hiddenSize: undefined, epochs: undefined, seed, engine };
  const models: SeriesModel[] = [];
  const make = (part: Float64Array): Forecaster => {
    const model = rung.make(transformValues(part, transform), options);
    models.push(model);
    return forecasterOf(model, transform);
  };
  try {
    const known = make(values.subarray(0, protocol.start));
    const { mae, coverage, maeByStep, origins, latest } = await evaluate(known, values, protocol);
    const whole = make(values);
    await whole.fit(values);
    const next = ahead(whole.follow(), protocol.horizon, protocol.level);
    return { mae, coverage, maeByStep, origins, origin: latest.origin, latest: latest.forecast, next };
  } finally {
    for (const model of models) if (model instanceof LatentSeries) model.dispose();
  }
}

function assertPositive(values: Float64Array, transform: string): void {
  const wrong = values.findIndex((value) => value <= 0);
  if (wrong >= 0) throw new RangeError(`value ${wrong + 1} is ${values[wrong]}, expected one above 0 for ${transform}`);
}

function ahead(follower: Follower, horizon: number, level: number) {
  try {
    return follower.forecast(horizon, level);
  } finally {
    follower.dispose?.();
  }
}
