import { isOwnError } from '../../errors.js';
import type { OpenedModel } from '../../formats/files/index.js';
import type { Streaming } from '../../streaming.js';
import { CliError } from '../cli-error.js';
import type { SavedSeries } from '../forecast/saved-series.js';
import { counted, formatCount } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { takeTurn } from '../terminal/standard-output.js';
import { headerText, rowText } from './row-text.js';
import type { Row, Series } from './series.js';
import { runWhole, type WholeInput } from './whole-run.js';

/** Where text goes. */
export type Write = (text: string) => Promise<void>;

/** What takes a row and gives one of text. */
export interface Stepper {
  readonly outputSize: number;
  step(row: Row): string;
}

/** Rows through a stream. */
export function throughStream(stream: Streaming<unknown>): Stepper {
  const y = new Float32Array(stream.outputSize);
  return { outputSize: y.length, step: ({ values }) => rowText(stream.step(values, y)) };
}

/** Values through a network that `forecast` saved. The first rows may have no answer yet: a change needs two values. */
export function throughSaved(saved: SavedSeries): Stepper {
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

/** Rows of a file are written in pieces of so many characters; those of a pipe one by one, for they may be awaited. */
const PIECE = 1 << 16;

/** @returns how many rows were written; without any, nothing was */
export async function writeSteps(stepper: Stepper, series: Series, write: Write): Promise<number> {
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

/** An Embedding refuses a number that is none of its indices: that is a fault of the line. */
function step(stepper: Stepper, row: Row, at: string): string {
  try {
    return stepper.step(row);
  } catch (error) {
    throw new CliError(`${at}: ${(error as Error).message}`);
  }
}

/** Numbers that are kept for a model that is run once: as many as a gigabyte holds. */
const MOST_NUMBERS = 2 ** 28;

/**
 * Runs a model once on all rows.
 *
 * @param path of the model, for messages
 * @returns how many rows were read; without any, nothing was written
 */
export async function writeWhole(
  model: OpenedModel,
  input: WholeInput,
  series: Series,
  write: Write,
  path: string,
): Promise<number> {
  let numbers = new Float32Array(1024);
  let length = 0;
  let count = 0;
  for await (const { values } of series.rows) {
    if (length + values.length > MOST_NUMBERS) {
      throw new CliError(`${series.name}: got more than ${count} rows, expected fewer for a model that is run once`);
    }
    if (length + values.length > numbers.length) {
      const more = new Float32Array(2 * (length + values.length));
      more.set(numbers);
      numbers = more;
    }
    numbers.set(values, length);
    length += values.length;
    count++;
    await takeTurn();
  }
  if (count === 0) return 0;
  const rows = attempt(`${path}, on ${counted(count, 'row')}`, () =>
    runWhole(model, input, numbers.subarray(0, length), count),
  );
  await write(headerText(rows[0]?.length ?? 0));
  for (const row of rows) await write(rowText(row));
  return count;
}

function attempt<T>(at: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isOwnError(error)) throw error;
    throw new CliError(`${at}: ${error.message}`);
  }
}
