import { Linear, Scaler, Sequential, type Tensor } from '../../index.js';
import { crossEntropy, gaussianNLL, mse, windows } from '../../train/index.js';
import { CliError } from '../cli-error.js';
import { counted, formatCount } from '../terminal/format.js';
import { writeErr } from '../terminal/standard-output.js';
import { makeCell } from './make-cell.js';
import { bestOf, runFit, type Trained, type TrainSettings } from './run-fit.js';
import type { Table } from './table.js';

/** Which columns are learnt from, and which is to be told. */
export interface Columns {
  readonly target: string | undefined;
  readonly features: readonly string[] | undefined;
  /** Rows from the features to the target they are to tell. */
  readonly ahead: number | undefined;
}

/** Fewer rows teach a network nothing. */
const LEAST = 40;
/** Share of the rows, by their scores in the first part, that counts as usual. */
const USUAL = 0.995;

/** Learns to tell a number from the rows up to it. */
export async function regression(table: Table, columns: Columns, settings: TrainSettings): Promise<Trained> {
  const target = requireTarget(table, columns);
  const values = table.numbers(table.place(target, '--target'));
  const names = featureNames(table, columns, columns.ahead ? [] : [target]);
  const ahead = columns.ahead ?? 0;
  const { x, y, cut } = split(table, names, values, ahead, settings);
  const [first] = y.data;
  if (y.data.subarray(0, cut).every((value) => value === first)) {
    throw new CliError(`${target}: got ${first} in all rows to learn from, expected a target that changes`);
  }
  const scaler = Scaler.fit(part(x, 0, cut));
  const scaleY = Scaler.fit(part(y, 0, cut));
  const head = new Linear({ inFeatures: settings.hidden, outFeatures: 1, seed: settings.seed + 1 });
  const model = new Sequential([scaler, makeCell(names.length, settings), head]);
  const scaled = scaleY.forward(y);
  const history = await runFit(model, ...batchesOf(x, scaled, cut, settings), settings, mse(), ['mae']);
  const whole = new Sequential([...model.modules, scaleY.inverted()]);
  const said = whole.forward(x).output.data;
  const mean = scaleY.stateDict().mean.data[0];
  const errors = errorsOf(y.data, (row) => said[row], cut);
  const plain = errorsOf(y.data, () => mean, cut);
  const last = errorsOf(y.data, (row) => y.data[row - 1], cut);
  return {
    model: whole,
    metadata: { task: 'regression', columns: JSON.stringify(names), target, ahead: String(ahead) },
    history,
    lossName: 'squared error, scaled',
    report: [
      rowsLine(table, cut),
      `${target}${ahead ? `, ${ahead} rows ahead` : ''} from ${names.join(', ')}`,
      `held out: mean absolute error ${digits(errors.mae)}, root mean square ${digits(errors.rmse)}`,
      `beside it: the mean ${digits(plain.mae)} and ${digits(plain.rmse)}, the value before ${digits(last.mae)} and ${digits(last.rmse)}`,
    ],
  };
}

/** Learns to tell a word from the rows up to it. */
export async function classification(table: Table, columns: Columns, settings: TrainSettings): Promise<Trained> {
  const target = requireTarget(table, columns);
  const words = table.words(table.place(target, '--target'));
  const classes = [...new Set(words)].sort();
  checkClasses(classes, table.count, target);
  const names = featureNames(table, columns, [target]);
  const labels = Float64Array.from(words, (word) => classes.indexOf(word));
  const { x, y: rows, cut } = split(table, names, labels, columns.ahead ?? 0, settings);
  const y = { data: rows.data, dims: [rows.data.length] };
  const unseen = classes.filter((_, k) => !rows.data.subarray(0, cut).includes(k));
  if (unseen.length > 0) writeErr(`  only in the part held out, and so not learnt: ${unseen.slice(0, 8).join(', ')}`);
  const model = new Sequential([
    Scaler.fit(part(x, 0, cut)),
    makeCell(names.length, settings),
    new Linear({ inFeatures: settings.hidden, outFeatures: classes.length, seed: settings.seed + 1 }),
  ]);
  const history = await runFit(model, ...batchesOf(x, y, cut, settings), settings, crossEntropy(), ['accuracy', 'f1']);
  return {
    model,
    metadata: { task: 'classification', columns: JSON.stringify(names), target, classes: JSON.stringify(classes) },
    history,
    lossName: 'cross-entropy',
    report: [
      rowsLine(table, cut),
      `${target} from ${names.join(', ')}`,
      ...classLines(history, classes, y.data.subarray(cut)),
    ],
  };
}

/** Learns what comes next, and scores each row by how little it was expected. */
export async function anomaly(table: Table, columns: Columns, settings: TrainSettings): Promise<Trained> {
  const names = featureNames(table, columns, []);
  const width = names.length;
  const x = matrixOf(table, names);
  const cut = cutOf(table.count, settings);
  const scaler = Scaler.fit(part(x, 0, cut));
  const scaled = scaler.forward(x);
  const model = new Sequential([
    makeCell(width, settings),
    new Linear({ inFeatures: settings.hidden, outFeatures: 2 * width, seed: settings.seed + 1 }),
  ]);
  const cutWindows = (from: number, to: number, shuffle?: number) =>
    windows(part(scaled, from, to), {
      ...windowOptions(to - from, settings),
      ...(shuffle !== undefined && { shuffle }),
    });
  const loss = gaussianNLL({ variance: 'exp' });
  const history = await runFit(
    model,
    cutWindows(0, cut, settings.seed),
    cutWindows(cut, table.count),
    settings,
    loss,
    [],
  );
  const whole = new Sequential([scaler, ...model.modules]);
  const scores = scoresOf(whole.forward(x).output.data, scaled.data, width);
  const threshold = quantileOf(scores.slice(1, cut), USUAL);
  const order = scores.map((score, row) => ({ score, row })).sort((a, b) => b.score - a.score);
  const flagged = scores.filter((score) => score > threshold).length;
  return {
    model: whole,
    metadata: {
      ...{ task: 'anomaly', columns: JSON.stringify(names), threshold: String(threshold) },
      output: 'means of the next row, scaled; then logarithms of the variances',
    },
    history,
    lossName: 'negative log density',
    report: [
      rowsLine(table, cut),
      `score of a row: −log density of ${names.join(', ')}, given the rows before it; above ${digits(threshold)}, as ${(100 * (1 - USUAL)).toFixed(1)} % of the rows learnt from are, it is flagged`,
      `${counted(flagged, 'row')} flagged; the least expected:`,
      ...order.slice(0, 10).map(({ score, row }) => `  line ${table.lineOf(row)}: ${digits(score)}`),
    ],
    rows: [
      'line,score,flagged',
      ...scores.map((score, row) => `${table.lineOf(row)},${score},${Number(score > threshold)}`),
    ],
  };
}

/** Accuracy beside that of the most frequent class. */
export function classLines(history: Trained['history'], classes: readonly string[], held: Float32Array): string[] {
  const { validationMetrics = {} } = bestOf(history);
  const counts = classes.map((_, k) => held.filter((label) => label === k).length);
  const most = Math.max(...counts) / held.length;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    `classes: ${classes.length} (${classes.slice(0, 8).join(', ')}${classes.length > 8 ? ' …' : ''})`,
    `held out: accuracy ${percent(validationMetrics.accuracy)}, F1 ${digits(validationMetrics.f1)}`,
    `beside it: always the most frequent class ${percent(most)}`,
  ];
}

/** @throws {CliError} if there is nothing to tell apart */
export function checkClasses(classes: readonly string[], count: number, target: string): void {
  if (classes.length === 1) {
    throw new CliError(`${target}: got one class, ${JSON.stringify(classes[0])}, expected at least two to tell apart`);
  }
  if (classes.length > Math.max(2, count / 4)) {
    throw new CliError(
      `${target}: got ${classes.length} classes in ${count} rows, expected at least four rows a class; is it a number? Say --task regression`,
    );
  }
}

/** Four digits that count. */
export function digits(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function requireTarget(table: Table, { target }: Columns): string {
  if (target !== undefined) return target;
  throw new CliError(`no --target given; name the column to learn, one of ${table.names.slice(0, 12).join(', ')}`);
}

function featureNames(table: Table, { features }: Columns, without: readonly string[]): readonly string[] {
  const numeric = features ?? table.names.filter((name, i) => !without.includes(name) && table.isNumeric(i));
  const still = numeric.filter((name) => isConstant(table.numbers(table.place(name, '--features'))));
  const names = numeric.filter((name) => !still.includes(name));
  if (still.length > 0 && (features || names.length === 0)) {
    throw new CliError(
      `${still.join(', ')}: got the same value in every row, expected columns that change to learn from`,
    );
  }
  if (still.length > 0) writeErr(`  left out, the same value in every row: ${still.join(', ')}`);
  if (names.length > 0) return names;
  throw new CliError(
    'got no column of numbers to learn from, expected one besides the target; to go on from the target itself say --ahead 1',
  );
}

function isConstant(values: Float64Array): boolean {
  return values.every((value) => value === values[0]);
}

function matrixOf(table: Table, names: readonly string[]): Tensor {
  const columns = names.map((name) => table.numbers(table.place(name, '--features')));
  const data = new Float32Array(table.count * names.length);
  columns.forEach((column, i) => {
    column.forEach((value, row) => {
      data[row * names.length + i] = value;
    });
  });
  return { data, dims: [table.count, names.length] };
}

function split(table: Table, names: readonly string[], target: Float64Array, ahead: number, settings: TrainSettings) {
  const all = matrixOf(table, names);
  const count = table.count - ahead;
  const x = part(all, 0, Math.max(0, count));
  const y = { data: Float32Array.from(target.subarray(ahead)), dims: [Math.max(0, count), 1] };
  return { x, y, cut: cutOf(count, settings) };
}

function cutOf(count: number, { test }: TrainSettings): number {
  if (count < LEAST)
    throw new CliError(`got ${counted(Math.max(0, count), 'row')}, expected at least ${LEAST} to learn from`);
  return Math.floor(count * (1 - test));
}

function part({ data, dims: [, width = 1], dims }: Tensor, from: number, to: number): Tensor {
  return { data: data.subarray(from * width, to * width), dims: [to - from, ...dims.slice(1)] };
}

function windowOptions(count: number, { steps, batch }: TrainSettings) {
  const fitting = Math.max(1, Math.min(steps, Math.floor(count / 4)));
  return { steps: fitting, batch, stride: Math.max(1, Math.floor(fitting / 2)) };
}

function batchesOf(x: Tensor, y: Tensor, cut: number, settings: TrainSettings) {
  const count = x.dims[0];
  const first = windowOptions(cut, settings);
  return [
    windows(part(x, 0, cut), { ...first, shuffle: settings.seed }, part(y, 0, cut)),
    windows(part(x, cut, count), windowOptions(count - cut, settings), part(y, cut, count)),
  ] as const;
}

function errorsOf(truth: Float32Array, said: (row: number) => number, from: number) {
  let [sum, squares] = [0, 0];
  for (let row = from; row < truth.length; row++) {
    const d = said(row) - truth[row];
    sum += Math.abs(d);
    squares += d * d;
  }
  const count = truth.length - from;
  return { mae: sum / count, rmse: Math.sqrt(squares / count) };
}

/** −log density of each row given what came before; 0 of the first, which nothing precedes. */
function scoresOf(said: Float32Array, rows: Float32Array, width: number): number[] {
  return Array.from({ length: rows.length / width }, (_, row) => {
    if (row === 0) return 0;
    let score = 0;
    for (let i = 0; i < width; i++) {
      const at = (row - 1) * 2 * width;
      const [mean, log] = [said[at + i], said[at + width + i]];
      score += 0.5 * (Math.log(2 * Math.PI) + log + (rows[row * width + i] - mean) ** 2 / Math.exp(log));
    }
    return score;
  });
}

function quantileOf(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];
}

function rowsLine(table: Table, cut: number): string {
  return `${formatCount(table.count)} rows, ${formatCount(cut)} to learn from, the rest held out`;
}
