import type { Arguments } from '../arguments.js';
import { CliError, oneLine } from '../cli-error.js';
import type { Command } from '../command.js';
import { SavedSeries } from '../forecast/saved-series.js';
import { headerOption } from '../header-option.js';
import {
  ANY_MODEL,
  LAYERS,
  layersOption,
  type ModelFile,
  openModelFile,
  readModelFile,
  savedModel,
} from '../model-file.js';
import { OutputFile } from '../output-file.js';
import { openColumn, openSeries, type Series } from '../run/series.js';
import { wayOf } from '../run/whole-run.js';
import { throughSaved, throughStream, type Write, writeSteps, writeWhole } from '../run/write-rows.js';
import { counted, formatCount, formatDuration } from '../terminal/format.js';
import { writeErr, writeOut } from '../terminal/standard-output.js';

/** `hiddenstate run MODEL` */
export const run: Command = {
  name: 'run',
  summary: 'send the rows of a CSV file through a model, one row a step',
  description: [
    'Sends the rows of a CSV file through a model, one after the other: each row is one',
    'step, and the state goes on from row to row. Writes one row of outputs y0, y1 … for',
    'each. Files of any length are read and written as a stream; FILE appears only whole.',
    'A model that must see the whole sequence is run once on all rows.',
    'A network that "forecast" saved takes values of the series and gives the next ones: what it',
    'was trained on, such as changes or logarithms, is made of them and undone.',
  ],
  operand: { name: 'MODEL', help: ANY_MODEL },
  options: [
    { name: 'input', value: 'FILE', help: 'CSV of numbers, a column for each input of the model; - reads stdin' },
    { name: 'output', value: 'FILE', output: true, help: 'CSV of the outputs (default: stdout)' },
    { name: 'column', value: 'NAME', help: 'of a CSV with other columns, for a model of one input' },
    { name: 'header', help: 'the first row names the columns (default: if it holds no number)' },
    { name: 'no-header', help: 'the first row is data' },
    LAYERS,
  ],
  examples: [
    'run model.safetensors --input series.csv --output out.csv',
    'run checkpoint.pt --layers rec,head --input series.csv',
  ],
  async run(args) {
    const input = args.text('input');
    if (!input) throw new CliError('no --input given; name a CSV file, or - for stdin');
    headerOption(args);
    const file = await readModelFile(args.operand as string);
    const { columns, rowsOf } = await prepared(file, layersOption(args.text('layers')));
    const series = await seriesOf(input, columns, args);
    const begin = performance.now();
    const rows = await writeTo(args.text('output'), (write) => rowsOf(series, write));
    if (rows === 0) throw new CliError(`${series.name}: got no rows of numbers, expected at least one`);
    const seconds = (performance.now() - begin) / 1000;
    writeErr(
      `${counted(rows, 'row')} in ${formatDuration(seconds)}, ${formatCount(Math.round(rows / seconds))} rows/s`,
    );
  },
};

/** A model that is ready for rows. */
interface Prepared {
  /** Numbers of a row; undefined where it takes any. */
  readonly columns: number | undefined;
  /** @returns how many rows there were; without any, nothing is written */
  rowsOf(series: Series, write: Write): Promise<number>;
}

async function prepared(file: ModelFile, layers: readonly string[] | undefined): Promise<Prepared> {
  const { path, format } = file;
  const sequential = layers ? undefined : savedModel(file);
  const saved = sequential && SavedSeries.of(sequential, path);
  if (saved) {
    writeErr(saved.note);
    return { columns: 1, rowsOf: (series, write) => writeSteps(throughSaved(saved), series, write) };
  }
  sequential?.dispose();
  const model = await openModelFile(file, layers);
  const way = wayOf(model, format, path);
  if ('stream' in way) {
    const { stream } = way;
    return {
      columns: stream.inputSize,
      rowsOf: (series, write) => writeSteps(throughStream(stream), series, write),
    };
  }
  const { whole, why } = way;
  writeErr(oneLine(`run once on all rows, for it takes no steps: ${why}`));
  return { columns: whole.columns, rowsOf: (series, write) => writeWhole(model, whole, series, write, path) };
}

async function seriesOf(input: string, columns: number | undefined, args: Arguments): Promise<Series> {
  const header = headerOption(args);
  const column = args.text('column');
  if (column === undefined) return openSeries(input, columns, header);
  if (columns !== undefined && columns !== 1) {
    throw new CliError(`--column: got one column for a model of ${columns} inputs, expected a model of one`);
  }
  return openColumn(input, column, header);
}

/** @returns how many rows were written; without any, nothing was */
async function writeTo(output: string | undefined, work: (write: Write) => Promise<number>): Promise<number> {
  if (output === undefined) return work(writeOut);
  const file = new OutputFile(output);
  try {
    const rows = await work(async (text) => file.write(text));
    if (rows > 0) await file.commit();
    return rows;
  } finally {
    await file.discard();
  }
}
