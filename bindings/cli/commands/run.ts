import type { Stream } from '../../index.js';
import type { Arguments } from '../arguments.js';
import { CliError } from '../cli-error.js';
import type { Command } from '../command.js';
import { loadModelFile } from '../input-file.js';
import { OutputFile } from '../output-file.js';
import { headerText, rowText } from '../run/row-text.js';
import { openSeries, type Series } from '../run/series.js';
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
  ],
  operand: { name: 'MODEL', help: 'file of Sequential.save' },
  options: [
    { name: 'input', value: 'FILE', help: 'CSV of numbers, a column for each input of the model; - reads stdin' },
    { name: 'output', value: 'FILE', output: true, help: 'CSV of the outputs (default: stdout)' },
    { name: 'header', help: 'the first row names the columns (default: if it holds no number)' },
    { name: 'no-header', help: 'the first row is data' },
  ],
  examples: ['run model.safetensors --input series.csv --output out.csv'],
  async run(args) {
    const input = args.text('input');
    if (!input) throw new CliError('no --input given; name a CSV file, or - for stdin');
    const header = headerOption(args);
    const stream = loadModelFile(args.operand as string).stream();
    const series = openSeries(input, stream.inputSize, header);
    const begin = performance.now();
    const rows = await runTo(args.text('output'), stream, series);
    if (rows === 0) throw new CliError(`${series.name}: got no rows of numbers, expected at least one`);
    const seconds = (performance.now() - begin) / 1000;
    writeErr(
      `${counted(rows, 'row')} in ${formatDuration(seconds)}, ${formatCount(Math.round(rows / seconds))} rows/s`,
    );
  },
};

function headerOption(args: Arguments): boolean | undefined {
  const [header, noHeader] = [args.has('header'), args.has('no-header')];
  if (header && noHeader) throw new CliError('got --header and --no-header, expected one of them at most');
  return header || noHeader ? header : undefined;
}

/** @returns how many rows were written; without any, nothing was */
async function runTo(output: string | undefined, stream: Stream, series: Series): Promise<number> {
  if (output === undefined) return writeOutputs(stream, series, writeOut);
  const file = new OutputFile(output);
  try {
    const rows = await writeOutputs(stream, series, async (text) => file.write(text));
    if (rows > 0) file.commit();
    return rows;
  } finally {
    file.discard();
  }
}

/** Rows of a file are written in pieces of so many characters; those of a pipe one by one, for they may be awaited. */
const PIECE = 1 << 16;

async function writeOutputs(stream: Stream, series: Series, write: (text: string) => Promise<void>): Promise<number> {
  const piece = series.fraction() === undefined ? 1 : PIECE;
  const y = new Float32Array(stream.outputSize);
  const progress = new Progress('running');
  let rows = 0;
  let text = headerText(stream.outputSize);
  try {
    for await (const { line, values } of series.rows) {
      step(stream, values, y, `${series.name}: line ${line}`);
      text += rowText(y);
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

/** An Embedding refuses a number that is none of its indices: that is a fault of the line. */
function step(stream: Stream, x: Float32Array, y: Float32Array, at: string): void {
  try {
    stream.step(x, y);
  } catch (error) {
    throw new CliError(`${at}: ${(error as Error).message}`);
  }
}
