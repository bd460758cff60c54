import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { summary } from '../../index.js';
import type { Arguments } from '../arguments.js';
import { SVG_WIDTH, svgWidth } from '../chart/svg-width.js';
import { CliError } from '../cli-error.js';
import type { Command } from '../command.js';
import { statInput } from '../input-file.js';
import { OutputFiles } from '../output-file.js';
import { counted } from '../terminal/format.js';
import { writeErr, writeOut } from '../terminal/standard-output.js';
import { bestOf, described, drawLosses, type Trained, type TrainSettings } from '../train/run-fit.js';
import { Table } from '../train/table.js';
import { anomaly, type Columns, classification, regression } from '../train/tabular.js';
import { hasFolders, language, textClasses } from '../train/texts.js';

const TASKS = ['regression', 'classification', 'anomaly', 'language'] as const;
type Task = (typeof TASKS)[number];
const CELLS = ['lstm', 'gru', 'rnn'] as const;
const DEFAULTS = { hidden: 32, epochs: 30, rate: 0.005, batch: 16, steps: 32, test: 0.2, seed: 0 };

/** `hiddenstate train DATA` */
export const train: Command = {
  name: 'train',
  summary: 'train a first model on a CSV file or a folder of texts, without code',
  description: [
    'Trains a recurrent network and saves it with its scaling, for "hiddenstate run" and loadModel.',
    'A CSV file: regression tells a number and classification a word (--target) from the other',
    'columns of numbers and the rows before; anomaly scores how little each row was expected. A folder',
    'of texts, or a file: language learns to go on with them; classification tells the folder that a',
    'text is in, or without folders the file that a line is in. The last part is held out (of texts to',
    'be told apart some at random); the weights of the epoch that is best there are kept. The report',
    'goes to stdout.',
  ],
  operand: { name: 'DATA', help: 'CSV file in order of time, text file, or folder of texts' },
  options: [
    { name: 'task', value: 'NAME', help: `${TASKS.join(', ')} (default: what DATA and the target are)` },
    { name: 'target', value: 'NAME', help: 'column to learn' },
    { name: 'features', value: 'LIST', help: 'columns to learn from (default: all others of numbers)' },
    { name: 'ahead', value: 'N', help: 'rows from the features to the target (default: 0)' },
    { name: 'cell', value: 'NAME', help: `${CELLS.join(', ')} (default: lstm)` },
    { name: 'hidden', value: 'N', help: `units (default: ${DEFAULTS.hidden})` },
    { name: 'layers', value: 'N', help: 'recurrent layers (default: 1)' },
    { name: 'epochs', value: 'N', help: `passes over the data, at most (default: ${DEFAULTS.epochs})` },
    { name: 'rate', value: 'X', help: `learning rate of Adam (default: ${DEFAULTS.rate})` },
    { name: 'batch', value: 'N', help: `sequences of a batch (default: ${DEFAULTS.batch})` },
    { name: 'steps', value: 'N', help: `rows or characters a gradient goes back (default: ${DEFAULTS.steps})` },
    { name: 'test', value: 'X', help: `share that is held out (default: ${DEFAULTS.test})` },
    { name: 'seed', value: 'N', help: 'of weights and order (default: 0)' },
    { name: 'save', value: 'FILE', output: true, help: 'the model, as a safetensors file' },
    { name: 'svg', value: 'FILE', output: true, help: 'picture of the losses' },
    SVG_WIDTH,
    { name: 'history', value: 'FILE', output: true, help: 'losses and metrics of every epoch, as CSV' },
    { name: 'report', value: 'FILE', output: true, help: 'what stdout says, with the layers' },
    { name: 'output', value: 'FILE', output: true, help: 'score of every row, as CSV (anomaly)' },
  ],
  examples: [
    'train energy.csv --target load --save load.safetensors --svg losses.svg',
    'train names/ --task classification --save names.safetensors',
    'train sensors.csv --task anomaly --output scores.csv --save sensors.safetensors',
  ],
  async run(args) {
    const path = args.operand as string;
    const given = chooseTask(args, path);
    const paths = ['save', 'svg', 'history', 'report', 'output'].map((name) => [name, args.text(name)]);
    if (args.has('output') && given !== 'anomaly') {
      throw new CliError(
        `--output: got it for ${given ?? 'a column to learn'}, expected it with --task anomaly; "hiddenstate run" writes outputs`,
      );
    }
    const files = await OutputFiles.at(Object.fromEntries(paths) as Record<string, string | undefined>);
    const width = svgWidth(args);
    const settings = readSettings(args);
    const table = isTable(path, given) ? await told(Table.read(path)) : undefined;
    const task = given ?? taskOf(table as Table, args.text('target'));
    writeErr(`${task}: ${settings.cell} of ${settings.hidden} units, at most ${counted(settings.epochs, 'epoch')}`);
    const trained = await told(learn(task, table, path, args, settings));
    const best = bestOf(trained.history);
    const text = `${[
      ...trained.report,
      `kept: epoch ${best.epoch + 1} of ${trained.history.length}, ${trained.lossName} ${Number((best.validationLoss ?? best.loss).toPrecision(4))}`,
    ].join('\n')}\n`;
    await writeOut(text);
    await files.write('save', () => described(trained).save());
    await files.write('svg', () => drawLosses(`Losses of ${basename(path)}`, trained, width));
    await files.write('history', () => historyText(trained));
    await files.write('report', () => `${text}\n${summary(trained.model)}\n`);
    await files.write('output', () => `${(trained.rows ?? []).join('\n')}\n`);
    trained.model.dispose();
  },
};

/** The task that was asked for, or that the kind of data says; undefined where a table's target decides. */
function chooseTask(args: Arguments, path: string): Task | undefined {
  const given = args.text('task');
  if (given !== undefined && !TASKS.includes(given as Task)) {
    throw new CliError(`--task: got ${JSON.stringify(given)}, expected one of ${TASKS.join(', ')}`);
  }
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) statInput(path);
  const texts = isFolder || /\.(txt|md|text)$/i.test(path);
  const usual = texts ? (isFolder && hasFolders(path) ? 'classification' : 'language') : undefined;
  const task = (given as Task | undefined) ?? usual;
  if (isFolder && (task === 'regression' || task === 'anomaly')) {
    throw new CliError(`--task: got ${task} for a folder, expected language or classification, or a CSV file`);
  }
  return task;
}

function isTable(path: string, task: Task | undefined): boolean {
  return task !== 'language' && !statSync(path).isDirectory();
}

/** Numbers are told, words are told apart. What is no column is left to the task to refuse. */
function taskOf(table: Table, target: string | undefined): Task {
  const column = target === undefined ? -1 : table.names.indexOf(target);
  return column < 0 || table.isNumeric(column) ? 'regression' : 'classification';
}

async function learn(
  task: Task,
  table: Table | undefined,
  path: string,
  args: Arguments,
  settings: TrainSettings,
): Promise<Trained> {
  if (task === 'language') return language(path, settings);
  if (!table) return textClasses(path, settings);
  const features = args.text('features');
  const columns: Columns = {
    target: args.text('target'),
    features: features === undefined ? undefined : table.namesIn(features),
    ahead: args.number('ahead', { least: 0, most: 1e6, integer: true }),
  };
  if (task === 'anomaly') return anomaly(table, columns, settings);
  return (task === 'regression' ? regression : classification)(table, columns, settings);
}

/** What the data are wrong in is the user's to mend. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof CliError ? error : new CliError((error as Error).message);
  }
}

function readSettings(args: Arguments): TrainSettings {
  const cell = (args.text('cell') ?? 'lstm') as TrainSettings['cell'];
  if (!CELLS.includes(cell))
    throw new CliError(`--cell: got ${JSON.stringify(cell)}, expected one of ${CELLS.join(', ')}`);
  const count = (name: 'hidden' | 'epochs' | 'batch' | 'steps', most: number) =>
    args.number(name, { least: 1, most, integer: true }) ?? DEFAULTS[name];
  return {
    cell,
    hidden: count('hidden', 4096),
    layers: args.number('layers', { least: 1, most: 64, integer: true }) ?? 1,
    epochs: count('epochs', 1e6),
    rate: args.number('rate', { least: 1e-9, most: 10 }) ?? DEFAULTS.rate,
    batch: count('batch', 1e5),
    steps: count('steps', 1e5),
    test: args.number('test', { least: 0.01, most: 0.9 }) ?? DEFAULTS.test,
    seed: args.number('seed', { least: 0, most: 2 ** 32 - 1, integer: true }) ?? DEFAULTS.seed,
  };
}

function historyText({ history }: Trained): string {
  const names = Object.keys(history[0].metrics ?? {});
  const titles = ['epoch', 'loss', 'heldOut', ...names, ...names.map((name) => `heldOut_${name}`)];
  const rows = history.map(({ epoch, loss, validationLoss, metrics, validationMetrics }) =>
    [
      epoch + 1,
      loss,
      validationLoss ?? '',
      ...names.map((n) => metrics?.[n]),
      ...names.map((n) => validationMetrics?.[n]),
    ].join(','),
  );
  return `${[titles.join(','), ...rows].join('\n')}\n`;
}
