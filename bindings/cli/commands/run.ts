import type { Stream } from '../../index.js';
import { CliError } from '../cli-error.js';
import type { Command } from '../command.js';
import { SavedSeries } from '../forecast/saved-series.js';
import { headerOption } from '../header-option.js';
import { loadModelFile } from '../input-file.js';
import { OutputFile } from '../output-file.js';
import { headerText, rowText } from '../run/row-text.js';
import { openColumn, openSeries, type Row, type Series } from '../run/series.js';
import { counted, formatCount, formatDuration } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { takeTurn, writeErr, writeOut } from '../terminal/standard-output.js';

/** `hiddenstate run MODEL` */
export const run: Command = {
  name: 'run',
  summary: 'send the rows of a CSV file through a model, one row a step',
  description: [
    'Sends the rows of a CSV file through a model, one after the other: each row is one',
    'step, and the state goes on from row to row. Writes one row of outputs y0, y1 … for',
    'each. Files of any length are read and written as a stream; FILE appears only whole.',
    'A network that "forecast" saved takes values of the series and gives the next ones: what it',
    'was trained on, such as changes or logarithms, is made of them and undone.',
  ],
  operand: { name: 'MODEL', help: 'file of Sequential.save' },
  options: [
    { name: 'input', value: 'FILE', help: 'CSV of numbers, a column for each input of the model; - reads stdin' },
    { name: 'output', value: 'FILE', output: true, help: 'CSV of the outputs (default: stdout)' },
    { name: 'column', value: 'NAME', help: 'of a CSV with other columns, for a model of one input' },
    { name: 'header', help: 'the first row names the columns (default: if it holds no number)' },
    { name: 'no-header', help: 'the first row is data' },
  ],
  examples: ['run model.safetensors --input series.csv --output out.csv'],
  async run(args) {
    const input = args.text('input');
    if (!input) throw new CliError('no --input given; name a CSV file, or - for stdin');
    const header = headerOption(args);
    const path = args.operand as string;
    const model = loadModelFile(path);
    const saved = SavedSeries.of(model, path);
    const column = args.text('column');
    if (column !== undefined && model.inputSize !== 1) {
      throw new CliError(`--column: got one column for a model of ${model.inputSize} inputs, expected a model of one`);
    }
    const series =
      column === undefined ? openSeries(input, model.inputSize, header) : await openColumn(input, column, header);
    if (saved) writeErr(saved.note);
    const begin = performance.now();
    const rows = await runTo(args.text('output'), saved ? throughSaved(saved) : throughStream(model.stream()), series);
    if (rows === 0) throw new CliError(`${series.name}: got no rows of numbers, expected at least one`);
    const seconds = (performance.now() - begin) / 1000;
    writeErr(
      `${counted(rows, 'row')} in ${formatDuration(seconds)}, ${formatCount(Math.round(rows / seconds))} rows/s`,
    );
  },
};

/** @returns how many rows were written; without any, nothing was */
async function runTo(output: string | undefined, stepper: Stepper, series: Series): Promise<number> {
  if (output === undefined) return writeOutputs(stepper, series, writeOut);
  const file = new OutputFile(output);
  try {
    const rows = await writeOutputs(stepper, series, async (text) => file.write(text));
    if (rows > 0) file.commit();
    return rows;
  } finally {
    file.discard();
  }
}

/** Rows of a file are written in pieces of so many characters; those of a pipe one by one, for they may be awaited. */
const PIECE = 1 << 16;

async function writeOutputs(stepper: Stepper, series: Series, write: (text: string) => Promise<void>): Promise<number> {
  const piece = series.fraction() === undefined ? 1 : PIECE;
  const progress = new Progress('running');
  let rows = 0;
  let text = headerText(stepper.outputSize);
  try {
    for await (const row of series.rows) {
      text += step(stepper, row, `${series.name}: line ${row.line}`);
      rows++;
      progress.update(series.fraction(), () => `${formatCount(rows)} rows`);
      await takeTurn();
      if (text.length < piece) continue;
      await write(text);
      text = '';
    }
  } finally {
    progress.clear();
  }
  if (rows > 0 && text !== '') await write(text);
  return rows;
}

/** What takes a row and gives one of text. */
interface Stepper {
  readonly outputSize: number;
  step(row: Row): string;
}

function throughStream(stream: Stream): Stepper {
  const y = new Float32Array(stream.outputSize);
  return { outputSize: y.length, step: ({ values }) => rowText(stream.step(values, y)) };
}

/** The first rows may have no answer yet: a change needs two values. */
function throughSaved(saved: SavedSeries): Stepper {
  const { outputSize } = saved;
  const none = `${','.repeat(outputSize - 1)}\n`;
  return {
    outputSize,
    step({ exact }) {
      const y = saved.step(exact[0]);
      return y ? `${y.map((value) => Number(value.toPrecision(9))).join(',')}\n` : none;
    },
  };
}

/** An Embedding refuses a number that is none of its indices: that is a fault of the line. */
function step(stepper: Stepper, row: Row, at: string): string {
  try {
    return stepper.step(row);
  } catch (error) {
    throw new CliError(`${at}: ${(error as Error).message}`);
  }
}
