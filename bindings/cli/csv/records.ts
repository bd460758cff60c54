import { Readable } from 'node:stream';
import { type CsvError, type Info, parse } from 'csv-parse';
import { CliError, describeSystemError } from '../cli-error.js';

/** Longer rows are no series: a binary file, or a quote that was never closed. */
const LONGEST_ROW_BYTES = 1 << 24;

/** One row of a CSV file. */
export interface CsvRecord {
  /** Its fields, without spaces around them. */
  readonly record: readonly string[];
  /** `lines`: the line it ends in, from 1. */
  readonly info: Info;
  /** What separates the fields of the file. */
  readonly delimiter: string;
}

/**
 * Reads a CSV file row by row; blank lines are skipped. Fields are separated by commas or, where the first row has none,
 * by the semicolons or tabs that are there instead.
 *
 * @param name what messages call it
 * @throws {CliError} that names the line, if it cannot be read or is no CSV
 */
export async function* readRecords(name: string, source: Readable): AsyncGenerator<CsvRecord> {
  let line = 0;
  try {
    const chunks: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
    const first = await chunks.next();
    const delimiter = first.done ? ',' : delimiterOf(first.value);
    const parser = parse({
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: LONGEST_ROW_BYTES,
    });
    const whole = Readable.from(chain(first, chunks));
    whole.on('error', (error) => parser.destroy(error));
    for await (const record of whole.pipe(parser)) {
      line = record.info.lines;
      yield { ...record, delimiter } as CsvRecord;
    }
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(describe(name, line, error as CsvError));
  } finally {
    source.destroy();
  }
}

/** What comes first was taken to look at it. */
async function* chain<T>(first: IteratorResult<T>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  for (let next = first; !next.done; next = await rest.next()) yield next.value;
}

/** By the first line that is not blank, quoted fields left out of account. */
function delimiterOf(beginning: Uint8Array): string {
  const [line] = Buffer.from(beginning)
    .toString('latin1')
    .replace(/"[^"]*"/g, '')
    .trimStart()
    .split(/[\r\n]/, 1);
  return [',', ';', '\t'].find((delimiter) => line.includes(delimiter)) ?? ',';
}

/** @param line where the last whole row ended */
function describe(name: string, line: number, error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return `${name}: got a quote in the row after line ${line} that is never closed, expected one at the end of its field`;
    case 'INVALID_OPENING_QUOTE':
      return `${name}: line ${error.lines}, column ${Number(error.column) + 1}: got a quote within a field, expected quotes around the whole of it`;
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return `${name}: line ${error.lines}, column ${Number(error.column) + 1}: got text behind a closing quote, expected the end of the field`;
    case 'CSV_MAX_RECORD_SIZE':
      return `${name}: got more than ${LONGEST_ROW_BYTES / 2 ** 20} MB in the row after line ${line}, expected a row of a CSV file`;
    default:
      return `cannot read ${name}: ${describeSystemError(error)}`;
  }
}
