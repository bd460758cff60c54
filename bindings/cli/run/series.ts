import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { DECIMAL } from '../../text.js';
import { CliError } from '../cli-error.js';
import { readRecords } from '../csv/records.js';
import { readSeries } from '../forecast/read-series.js';
import { statInput } from '../input-file.js';
import { counted } from '../terminal/format.js';

/** One row of a series. */
export interface Row {
  /** Where it stands in the file, from 1. */
  readonly line: number;
  /** Its numbers, rounded to float32. The next row overwrites them. */
  readonly values: Float32Array;
  /** The same, not rounded. */
  readonly exact: Float64Array;
}

/** A CSV file of numbers, read row by row. */
export interface Series {
  /** What messages call it. */
  readonly name: string;
  readonly rows: AsyncGenerator<Row>;
  /** How much of the file was read, from 0 to 1; undefined for a pipe. */
  fraction(): number | undefined;
}

/**
 * Opens a CSV file, separated by commas, semicolons or tabs. Blank lines are skipped; spaces around a number do not matter.
 *
 * @param path of the file; `-` for stdin
 * @param columns numbers in each row; as many as the first has unless given
 * @param header whether the first row names the columns; found out by looking unless given
 * @returns rows; reading them throws a CliError that names line and column of what is no number
 * @throws {CliError} if there is no such file
 */
export function openSeries(path: string, columns: number | undefined, header: boolean | undefined): Series {
  if (path === '-') {
    return { name: 'stdin', rows: readRows('stdin', process.stdin, columns, header), fraction: () => undefined };
  }
  const stats = statInput(path);
  const source = createReadStream(path);
  return {
    name: path,
    rows: readRows(path, source, columns, header),
    fraction: () => (stats.isFile() ? source.bytesRead / Math.max(1, stats.size) : undefined),
  };
}

/**
 * Opens one column of a CSV file that has others: in order of its dates, its numbers as people write them.
 *
 * @throws {CliError} if there is no such file or column, or it holds something else
 */
export async function openColumn(path: string, column: string, header: boolean | undefined): Promise<Series> {
  const { values, lines } = await readSeries(path, { column, header, missing: 'fail' });
  async function* rows(): AsyncGenerator<Row> {
    for (let i = 0; i < values.length; i++) {
      yield { line: lines[i], values: Float32Array.of(values[i]), exact: values.subarray(i, i + 1) };
    }
  }
  return { name: path, rows: rows(), fraction: () => undefined };
}

async function* readRows(
  name: string,
  source: Readable,
  given: number | undefined,
  header: boolean | undefined,
): AsyncGenerator<Row> {
  let columns = given;
  let [values, exact] = [new Float32Array(columns ?? 0), new Float64Array(columns ?? 0)];
  let names: readonly string[] | undefined;
  let isFirst = true;
  for await (const { record, info } of readRecords(name, source)) {
    const at = `${name}: line ${info.lines}`;
    if (columns === undefined) {
      columns = record.length;
      [values, exact] = [new Float32Array(columns), new Float64Array(columns)];
    }
    if (record.length !== columns) {
      throw new CliError(
        `${at}: got ${counted(record.length, 'column')}, expected ${columns} separated by commas, semicolons or tabs, ${given === undefined ? 'as in the first row' : "the model's input size"}`,
      );
    }
    if (isFirst && (header ?? looksLikeHeader(record, at))) names = record;
    else {
      parseRow(record, exact, names, at);
      values.set(exact);
      yield { line: info.lines, values, exact };
    }
    isFirst = false;
  }
}

/** Names hold no numbers and numbers no text; a row of both could be either, and guessing would lose a row of data. */
function looksLikeHeader(record: readonly string[], at: string): boolean {
  const numbers = record.filter((field) => DECIMAL.test(field)).length;
  const empty = record.filter((field) => field === '').length;
  if (numbers + empty === record.length) return false;
  if (numbers === 0) return true;
  throw new CliError(`${at}: got numbers and text in the first row; say --header or --no-header`);
}

function parseRow(
  record: readonly string[],
  values: Float64Array,
  names: readonly string[] | undefined,
  at: string,
): void {
  for (let i = 0; i < values.length; i++) {
    const field = record[i];
    values[i] = DECIMAL.test(field) ? Number(field) : Number.NaN;
    if (Number.isFinite(Math.fround(values[i]))) continue;
    const column = `column ${i + 1}${names ? ` (${names[i]})` : ''}`;
    throw new CliError(`${at}, ${column}: got ${describeField(field)}`);
  }
}

function describeField(field: string): string {
  if (field === '') return 'nothing, expected a number; fill the gap or leave the row out';
  const shown = JSON.stringify(field.length > 40 ? `${field.slice(0, 40)}…` : field);
  return `${shown}, expected a number${DECIMAL.test(field) ? ' that float32 can hold' : ''}`;
}
